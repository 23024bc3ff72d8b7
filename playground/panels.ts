/** The page with every service made up: each state of it can be looked at and driven without files, engine or
 *  network. The numbers are of a chest of ellipses and mean nothing. */
import { start } from '../src/app/start.tsx';
import type { Services } from '../src/app/services.ts';
import { DiagnosisFailure } from '../src/diagnosis/client.ts';
import { noCompanions } from '../src/diagnosis/companions.ts';
import { diagnosisStages, type ClassName, type Diagnosis, type OfferedModel } from '../src/diagnosis/diagnosis.ts';
import { evidenceRegions, evidenceShares } from '../src/findings/evidenceShares.ts';
import { measure } from '../src/findings/measure.ts';
import type { GeometryNote, NiftiSeries, Opened } from '../src/formats/series.ts';
import { createViewer } from '../src/viewer/createViewer.ts';
import { readingDirection, type Grid } from '../src/volume/grid.ts';
import { makeChest, type Chest } from './chest.ts';

type App = ReturnType<typeof start>;

declare global {
  interface Window {
    panels: {
      readonly app: App;
      /** What the next analysis does. */
      outcome: 'done' | 'unproven' | 'withheld' | 'failed' | 'hangs';
      /** What never ends. */
      holds: 'opening' | 'reading' | 'lungs' | null;
      readonly notes: GeometryNote[];
    };
  }
}

const chest = makeChest();

const series = (part: Partial<NiftiSeries> & { id: string }): NiftiSeries => ({
  source: 'nifti',
  patient: { name: 'Up Made', id: 'MADE-UP-1', birthDate: '1960-01-01', sex: 'F' },
  study: { instanceUid: '1', date: '2020-03-01', description: 'CT thorax' },
  seriesInstanceUid: part.id,
  seriesNumber: 2,
  description: 'Thorax lung 4.0',
  modality: 'CT',
  date: '2020-03-01',
  sliceCount: 60,
  thicknessMm: 4,
  spacingMm: 4,
  kernel: 'B60f',
  manufacturer: 'None',
  fit: { kind: 'chest-ct', score: 100 },
  files: [],
  ...part,
});
const opened: Opened = {
  series: [
    series({ id: 'lung' }),
    series({ id: 'soft', seriesNumber: 3, description: 'Thorax soft 4.0', kernel: 'B30f' }),
    series({
      id: 'other',
      patient: { name: 'Up Another Made', id: 'MADE-UP-2', birthDate: '', sex: '' },
      study: { instanceUid: '2', date: '', description: '' },
    }),
    series({
      id: 'scout',
      seriesNumber: 1,
      description: 'Topogram',
      sliceCount: 1,
      fit: { kind: 'set-aside', reason: 'A localizer: one projection, no slices' },
    }),
  ],
  problems: [{ fileName: 'study/broken.dcm', message: 'This file cannot be read: it ends early.' }],
  counts: { files: 66, dicom: 62, nifti: 0, ignored: [{ reason: 'Text', count: 3, example: 'study/readme.txt' }] },
};

const models: OfferedModel[] = [
  {
    statedEvidence: 'simulated',
    isDefault: true,
    manifest: {
      name: 'made-up',
      version: '1',
      card: 'Made up for looking at the page.',
      plan: 'lite',
      classes: ['covid19', 'cap', 'nonPneumonia'],
      preprocessing: { intensity: 'window', lesionInput: 'probability', axes: 'yx', depth: 'feet-first' },
      weights: { seeded: 1 },
      training: 'None.',
      evidence: 'simulated',
      verified: true,
    },
  },
];

