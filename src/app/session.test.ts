import { beforeEach, describe, expect, test } from 'vitest';
import { DiagnosisFailure, type DiagnoseOptions, type DiagnoseRequest } from '../diagnosis/client.ts';
import { noCompanions, type CompanionRequest, type Companions, type StoredReading } from '../diagnosis/companions.ts';
import type { Diagnosis, EngineChoice, OfferedModel } from '../diagnosis/diagnosis.ts';
import type { Opened, ReadSeries, Refusal, Series } from '../formats/series.ts';
import type { Viewer, ViewerState } from '../viewer/contract.ts';
import { readingDirection, type Mask, type Volume } from '../volume/grid.ts';
import type { ReadOptions, Services } from './services.ts';
import { createSession, type SessionControl } from './session.ts';
import { createAppStore, type Store } from './state.ts';

/** Notes what it is told to show; everything else does nothing. */
class Screen {
  volume: Volume | null = null;
  complete = false;
  lungs: Mask | null = null;
  lesions: unknown = null;
  evidence: unknown = null;
  banner: readonly string[] = [];
  slices: unknown[] = [];
  goneTo: unknown[] = [];
  selected: number | null = null;

  rejected: number[] = [];

  readonly viewer = {
    setRejectedLesions: (lesions: ReadonlySet<number>) => (this.rejected = [...lesions]),
    clear: () => Object.assign(this, { volume: null, lungs: null, lesions: null, evidence: null, banner: [] }),
    showVolume: (volume: Volume, { complete, banner }: { complete: boolean; banner: { lines: string[] } }) =>
      Object.assign(this, { volume, complete, banner: banner.lines, lungs: null, lesions: null, evidence: null }),
    slicesChanged: (range: unknown) => this.slices.push(range),
    settled: async () => {},
    fitBody: () => {},
    volumeComplete: () => (this.complete = true),
    setBanner: ({ lines }: { lines: string[] }) => (this.banner = lines),
    setLungs: (lungs: Mask | null) => (this.lungs = lungs),
    setLesions: (lesions: unknown) => (this.lesions = lesions),
    setEvidence: (evidence: unknown) => (this.evidence = evidence),
    state: () => ({ point: [7, 8, 9] }),
    selectLesion: (lesion: number | null) => (this.selected = lesion),
    goTo: (point: unknown) => this.goneTo.push(point),
  } as unknown as Viewer;
}

const volumeOf = (value: number): Volume => ({
  grid: { shape: [2, 2, 2], spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: readingDirection },
  hu: new Int16Array(8).fill(value),
});
const maskOf = (volume: Volume): Mask => ({ grid: volume.grid, labels: new Uint8Array(8).fill(1) });

const seriesOf = (id: string, fit: Series['fit'] = { kind: 'chest-ct', score: 1 }): Series => ({
  source: 'nifti',
  id,
  patient: { name: `Patient ${id}`, id, birthDate: '', sex: '' },
  study: { instanceUid: id, date: '2020-02-02', description: '' },
  seriesInstanceUid: id,
  seriesNumber: 1,
  description: 'Thorax',
  modality: 'CT',
  date: '',
  sliceCount: 2,
  thicknessMm: 1,
  spacingMm: 1,
  kernel: '',
  manufacturer: '',
  fit,
  files: [],
});
const openedOf = (...series: Series[]): Opened => ({
  series,
  problems: [],
  counts: { files: series.length, dicom: 0, nifti: series.length, ignored: [] },
});
const readOf = (volume: Volume): ReadSeries => ({
  kind: 'read',
  volume,
  notes: [],
  exportOrder: [
    { axis: 2, reversed: false },
    { axis: 1, reversed: false },
    { axis: 0, reversed: false },
  ],
  sliceInstances: [],
});

/** A call that the test answers when it likes. */
function asked<Options extends { signal?: AbortSignal }, Result>() {
  const calls: { options: Options; give: (result: Result) => void; fail: (error: unknown) => void }[] = [];
  const call = (options: Options) =>
    new Promise<Result>((give, fail) => {
      options.signal?.addEventListener('abort', () => fail(options.signal?.reason));
      calls.push({ options, give, fail });
    });
  return { call, calls };
}

