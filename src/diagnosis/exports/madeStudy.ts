/** A study made by hand, for the tests of exports: two lungs, two lesions of known place and one part too small. */
import { measure } from '../../findings/measure.ts';
import type { GeometryNote, Patient, ReadSeries, Series } from '../../formats/series.ts';
import { readingDirection, type Grid, type Mask, type Volume } from '../../volume/grid.ts';
import type { Diagnosis, EvidenceMaps, NetworkReading } from '../diagnosis.ts';
import type { ReadStudy } from './readStudy.ts';

/** Voxels of 0.06 ml. */
export const madeGrid: Grid = {
  shape: [20, 33, 41],
  spacingMm: [5, 3, 4],
  originMm: [-38, -16.5, 200],
  direction: readingDirection,
};
export const madePatient: Patient = { name: 'Doe Jane', id: 'PAT-7', birthDate: '1960-02-03', sex: 'F' };

const [depth, rows, columns] = madeGrid.shape;
const at = (z: number, y: number, x: number) => (z * rows + y) * columns + x;

function filled(paint: (set: (z: number, y: number, x: number, value: number) => void) => void): Mask {
  const labels = new Uint8Array(depth * rows * columns);
  paint((z, y, x, value) => (labels[at(z, y, x)] = value));
  return { grid: madeGrid, labels };
}

/** Right in the columns 1 to 8, left in 11 to 18, both in the rows 1 to 9, in all but the outermost slices. */
export const madeLungs = filled((set) => {
  for (let z = 1; z < depth - 1; z++)
    for (let y = 1; y < 10; y++) for (let x = 1; x < 19; x++) if (x <= 8 || x >= 11) set(z, y, x, x <= 8 ? 1 : 2);
});
/** 24 voxels in the right lung, 8 in the left, and one alone. */
export const madeLesions = filled((set) => {
  for (let z = 3; z <= 5; z++) for (let y = 2; y <= 3; y++) for (let x = 2; x <= 5; x++) set(z, y, x, 1);
  for (let z = 10; z <= 11; z++) for (let y = 7; y <= 8; y++) for (let x = 14; x <= 15; x++) set(z, y, x, 1);
  set(15, 5, 5, 1);
});
export const madeVolume: Volume = {
  grid: madeGrid,
  hu: Int16Array.from(madeLungs.labels, (lung, i) => (madeLesions.labels[i] ? -300 : lung ? -850 : 40)),
};

/** @param withNetwork false: as for an untrained model, lungs alone */
export function madeDiagnosis(withNetwork = true): Diagnosis {
  const { findings, lesionLabels } = measure(madeVolume, madeLungs, withNetwork ? madeLesions : null);
  const map = { grid: madeGrid, values: new Float32Array(madeVolume.hu.length) };
  const maps: EvidenceMaps = { all: map, scales: { 1: map, 2: map, 3: map } };
  const terms = { bias: 0.1, means: [1, 2, 3], score: 6.1, residual: 0 } as const;
  const byClass = <T>(value: T) => ({ covid19: value, cap: value, nonPneumonia: value });
  const network: NetworkReading | null = lesionLabels && {
    scores: { covid19: 0.75, cap: 0.2, nonPneumonia: 0.05 },
    evidence: byClass(maps),
    terms: byClass(terms),
    evidenceShares: byClass({ speaksFor: null, speaksAgainst: null, agreement: null }),
    lesions: lesionLabels,
    workingGrid: { shape: [20, 512, 512], spacingMm: [5, 1, 1] },
    patchesRun: 1,
  };
  return {
    model: {
      name: 'lite-made',
      version: '1.2.3',
      card: 'Made for a test, "quoted", with a comma',
      plan: 'lite',
      sha256: 'ab'.repeat(32),
      training: 'none',
      evidence: 'simulated',
      verified: true,
    },
    engine: network && { kind: 'wasm', label: 'WebAssembly, 2 threads', reason: 'chosen by the reader' },
    lungs: madeLungs,
    lungNotes: [],
    network,
    findings,
    warnings: network ? [] : [{ code: 'untrained', message: 'No lesions and no scores are shown unless asked for.' }],
    timingsMs: { lungs: 12, findings: 3 },
  };
}

const notes: readonly GeometryNote[] = [
  { code: 'thick-slices', severity: 'warning', message: 'The slices are 5 mm thick.' },
  { code: 'lossy', severity: 'info', message: 'Compressed with loss.' },
];

export function madeStudy(series: Series, read: Partial<ReadSeries> = {}, diagnosis = madeDiagnosis()): ReadStudy {
  return {
    series,
    read: {
      kind: 'read',
      volume: madeVolume,
      notes,
      exportOrder: [
        { axis: 2, reversed: false },
        { axis: 1, reversed: false },
        { axis: 0, reversed: true },
      ],
      sliceInstances: [],
      ...read,
    },
    diagnosis,
  };
}

/** As a NIfTI file would give it, but with a patient, to see that no export names one. */
export const madeSeries: Series = {
  source: 'nifti',
  id: 'Doe Jane 1',
  patient: madePatient,
  study: { instanceUid: '1.2.3', date: '2021-05-06', description: 'CT THORAX' },
  seriesInstanceUid: '1.2.3.4',
  seriesNumber: 2,
  description: 'Lung 5.0',
  modality: 'CT',
  date: '2021-05-06',
  sliceCount: depth,
  thicknessMm: 5,
  spacingMm: 5,
  kernel: 'B70f',
  manufacturer: 'Maker',
  fit: { kind: 'chest-ct', score: 1 },
  files: [],
};
