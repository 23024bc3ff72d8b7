/** What happens to a study between the drop and the reading: the only place where the session and the run
 *  change. Whatever is under way ends when something new begins, and leaves nothing behind. */
import { DiagnosisFailure } from '../diagnosis/client.ts';
import {
  mayBeCompanions,
  noCompanions,
  ownLungs,
  type Companions,
  type CompanionRequest,
  type KnownLungs,
} from '../diagnosis/companions.ts';
import type { Diagnosis } from '../diagnosis/diagnosis.ts';
import { framesRead } from '../formats/dicom/framesRead.ts';
import { isCalledMask } from '../formats/openFiles.ts';
import type { FilledSlices, Opened, ReadSeries, Refusal, Series, SourceFile } from '../formats/series.ts';
import type { Viewer } from '../viewer/contract.ts';
import type { Volume } from '../volume/grid.ts';
import type { Collected } from './droppedFiles.ts';
import { evidenceSettingFor, shownEvidence } from './evidence.ts';
import { newSlices } from './newSlices.ts';
import type { Services } from './services.ts';
import {
  allFindingsOf,
  lesionsJudged,
  noVerdicts,
  openedOf,
  type AppState,
  type EvidenceChoice,
  type Problem,
  type Run,
  type Store,
  type Verdict,
} from './state.ts';
import { bannerLines, count, seriesName } from './words.ts';

export interface SessionControl {
  /** Forgets the study on screen and opens these files; the best chest CT among them is read at once. Segmentations,
   *  reports and masks of the study on screen are shown with it instead.
   *  @param what for the progress line, e.g. "the folder" */
  open(files: Collected | Promise<Collected>, what: string): Promise<void>;
  openSample(): Promise<void>;
  /** Another series of what is open. */
  read(series: Series): Promise<void>;
  /** Ends opening or reading. */
  cancel(): void;
  /** Back to the empty page. */
  close(): void;
  /** Asks the worker which models there are. */
  loadModels(): Promise<void>;
  analyse(): Promise<void>;
  /** What a file says, instead of what was computed. */
  showStored(): void;
  /** A reader's own lung mask takes the place of ours, and the analysis runs anew. */
  takeLungs(files: Collected): Promise<void>;
  forgetLungs(): void;
  cancelAnalysis(): void;
  showEvidence(choice: EvidenceChoice): void;
  /** @param go lets the planes meet in it */
  selectLesion(lesion: number | null, go: boolean): void;
  /** Rejected lesions are left out of findings and files; the same verdict again takes it back. */
  judgeLesion(lesion: number, verdict: Verdict): void;
  hideIdentity(hidden: boolean): void;
}

const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError';