const wait = (ms: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

function evidence(chest: Chest, strength: number) {
  const grid: Grid = {
    shape: [30, 16, 21],
    spacingMm: [8, 16, 16],
    originMm: chest.volume.grid.originMm,
    direction: readingDirection,
  };
  const values = new Float32Array(30 * 16 * 21);
  for (let z = 0, at = 0; z < 30; z++)
    for (let y = 0; y < 16; y++)
      for (let x = 0; x < 21; x++, at++) {
        const bump = (cz: number, cy: number, cx: number) =>
          Math.exp(-((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2) / 6);
        values[at] = strength * (bump(11, 10.5, 5.6) + 0.7 * bump(16, 9.8, 15.8) - 0.3 * bump(15, 8, 10));
      }
  return { grid, values };
}

/** @param unproven the classifier has not been shown to work: no scores */
function diagnosis(withNetwork: boolean, unproven: boolean): Diagnosis {
  const { findings, lesionLabels } = measure(chest.volume, chest.lungs, withNetwork ? chest.lesions : null);
  const ofClass = (strength: number) => {
    const map = evidence(chest, strength);
    return { all: map, scales: { 1: map, 2: map, 3: map } };
  };
  const perClass = <T>(of: (name: ClassName, at: number) => T) =>
    ({ covid19: of('covid19', 0), cap: of('cap', 1), nonPneumonia: of('nonPneumonia', 2) }) as const;
  const parts = [
    { bias: 0.1, means: [0.9, 0.62, 0.41] },
    { bias: -0.05, means: [0.2, 0.11, 0.3] },
    { bias: 0.02, means: [-0.5, -0.22, -0.1] },
  ] as const;
  const terms = parts.map(({ bias, means }) => ({
    bias,
    means,
    score: bias + means[0] + means[1] + means[2],
    residual: 3e-7,
  }));
  const maps = perClass((_, at) => ofClass([1, 0.4, -0.4][at]));
  const regions = evidenceRegions(maps.covid19.all.grid, chest.lungs, chest.lesions.labels);
  const sum = terms.reduce((total, { score }) => total + Math.exp(score), 0);
  return {
    model: {
      name: 'made-up',
      version: '1',
      card: models[0].manifest.card,
      plan: 'lite',
      sha256: '0123456789abcdef'.repeat(4),
      training: 'None.',
      evidence: withNetwork ? 'simulated' : 'none',
      verified: true,
    },
    engine: withNetwork ? { kind: 'wasm', label: 'WebAssembly, 2 threads', reason: 'chosen by the reader' } : null,
    lungs: chest.lungs,
    lungNotes: [],
    network:
      withNetwork && lesionLabels
        ? {
            scores: unproven ? null : perClass((_, at) => Math.exp(terms[at].score) / sum),
            evidence: maps,
            terms: perClass((_, at) => terms[at]),
            evidenceShares: perClass((name) => evidenceShares(maps[name].all.values, regions)),
            lesions: lesionLabels,
            workingGrid: { shape: [60, 128, 170], spacingMm: [4, 2, 2] },
            patchesRun: 12,
          }
        : null,
    findings,
    warnings: withNetwork
      ? []
      : [{ code: 'untrained', message: 'This network is not trained: no scores, no lesions.' }],
    timingsMs: { lungs: 900, patches: 4200, classifier: 300 },
  };
}

const services: Services = {
  openFiles: async (_files, { signal, onProgress }) => {
    onProgress({ done: 40, total: 66 });
    await wait(window.panels.holds === 'opening' ? 1e9 : 200, signal);
    return opened;
  },
  readSeries: async (one, { signal, onProgress, onPreview }) => {
    const { grid } = chest.volume;
    const hu = new Int16Array(chest.volume.hu.length).fill(-1024);
    const size = grid.shape[1] * grid.shape[2];
    for (let z = 0; z < grid.shape[0]; z++) {
      hu.set(chest.volume.hu.subarray(z * size, (z + 1) * size), z * size);
      onPreview({ grid, hu }, { first: z, last: z });
      onProgress({ done: z + 1, total: grid.shape[0] });
      await wait(window.panels.holds === 'reading' && z === 38 ? 1e9 : 4, signal);
    }
    if (one.id === 'soft') return { kind: 'refused', code: 'missing-slices', message: 'Slices 12 to 31 are missing.' };
    return {
      kind: 'read',
      volume: { grid, hu },
      notes: window.panels.notes,
      exportOrder: [
        { axis: 2, reversed: false },
        { axis: 1, reversed: false },
        { axis: 0, reversed: false },
      ],
      sliceInstances: [],
      headerWindow: { widthHu: 1200, levelHu: -500 },
    };
  },
  makeSample: async () => [],
  describeMachine: async () => ({ adapter: null }),
  diagnosis: {
    warmUp: () => {},
    models: async () => models,
    diagnose: async ({ showUntrained }, { signal, onProgress, onLungs } = {}) => {
      const { outcome } = window.panels;
      for (const [i, stage] of diagnosisStages.entries()) {
        onProgress?.({ stage, done: i, of: diagnosisStages.length, elapsedMs: 600 * i, remainingMs: 600 * (9 - i) });
        await wait(30, signal);
        if (stage === 'lungs' && window.panels.holds === 'lungs') await wait(1e9, signal);
        if (stage === 'lungs') onLungs?.(chest.lungs);
        if (stage === 'patches' && outcome === 'hangs') await wait(1e9, signal);
        if (stage === 'patches' && outcome === 'failed') {
          throw new DiagnosisFailure(
            'engine-device-lost',
            'The graphics card stopped twice. The images stay.',
            'device lost: made up',
          );
        }
      }
      return diagnosis(outcome !== 'withheld' || showUntrained, outcome === 'unproven');
    },
    companions: async () => noCompanions,
    dispose: () => {},
  },
};

const app = start(document.getElementById('root')!, services, await createViewer());
window.panels = { app, outcome: 'done', holds: null, notes: [] };
document.body.dataset.ready = 'yes';