let screen: Screen;
let store: Store;
let session: SessionControl;
let warmedUp: EngineChoice[];
let opening: ReturnType<typeof asked<{ signal: AbortSignal }, Opened>>;
let reading: ReturnType<typeof asked<ReadOptions, ReadSeries | Refusal>>;
let beside: ReturnType<typeof asked<{ request: CompanionRequest; signal?: AbortSignal }, Companions>>;
let diagnosing: ReturnType<typeof asked<DiagnoseOptions & { request: DiagnoseRequest }, Diagnosis>>;

beforeEach(async () => {
  screen = new Screen();
  store = createAppStore({ measurements: [] } as unknown as ViewerState);
  opening = asked();
  reading = asked();
  diagnosing = asked();
  beside = asked();
  warmedUp = [];
  const services: Services = {
    openFiles: (_files, options) => opening.call(options),
    readSeries: (_series, options) => reading.call(options),
    makeSample: async () => [],
    describeMachine: async () => ({ adapter: null }),
    diagnosis: {
      warmUp: (engine) => warmedUp.push(engine),
      models: async () => [{ manifest: { name: 'lite' }, isDefault: true } as OfferedModel],
      diagnose: (request, options = {}) => diagnosing.call({ ...options, request }),
      companions: (request) => beside.call({ request }),
      dispose: () => {},
    },
  };
  session = createSession({ services, viewer: screen.viewer, store });
  await session.loadModels();
});

const kind = () => store.getState().session.kind;
const settle = () => new Promise((resolve) => setTimeout(resolve));

async function openOne(...series: Series[]): Promise<void> {
  void session.open({ files: [], problems: [] }, 'the folder');
  await settle();
  opening.calls.at(-1)!.give(openedOf(...series));
  await settle();
}
async function openAndRead(value = 1, series = seriesOf('a')): Promise<Volume> {
  await openOne(series);
  const volume = volumeOf(value);
  reading.calls.at(-1)!.options.onPreview(volume, { first: 0, last: 0 });
  reading.calls.at(-1)!.give(readOf(volume));
  await settle();
  return volume;
}
const diagnosisOf = (volume: Volume, network: boolean) =>
  ({
    lungs: maskOf(volume),
    network: network
      ? {
          lesions: { grid: volume.grid, labels: new Uint16Array(8).fill(1) },
          evidence: { covid19: { all: { grid: volume.grid, values: new Float32Array([0, 2]) } } },
        }
      : null,
    model: { plan: 'lite' },
    engine: { label: 'WebAssembly' },
    findings: { lesions: [{ number: 1, centroidMmLps: [1, 2, 3] }] },
    warnings: [],
  }) as unknown as Diagnosis;

