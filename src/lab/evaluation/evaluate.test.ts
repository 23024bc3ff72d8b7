import * as runtime from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { openNode } from '../../engine/onnx/openNode.ts';
import { seededWeights } from '../../network/initialWeights.ts';
import { plans } from '../../network/plans.ts';
import { readingDirection, type Grid } from '../../volume/grid.ts';
import type { CohortStudy } from '../cohort.ts';
import { evaluateCase, type CaseResult } from './evaluate.ts';
import { classRows, cohortRows, summary, writeReport } from './report.ts';

const engine = openNode(runtime, 1);
afterAll(() => engine.dispose());
const model = { plan: plans.tiny, weights: seededWeights(plans.tiny, 1), engine };

const grid: Grid = { shape: [12, 40, 40], spacingMm: [5, 5, 5], originMm: [0, 0, 0], direction: readingDirection };
const voxels = 12 * 40 * 40;
const box = (low: number, high: number) =>
  Uint8Array.from({ length: voxels }, (_, i) => {
    const [y, x] = [Math.floor(i / 40) % 40, i % 40];
    return y >= low && y < high && x >= low && x < high ? 1 : 0;
  });
const study: CohortStudy = {
  id: 'box',
  patient: 'box',
  sliceLabels: [],
  trueClass: 'cap',
  volume: { grid, hu: new Int16Array(voxels).fill(-800) },
  drawnLungs: { grid, labels: box(5, 35) },
  lesions: { grid, labels: box(10, 20) },
};

describe('evaluateCase', () => {
  it('measures what the chain gives', async () => {
    const result = await evaluateCase(study, 'drawn', model);
    expect(result).toMatchObject({ id: 'box', failure: null, truth: 'lesions', trueClass: 1 });
    // Every voxel is lung and called lesion or not: Dice follows from sensitivity and the share that is called.
    const called = (result.calledShare ?? NaN) * 900;
    expect(result.dice).toBeCloseTo((2 * (result.sensitivity ?? NaN) * 100) / (100 + called), 6);
    expect(result.classProbabilities?.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  });

  it('counts the lesions of a study without lungs as not found, and calls it no clean lung', async () => {
    const result = await evaluateCase(study, 'found', model);
    expect(result).toMatchObject({ dice: 0, sensitivity: 0, calledShare: null });
    expect(result.failure).toContain('No lungs');
  });
});

const made = (change: Partial<CaseResult>): CaseResult => ({
  id: 'a',
  patient: change.id ?? 'a',
  sliceAuc: null,
  agreement: null,
  lungsFrom: 'found',
  failure: null,
  dice: 0.5,
  sensitivity: 0.5,
  specificity: 1,
  surfaceDice: [0.1, 0.2, 0.3],
  rmsdMm: 4,
  calledShare: 0.1,
  truth: 'lesions',
  trueClass: 0,
  classProbabilities: [0.6, 0.3, 0.1],
  elapsedMs: 1,
  ...change,
});

describe('the report', () => {
  const cases = [
    made({}),
    made({ id: 'b', dice: 0.7, classProbabilities: [0.2, 0.7, 0.1], trueClass: 1 }),
    made({ id: 'c', dice: null, truth: 'none', calledShare: 0.02 }),
  ];
  it('keeps lungs without lesions apart from those with', () => {
    const rows = new Map(cohortRows({ name: 'n', about: '', cases }));
    expect(rows.get('Dice')).toMatch(/^0.600 \(0.141\) \[0.500, 0.700\] n = 2$/);
    expect(rows.get('share of lungs without lesions called lesion')).toBe('0.020 n = 1');
  });
  it('takes no case that failed for a lung without lesions that was read well, and tells of it', () => {
    const failed = made({ id: 'd', dice: null, truth: 'none', calledShare: null, failure: 'No lungs were found.' });
    const rows = new Map(cohortRows({ name: 'n', about: '', cases: [...cases, failed] }));
    expect(rows.get('share of lungs without lesions called lesion')).toBe('0.020 n = 1');
    expect(rows.get('cases that failed')).toBe('1 of 4');
    expect(cohortRows({ name: 'n', about: '', cases }).map(([name]) => name)).not.toContain('cases that failed');
  });
  it('says where nothing is defined', () => {
    expect(summary(cases.slice(2), ({ dice }) => dice)).toBe('not defined');
  });
  it('says how well the classes are told, and where evidence and lesions part', () => {
    const wrong = made({ id: 'd', trueClass: 2, agreement: 0.4 });
    const rows = new Map(classRows({ name: 'n', about: '', cases: [made({ agreement: 0.9 }), wrong] }));
    expect(rows.get('accuracy')).toMatch(/^0.500 .* n = 2$/);
    // Distances 0.4² + 0.3² + 0.1² and 0.6² + 0.3² + 0.9².
    expect(rows.get('Brier score (0.667 knows nothing)')).toBe('0.760');
    expect(rows.get('agreement of evidence and lesions, right answers')).toBe('0.900 n = 1');
    expect(rows.get('agreement of evidence and lesions, wrong answers')).toBe('0.400 n = 1');
    expect(classRows({ name: 'n', about: '', cases: [wrong] })).toEqual([]);
  });
  it('lets no name of a file become markup', () => {
    const page = writeReport({ model: '<b>', sha256: '', command: 'a & b' }, [{ name: 'n', about: '', cases }]);
    expect(page).toContain('&lt;b&gt;');
    expect(page).not.toContain('<b>');
  });
});
