/** What support needs to know of this page and this machine, as text to copy. Nothing that a header or a file name says goes
 *  in: only numbers, and words of this program. */
import type { Machine } from '../diagnosis/machine.ts';
import { program } from '../diagnosis/exports/readStudy.ts';
import { currentSeries, diagnosisOf, openedOf, type AppState, type Problem } from './state.ts';

export interface PageFacts {
  readonly userAgent: string;
  readonly processorCores: number;
  /** As the browser rounds it; null where it does not say. */
  readonly memoryGb: number | null;
  readonly isolated: boolean;
  readonly pixelRatio: number;
}

export function diagnosticsText(state: AppState, page: PageFacts, machine: Machine): string {
  return JSON.stringify(
    {
      program: `${program.name} ${program.version}`,
      page,
      machine,
      offline: state.offline?.kind ?? null,
      session: state.session.kind,
      series: seriesFacts(state),
      geometry: geometryFacts(state),
      run: runFacts(state),
      viewer: state.view.problem,
      errors: errorsOf(state),
    },
    null,
    2,
  );
}

/** Kernel, vendor and description are free text, which people write names into. */
function seriesFacts(state: AppState) {
  const opened = openedOf(state);
  const series = currentSeries(state);
  return {
    found: opened?.series.length ?? 0,
    unreadableFiles: opened?.problems.length ?? 0,
    source: series?.source ?? null,
    slices: series?.sliceCount ?? null,
    thicknessMm: series?.thicknessMm ?? null,
    spacingMm: series?.spacingMm ?? null,
    transferSyntax: series?.source === 'dicom' ? knownSyntax(series.frames[0]?.layout.transferSyntax) : null,
  };
}

/** A UID of DICOM's own; what else stands there could be anything. */
const knownSyntax = (uid = '') => (/^1\.2\.840\.10008\.1\.2(\.\d{1,3}){0,3}$/.test(uid) ? uid : 'unknown');

function geometryFacts({ session }: AppState) {
  if (session.kind !== 'viewing') return null;
  const { grid } = session.read.volume;
  const notes = session.read.notes.map(({ code, severity, message }) => `${code} (${severity}): ${message}`);
  return { shape: grid.shape, spacingMm: grid.spacingMm, originMm: grid.originMm, direction: grid.direction, notes };
}

function runFacts(state: AppState) {
  const diagnosis = diagnosisOf(state);
  if (!diagnosis) return { kind: state.run.kind };
  const { model, engine, timingsMs, warnings, lungs, network } = diagnosis;
  return {
    kind: 'done',
    model: `${model.name} ${model.version}, plan ${model.plan}, ${model.sha256.slice(0, 12)}`,
    engine: engine && `${engine.label}: ${engine.reason}`,
    timingsMs: Object.fromEntries(Object.entries(timingsMs).map(([stage, ms]) => [stage, Math.round(ms)])),
    warnings: warnings.map(({ code }) => code),
    hasLungs: lungs !== null,
    patches: network?.patchesRun ?? null,
  };
}

/** By code and place in the program: messages name series and files. What the worker says is kept whole, since no name of
 *  a patient ever reaches it. */
function errorsOf({ session, run, modelsProblem }: AppState) {
  const problem = 'problem' in session ? session.problem : null;
  return [
    ...(problem ? [{ code: problem.code, at: placesIn(problem) }] : []),
    ...(run.kind === 'failed' ? [{ code: run.code, message: run.message, detail: run.detail }] : []),
    ...(modelsProblem ? [{ code: modelsProblem.code, message: modelsProblem.message }] : []),
  ];
}

/** Of a stack, the lines that name a place: the first one is the message. */
const placesIn = ({ detail = '' }: Problem) =>
  detail
    .split('\n')
    .map((line) => /(?:\/|@|\()([\w.-]+\.[jt]sx?(?:\?[\w=]*)?:\d+:\d+)\)?$/.exec(line)?.[1])
    .filter((place) => place !== undefined)
    .slice(0, 10);