describe('from a drop to a study', () => {
  test('the engine that the reader chose is opened while the page waits', async () => {
    expect(warmedUp).toEqual(['auto']);
    store.setState(({ preferences }) => ({ preferences: { ...preferences, engine: 'wasm' } }));
    await session.loadModels();
    expect(warmedUp).toEqual(['auto', 'wasm']);
  });

  test('the best chest CT is read at once, its first slice shown before the rest', async () => {
    await openOne(seriesOf('a'), seriesOf('b'));
    expect(store.getState().session).toMatchObject({ kind: 'reading', series: { id: 'a' }, hasImage: false });
    const volume = volumeOf(5);
    const { onPreview, onProgress } = reading.calls[0].options;
    onPreview(volume, { first: 1, last: 1 });
    expect(screen).toMatchObject({ volume, complete: false });
    onPreview({ ...volume }, { first: 0, last: 0 });
    onProgress({ done: 2, total: 2 });
    expect(screen.slices).toEqual([
      { first: 1, last: 1 },
      { first: 0, last: 0 },
    ]);
    expect(store.getState().session).toMatchObject({ hasImage: true, progress: { done: 2 } });
    reading.calls[0].give(readOf(volume));
    await settle();
    expect(kind()).toBe('viewing');
    expect(screen.complete).toBe(true);
  });

  test('a volume that had to be corrected is shown in place of its preview', async () => {
    await openOne(seriesOf('a'));
    reading.calls[0].options.onPreview(volumeOf(1), { first: 0, last: 0 });
    const corrected = volumeOf(2);
    reading.calls[0].give(readOf(corrected));
    await settle();
    expect(screen).toMatchObject({ volume: corrected, complete: true, goneTo: [[7, 8, 9]] });
  });

  test('a refused series leaves the list, the reason, and a dark screen', async () => {
    await openOne(seriesOf('a'));
    reading.calls[0].options.onPreview(volumeOf(1), { first: 0, last: 0 });
    reading.calls[0].give({ kind: 'refused', code: 'not-hu', message: 'Not Hounsfield units.' });
    await settle();
    expect(store.getState().session).toMatchObject({
      kind: 'choosing',
      problem: { message: 'Thorax: Not Hounsfield units.' },
      opened: { series: [{ id: 'a' }] },
    });
    expect(screen.volume).toBeNull();
    expect(diagnosing.calls).toEqual([]);
  });

  test('a series too large for memory leaves an offer of what would fit', async () => {
    const series: Series = { ...seriesOf('a'), source: 'dicom', frames: [] };
    await openOne(series);
    const thinner = { every: 2, slices: 700, bytes: 2e9 };
    reading.calls[0].give({ kind: 'refused', code: 'too-large', message: 'It would take 4 GB.', thinner });
    await settle();
    expect(store.getState().session).toMatchObject({ kind: 'choosing', problem: { instead: { series, thinner } } });
  });

  test('where nothing can be read the list says so', async () => {
    await openOne(seriesOf('a', { kind: 'set-aside', reason: 'A dose report' }));
    expect(kind()).toBe('choosing');
    expect(reading.calls).toEqual([]);
  });

  test('an error of ours leaves a page that can be used', async () => {
    void session.open({ files: [], problems: [] }, 'the folder');
    await settle();
    opening.calls[0].fail(new Error('a bug'));
    await settle();
    expect(store.getState().session).toMatchObject({
      kind: 'empty',
      problem: { detail: expect.stringContaining('a bug') },
    });
    await openAndRead();
    expect(kind()).toBe('viewing');
  });

  test('entries that the browser would not read are told with the rest', async () => {
    const unread = { fileName: 'a/locked', message: 'No.' };
    void session.open({ files: [], problems: [unread] }, 'the folder');
    await settle();
    opening.calls[0].give(openedOf());
    await settle();
    expect(store.getState().session).toMatchObject({ kind: 'choosing', opened: { problems: [unread] } });
  });
});

describe('ending early', () => {
  test('cancelled while opening: the empty page', async () => {
    void session.open({ files: [], problems: [] }, 'the folder');
    await settle();
    session.cancel();
    expect(kind()).toBe('empty');
    expect(opening.calls[0].options.signal.aborted).toBe(true);
    await settle();
    expect(store.getState().session).toEqual({ kind: 'empty', problem: null });
  });

  test('cancelled while reading: the list, nothing on screen, and what still comes in is not shown', async () => {
    await openOne(seriesOf('a'));
    const { onPreview, signal } = reading.calls[0].options;
    onPreview(volumeOf(1), { first: 0, last: 0 });
    session.cancel();
    expect(kind()).toBe('choosing');
    expect(signal.aborted).toBe(true);
    onPreview(volumeOf(2), { first: 0, last: 0 });
    await settle();
    expect(screen.volume).toBeNull();
    expect(kind()).toBe('choosing');
  });

  test('a second study replaces the first, with nothing of it left', async () => {
    const first = await openAndRead(1);
    diagnosing.calls[0].options.onLungs?.(maskOf(first));
    expect(screen.lungs).not.toBeNull();
    await openOne(seriesOf('b'));
    expect(screen).toMatchObject({ volume: null, lungs: null, banner: [] });
    expect(diagnosing.calls[0].options.signal?.aborted).toBe(true);
    // The worker may still send what it had in hand.
    diagnosing.calls[0].options.onLungs?.(maskOf(first));
    diagnosing.calls[0].give(diagnosisOf(first, true));
    await settle();
    expect(screen.lungs).toBeNull();
    expect(store.getState().run).toEqual({ kind: 'idle' });
    expect(JSON.stringify(store.getState())).not.toContain('Patient a');
  });
});