function problemOf(code: string, error: unknown, message: string): Problem {
  return { code, message, detail: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

const ofNewStudy = {
  run: { kind: 'idle' },
  showUntrained: false,
  scoresRevealed: false,
  maximised: null,
  evidence: { className: 'covid19', scale: 'all' },
  verdicts: noVerdicts,
  companions: noCompanions,
} as const satisfies Partial<AppState>;

export function createSession({
  services,
  viewer,
  store,
}: {
  services: Services;
  viewer: Viewer;
  store: Store;
}): SessionControl {
  let work = new AbortController();
  let analysis = new AbortController();
  /** Drops onto a study, of which a later one is the one that is meant. */
  let drops = 0;
  /** What came with the study on screen is read one drop after the other. */
  let companionsRead: Promise<unknown> = Promise.resolve();
  const { setState, getState } = store;

  /** Ends what is under way. @returns the signal of what comes */
  function begin(): AbortSignal {
    work.abort(new DOMException('Something else was opened.', 'AbortError'));
    endAnalysis();
    drops++;
    companionsRead = Promise.resolve();
    work = new AbortController();
    viewer.clear();
    setState(ofNewStudy);
    return work.signal;
  }

  function endAnalysis(): void {
    analysis.abort(new DOMException('The analysis was cancelled.', 'AbortError'));
    analysis = new AbortController();
  }

  async function openCollected(signal: AbortSignal, { files, problems }: Collected): Promise<void> {
    const found = await services.openFiles(files, {
      signal,
      onProgress: (progress) => {
        const { session } = getState();
        if (!signal.aborted && session.kind === 'opening') setState({ session: { ...session, progress } });
      },
    });
    if (signal.aborted) return;
    const opened: Opened = { ...found, problems: [...problems, ...found.problems] };
    const [best] = opened.series;
    if (best?.fit.kind === 'chest-ct') return readSeries(signal, opened, best);
    setState({ session: { kind: 'choosing', opened, problem: { code: 'open-nothing', message: whyNothing(opened) } } });
  }

  function setTitle(title: string): void {
    setState({ session: { kind: 'opening', title, progress: null }, notice: title });
  }

  async function openWith(what: string, collect: (signal: AbortSignal) => Promise<Collected> | Collected) {
    const signal = begin();
    setTitle(`Opening ${what}`);
    try {
      const collected = await collect(signal);
      if (!signal.aborted) await openCollected(signal, collected);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      const problem = problemOf('open-program', error, `Opening ${what} failed through an error in this program.`);
      setState({ session: { kind: 'empty', problem } });
    }
  }

  async function readSeries(signal: AbortSignal, opened: Opened, series: Series): Promise<void> {
    setState({
      session: { kind: 'reading', opened, series, progress: null, hasImage: false },
      notice: `Reading ${seriesName(series)}.`,
    });
    let shown: Volume['hu'] | null = null;
    const slices = newSlices(viewer, signal);
    const patch = (part: Partial<Extract<AppState['session'], { kind: 'reading' }>>) => {
      const { session } = getState();
      if (!signal.aborted && session.kind === 'reading') setState({ session: { ...session, ...part } });
    };
    const onPreview = (volume: Volume, filled: FilledSlices) => {
      if (signal.aborted) return;
      if (volume.hu === shown) return slices.cameIn(filled);
      shown = volume.hu;
      show(series, volume, false, filled.first);
      viewer.slicesChanged(filled);
      patch({ hasImage: true });
    };
    try {
      const result = await services.readSeries(series, {
        signal,
        onProgress: (progress) => patch({ progress }),
        onPreview,
      });
      if (signal.aborted) return;
      if (result.kind === 'refused') return endReading(opened, refusalOf(series, result));
      slices.finish();
      if (shown === result.volume.hu) viewer.volumeComplete();
      else replacePreview(series, result.volume, shown !== null);
      startViewing(opened, series, result);
    } catch (error) {
      if (signal.aborted || isAbort(error)) return;
      endReading(
        opened,
        problemOf('read-program', error, 'Reading this series failed through an error in this program.'),
      );
    }
  }

  function startViewing(opened: Opened, series: Series, read: ReadSeries): void {
    setState({ session: { kind: 'viewing', opened, series, read }, notice: 'The study is complete.' });
    const beside = companionFiles(opened, series);
    if (beside.length > 0) void showCompanions(beside, 'all');
    else if (getState().preferences.runByItself) void analyse();
  }

  /** Files dropped onto a study: with it where they go with it, in its place where they are another one. */
  async function openOnto(files: Promise<Collected> | Collected, what: string): Promise<void> {
    const { session } = getState();
    if (session.kind !== 'viewing') return openWith(what, () => files);
    const drop = ++drops;
    // What cannot be walked is told of by `openWith`.
    const collected = await Promise.resolve(files).catch(() => null);
    const goWith = collected && (await mayBeCompanions(collected.files, session.read.volume.grid));
    if (drop !== drops) return;
    if (!goWith) return openWith(what, () => files);
    const { studies } = await showCompanions(collected.files, 'all');
    if (drop === drops && studies.length > 0) await openWith(what, () => files);
  }

  function showCompanions(
    files: readonly SourceFile[],
    take: CompanionRequest['take'],
  ): Promise<Pick<Companions, 'studies'>> {
    const { session } = getState();
    const read = companionsRead.then(() => readCompanions(files, take, session));
    companionsRead = read;
    return read;
  }

  /** Never rejects: the next drop waits for it. */
  async function readCompanions(
    files: readonly SourceFile[],
    take: CompanionRequest['take'],
    session: AppState['session'],
  ): Promise<Pick<Companions, 'studies'>> {
    const isGone = () => getState().session !== session;
    if (session.kind !== 'viewing' || isGone()) return noCompanions;
    const { run: before, companions: had } = getState();
    endAnalysis();
    setState({ run: { kind: 'companions' }, notice: 'Reading what was dropped with the study.' });
    try {
      const { series, read } = session;
      const { study, seriesInstanceUid } = series;
      const found = await services.diagnosis.companions({
        files,
        take,
        series: { study, seriesInstanceUid, frames: framesRead(series, read) },
        volume: read.volume,
        knownLungs: had.lungs ? ownLungs(had.lungs.lungs) : lungsOf(before),
      });
      if (isGone()) return noCompanions;
      // Another model may have been chosen meanwhile, which has begun an analysis.
      const waits = getState().run.kind === 'companions';
      setState({
        ...(waits ? { run: before.kind === 'running' ? ({ kind: 'idle' } as const) : before } : {}),
        notice: noticeOfCompanions(found),
        companions: {
          ...found,
          reading: found.reading ?? had.reading,
          report: found.report ?? had.report,
          lungs: found.lungs ?? had.lungs,
        },
      });
      if (found.reading) showStored();
      else if (found.lungs) void analyse();
      else if (waits && (before.kind === 'running' || (before.kind === 'idle' && getState().preferences.runByItself)))
        void analyse();
      return found;
    } catch (error) {
      if (!isGone()) setState({ run: { kind: 'failed', ...failureOf(error) } });
      return noCompanions;
    }
  }

  function showStored(): void {
    const { reading } = getState().companions;
    if (!reading) return;
    endAnalysis();
    clearResults();
    viewer.setLungs(reading.lungs);
    viewer.setLesions(reading.lesions);
    setState({ run: { kind: 'stored', reading }, notice: `Lesions are shown as ${reading.fileName} holds them.` });
  }

  function endReading(opened: Opened, problem: Problem): void {
    viewer.clear();
    setState({ session: { kind: 'choosing', opened, problem }, notice: problem.message });
  }

  /** @param slice one that is there already: its body fills the pane before anyone looks */
  function show(series: Series, volume: Volume, complete: boolean, slice?: number): void {
    viewer.showVolume(volume, { complete, banner: { lines: bannerLines(series, getState().identityHidden) } });
    viewer.fitBody(slice);
  }

  /** A corrected volume lies where the preview lay, or nearly: the reader stays at the same place. */
  function replacePreview(series: Series, volume: Volume, hadPreview: boolean): void {
    const { point } = viewer.state();
    show(series, volume, true);
    if (hadPreview) viewer.goTo(point);
  }

  async function analyse(): Promise<void> {
    const { session, models, modelsProblem, preferences, showUntrained, companions } = getState();
    if (session.kind !== 'viewing') return;
    endAnalysis();
    clearResults();
    const { signal } = analysis;
    const offered = models?.find(({ manifest }) => manifest.name === preferences.model);
    const model = offered ?? models?.find(({ isDefault }) => isDefault);
    if (!model) {
      // Still on their way: the analysis starts when they are there (`loadModels`).
      if (modelsProblem) setState({ run: { kind: 'failed', detail: '', ...modelsProblem } });
      return;
    }
    setState({ run: { kind: 'running', progress: null, lungs: 'looking' }, notice: 'The analysis has started.' });
    const start = performance.now();
    const patch = (part: Partial<Extract<AppState['run'], { kind: 'running' }>>) => {
      const { run } = getState();
      if (!signal.aborted && run.kind === 'running') setState({ run: { ...run, ...part } });
    };
    try {
      const diagnosis = await services.diagnosis.diagnose(
        {
          volume: session.read.volume,
          modelName: model.manifest.name,
          engine: preferences.engine,
          showUntrained,
          ...(companions.lungs ? { lungs: companions.lungs.lungs } : {}),
        },
        {
          signal,
          onProgress: (progress) => patch({ progress }),
          onLungs: (lungs) => {
            if (signal.aborted) return;
            viewer.setLungs(lungs);
            patch({ lungs: lungs ? 'found' : 'none' });
          },
        },
      );
      if (signal.aborted) return;
      showResults(diagnosis);
      remember(diagnosis, performance.now() - start, session.series.sliceCount);
    } catch (error) {
      if (signal.aborted) return;
      viewer.setLesions(null);
      viewer.setEvidence(null);
      setState({
        run: { kind: 'failed', ...failureOf(error) },
        notice: 'The analysis failed. The images stay usable.',
      });
    }
  }

  /** No number and no outline of a former run stays beside a new one. */
  function clearResults(): void {
    viewer.setLungs(null);
    viewer.setLesions(null);
    viewer.setEvidence(null);
    setState({ run: { kind: 'idle' }, scoresRevealed: false, verdicts: noVerdicts });
  }

  function showResults(diagnosis: Diagnosis): void {
    viewer.setLungs(diagnosis.lungs);
    viewer.setLesions(diagnosis.network?.lesions ?? null);
    setState({ run: { kind: 'done', diagnosis }, notice: noticeOf(diagnosis) });
    showEvidence(getState().evidence);
  }

  function remember({ engine, model, network }: Diagnosis, elapsedMs: number, slices: number): void {
    if (!engine || !network) return;
    const lastRun = { plan: model.plan, engine: engine.label, elapsedMs, slices };
    setState(({ preferences }) => ({ preferences: { ...preferences, lastRun } }));
  }

  function showEvidence(evidence: EvidenceChoice): void {
    setState({ evidence });
    const { run, preferences } = getState();
    const map = run.kind === 'done' ? shownEvidence(run.diagnosis, evidence) : null;
    const setting = map ? evidenceSettingFor(map, evidence, preferences.evidenceOpacity) : undefined;
    viewer.setEvidence(map, setting);
  }

  return {
    open: openOnto,
    openSample: () =>
      openWith('the sample study', async (signal) => {
        setTitle('Making the sample study');
        const files = await services.makeSample(signal);
        if (!signal.aborted) setTitle('Opening the sample study');
        return { files, problems: [] };
      }),
    async read(series) {
      const opened = openedOf(getState());
      if (opened) await readSeries(begin(), opened, series);
    },
    cancel() {
      const { session } = getState();
      begin();
      if (session.kind === 'opening') setState({ session: { kind: 'empty', problem: null }, notice: 'Cancelled.' });
      if (session.kind === 'reading')
        endReading(session.opened, { code: 'read-cancelled', message: 'Reading was cancelled.' });
    },
    close() {
      begin();
      setState({ session: { kind: 'empty', problem: null }, notice: 'The study was closed.' });
    },
    async loadModels() {
      services.diagnosis.warmUp(getState().preferences.engine);
      try {
        setState({ models: await services.diagnosis.models(), modelsProblem: null });
      } catch (error) {
        setState({ modelsProblem: { ...failureOf(error), code: 'models' } });
      }
      const { session, run, preferences } = getState();
      if (session.kind === 'viewing' && run.kind === 'idle' && preferences.runByItself) await analyse();
    },
    analyse,
    showStored,
    takeLungs: async ({ files }) => void (await showCompanions(files, 'lungs')),
    forgetLungs() {
      setState(({ companions }) => ({ companions: { ...companions, lungs: null } }));
      void analyse();
    },
    cancelAnalysis() {
      if (getState().run.kind !== 'running') return;
      endAnalysis();
      setState({ run: { kind: 'cancelled' }, notice: 'The analysis was cancelled.' });
    },
    showEvidence,
    selectLesion(lesion, go) {
      viewer.selectLesion(lesion);
      const found = allFindingsOf(getState())?.lesions.find(({ number }) => number === lesion);
      if (go && found) viewer.goTo(found.centroidMmLps);
    },
    judgeLesion(lesion, verdict) {
      const { [lesion]: before, ...others } = getState().verdicts;
      const verdicts = before === verdict ? others : { ...others, [lesion]: verdict };
      setState({ verdicts, notice: noticeOfVerdict(lesion, before === verdict ? null : verdict) });
      // Surfaces and ticks are made anew: not for a verdict that changes nothing that is drawn.
      if (before === 'rejected' || verdict === 'rejected')
        viewer.setRejectedLesions(new Set(lesionsJudged(verdicts, 'rejected')));
    },
    hideIdentity(identityHidden) {
      setState({ identityHidden });
      const { session } = getState();
      if (session.kind === 'reading' || session.kind === 'viewing') {
        viewer.setBanner({ lines: bannerLines(session.series, identityHidden) });
      }
    },
  };
}

function failureOf(error: unknown): { code: string; message: string; detail: string } {
  if (error instanceof DiagnosisFailure) return { code: error.code, message: error.message, detail: error.detail };
  const { message, detail = '' } = problemOf('failed', error, 'The analysis failed through an error in this program.');
  return { code: 'failed', message, detail };
}

function refusalOf(series: Series, { code, message, thinner }: Refusal): Problem {
  const instead = thinner && { series, thinner };
  return { code: `read-${code}`, message: `${seriesName(series)}: ${message}`, ...(instead ? { instead } : {}) };
}

function whyNothing({ series, counts }: Opened): string {
  if (series.length > 0) return 'No chest CT was found that can be read by itself. What was found is listed below.';
  if (counts.files === 0) return 'There are no files in it.';
  return `No CT study was found among ${count(counts.files, 'file')}.`;
}

function noticeOf({ network, lungs }: Diagnosis): string {
  if (network) return 'The analysis is complete.';
  return lungs ? 'The lungs are outlined. Scores and lesions are withheld.' : 'No lungs were found.';
}

/** Set apart in the folder of a study, and perhaps of it; what it belongs to is looked at with its images. */
function companionFiles({ series: all }: Opened, current: Series): SourceFile[] {
  const isOfOther = ({ study }: Series) =>
    study.instanceUid !== current.study.instanceUid &&
    all.some(({ fit, study: { instanceUid } }) => fit.kind === 'chest-ct' && instanceUid === study.instanceUid);
  const isBeside = (one: Series) =>
    one.source === 'nifti'
      ? one.id !== current.id && one.sliceCount === current.sliceCount && mayBeMask(one)
      : (one.modality === 'SEG' || one.modality === 'SR') && !isOfOther(one);
  return all.filter(isBeside).flatMap(({ files }) => files);
}

const mayBeMask = ({ fit, description }: Series) => fit.kind === 'set-aside' || isCalledMask(description);

function lungsOf(run: Run): KnownLungs | null {
  // Of the file that was shown before: to the next one they are another's.
  if (run.kind === 'stored') {
    const { lungs, lungsOf, lungNotes } = run.reading;
    return lungsOf === 'here' ? { lungs, lungsOf, lungNotes } : ownLungs(lungs);
  }
  if (run.kind !== 'done' || !run.diagnosis.lungs) return null;
  const { lungs, lungNotes } = run.diagnosis;
  return { lungs, lungsOf: 'here', lungNotes };
}

function noticeOfVerdict(lesion: number, verdict: Verdict | null): string {
  if (verdict === 'rejected') return `Lesion ${lesion} is rejected: findings and files leave it out.`;
  return verdict === 'accepted' ? `Lesion ${lesion} is accepted.` : `Nothing is decided of lesion ${lesion}.`;
}

function noticeOfCompanions({ lungs, report, problems }: Companions): string {
  if (lungs) return `The lungs are those of ${lungs.fileName}.`;
  if (report) return `${report.fileName} is shown beside the images.`;
  return problems.map(({ fileName, message }) => `${fileName}: ${message}`).join(' ');
}