describe('the analysis', () => {
  test('starts by itself once the study is complete, and shows lungs before the rest', async () => {
    const volume = await openAndRead();
    const { options } = diagnosing.calls[0];
    expect(options.request).toMatchObject({ volume, modelName: 'lite', engine: 'auto', showUntrained: false });
    options.onLungs?.(maskOf(volume));
    expect(store.getState().run).toMatchObject({ kind: 'running', lungs: 'found' });
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    expect(store.getState().run.kind).toBe('done');
    expect(screen.lesions).not.toBeNull();
    expect(screen.evidence).not.toBeNull();
  });

  test('waits for a reader who wants it so', async () => {
    store.setState(({ preferences }) => ({ preferences: { ...preferences, runByItself: false } }));
    await openAndRead();
    expect(diagnosing.calls).toEqual([]);
    void session.analyse();
    expect(diagnosing.calls.length).toBe(1);
  });

  test('shows no lesion where the network was withheld', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, false));
    await settle();
    expect(screen).toMatchObject({ lesions: null, evidence: null });
    expect(screen.lungs).not.toBeNull();
  });

  test('cancelled: the images stay, and it can be run again', async () => {
    const volume = await openAndRead();
    session.cancelAnalysis();
    await settle();
    expect(store.getState().run).toEqual({ kind: 'cancelled' });
    expect(screen.volume).toBe(volume);
    void session.analyse();
    expect(store.getState().run.kind).toBe('running');
  });

  test('failed: words and detail, and no number of a former run', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    void session.analyse();
    expect(screen).toMatchObject({ lesions: null, evidence: null });
    diagnosing.calls[1].fail(new DiagnosisFailure('device-lost', 'The graphics card stopped.', 'lost'));
    await settle();
    expect(store.getState().run).toEqual({
      kind: 'failed',
      code: 'device-lost',
      message: 'The graphics card stopped.',
      detail: 'lost',
    });
  });

  test('a lesion is selected without moving a slice, and gone to when asked', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    session.selectLesion(1, false);
    expect(screen).toMatchObject({ selected: 1, goneTo: [] });
    session.selectLesion(1, true);
    expect(screen.goneTo).toEqual([[1, 2, 3]]);
  });

  test('a verdict on a lesion can be changed and taken back, and ends with the analysis it was given on', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    session.judgeLesion(1, 'accepted');
    expect([store.getState().verdicts, screen.rejected]).toEqual([{ 1: 'accepted' }, []]);
    session.judgeLesion(1, 'rejected');
    expect([store.getState().verdicts, screen.rejected]).toEqual([{ 1: 'rejected' }, [1]]);
    expect(store.getState().notice).toBe('Lesion 1 is rejected: findings and files leave it out.');
    session.judgeLesion(1, 'rejected');
    expect([store.getState().verdicts, screen.rejected]).toEqual([{}, []]);
    session.judgeLesion(1, 'rejected');
    void session.analyse();
    expect(store.getState().verdicts).toEqual({});
  });
});

test('hiding identity takes name, number and date out of the pictures', async () => {
  await openAndRead();
  expect(screen.banner.join()).toContain('Patient a');
  session.hideIdentity(true);
  expect(screen.banner).toEqual(['Identity hidden', 'NIfTI file']);
});

describe('what lies beside the study', () => {
  const run = () => store.getState().run.kind;
  const segSeries = (studyOf: string): Series => ({
    ...seriesOf(`seg ${studyOf}`, { kind: 'set-aside', reason: 'A segmentation' }),
    study: { instanceUid: studyOf, date: '', description: '' },
    source: 'dicom',
    frames: [],
    modality: 'SEG',
    files: [{ name: 'seg.dcm', data: new Blob() }],
  });
  const readingOf = (volume: Volume) =>
    ({ fileName: 'seg.dcm', lungs: maskOf(volume), lesions: { grid: volume.grid } }) as unknown as StoredReading;

  async function openBeside(...series: Series[]): Promise<Volume> {
    await openOne(...series);
    const volume = volumeOf(1);
    reading.calls.at(-1)!.give(readOf(volume));
    await settle();
    return volume;
  }

  test('a segmentation is shown instead of computing, and the analysis can be run anew', async () => {
    const volume = await openBeside(seriesOf('a'), segSeries('a'));
    expect(run()).toBe('companions');
    beside.calls[0].give({ ...noCompanions, reading: readingOf(volume) });
    await settle();
    expect([run(), screen.lungs, diagnosing.calls.length]).toEqual(['stored', maskOf(volume), 0]);
    void session.analyse();
    expect(screen).toMatchObject({ lungs: null, lesions: null });
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    expect(run()).toBe('done');
    session.showStored();
    expect([run(), screen.lesions]).toEqual(['stored', { grid: volume.grid }]);
  });

  test('one of another study that was opened with it is not asked after; one of none is, and refused in words', async () => {
    await openBeside(seriesOf('a'), seriesOf('b'), segSeries('b'));
    expect([beside.calls.length, run()]).toEqual([0, 'running']);
    await openBeside(seriesOf('a'), segSeries('elsewhere'));
    beside.calls[0].give({ ...noCompanions, problems: [{ fileName: 'seg.dcm', message: 'Another study.' }] });
    await settle();
    expect(run()).toBe('running');
    expect(store.getState().companions.problems).toEqual([{ fileName: 'seg.dcm', message: 'Another study.' }]);
  });

  test('own lungs go into the analysis until they are put away; the next study knows nothing of them', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, false));
    await settle();
    const lungs = { fileName: 'mine.nii.gz', lungs: maskOf(volume) };
    void session.takeLungs({ files: [{ name: 'mine.nii.gz', data: new Blob() }], problems: [] });
    await settle();
    expect(beside.calls[0].options.request).toMatchObject({ take: 'lungs', knownLungs: { lungs: maskOf(volume) } });
    beside.calls[0].give({ ...noCompanions, lungs });
    await settle();
    expect(diagnosing.calls[1].options.request.lungs).toBe(lungs.lungs);
    session.forgetLungs();
    expect(diagnosing.calls[2].options.request.lungs).toBe(undefined);
    store.setState({ companions: { ...noCompanions, lungs } });
    await openOne(seriesOf('b'));
    expect(store.getState().companions).toEqual(noCompanions);
  });

  test('a refused file leaves what was on screen', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    const before = store.getState().run;
    void session.takeLungs({ files: [{ name: 'x', data: new Blob() }], problems: [] });
    await settle();
    beside.calls[0].give({ ...noCompanions, problems: [{ fileName: 'x', message: 'The mask is empty.' }] });
    await settle();
    expect(store.getState()).toMatchObject({ run: before, notice: 'x: The mask is empty.' });
    expect(screen.lesions).not.toBe(null);
  });

  test('of two dropped one after the other both are read, and results stay', async () => {
    const volume = await openAndRead();
    diagnosing.calls[0].give(diagnosisOf(volume, true));
    await settle();
    const before = store.getState().run;
    const drop = (name: string) => void session.takeLungs({ files: [{ name, data: new Blob() }], problems: [] });
    drop('one');
    drop('other');
    await settle();
    expect([run(), beside.calls.length]).toEqual(['companions', 1]);
    beside.calls[0].give({ ...noCompanions, problems: [{ fileName: 'one', message: 'It is empty.' }] });
    await settle();
    expect([run(), beside.calls.length]).toEqual(['companions', 2]);
    beside.calls[1].give({ ...noCompanions, problems: [{ fileName: 'other', message: 'It is empty.' }] });
    await settle();
    expect(store.getState().run).toBe(before);
  });

  test('a study opened meanwhile takes nothing over from the one before', async () => {
    const volume = await openBeside(seriesOf('a'), segSeries('a'));
    await openOne(seriesOf('b'));
    beside.calls[0].give({ ...noCompanions, reading: readingOf(volume) });
    await settle();
    expect(kind()).toBe('reading');
    expect(store.getState().companions).toEqual(noCompanions);
  });
});
