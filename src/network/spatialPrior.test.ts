import { expect, it } from 'vitest';
import { readingDirection, type Grid, type Shape } from '../volume/grid.ts';
import { prepareInput } from './input.ts';
import { probabilitySteps } from './output.ts';
import { plans, type Plan } from './plans.ts';
import { ourPreprocessing } from './preprocessing.ts';
import { withSpatialPrior, type SpatialPrior } from './spatialPrior.ts';

const plan: Plan = { ...plans.tiny, grid: 32, patch: [8, 32, 32], slices: 8, frame: 'field', minSliceMm: null };
const prior: SpatialPrior = { neighbourhoodMm: 3, expected: 0.2, strength: 0.8 };
type At = (z: number, y: number, x: number) => number;

/** Probabilities of a study on the working grid, before and after; lung where `p` is above 0. */
function decide(
  p: At,
  { shape = [8, 32, 32] as Shape, z = 1, ...change }: Partial<SpatialPrior> & { shape?: Shape; z?: number } = {},
) {
  const grid: Grid = { shape, spacingMm: [z, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
  const given = Float64Array.from({ length: shape[0] * 1024 }, (_, i) => p(i >> 10, (i >> 5) & 31, i & 31));
  const labels = Uint8Array.from(given, (value) => (value > 0 ? 1 : 0));
  const volume = { grid, hu: new Int16Array(labels.length) };
  const input = prepareInput(volume, { grid, labels }, plan, ourPreprocessing);
  const steps = Uint16Array.from(given, (value) => Math.round(value * probabilitySteps));
  const result = withSpatialPrior(input, steps, { ...prior, ...change });
  return (at: readonly [number, number, number]) => result[(at[0] * 32 + at[1]) * 32 + at[2]] / probabilitySteps;
}
const isNear = (z: number, y: number, x: number, mm: number) => Math.hypot(z - 4, y - 16, x - 16) <= mm;

it('changes nothing where a model has none, or where it counts for nothing', () => {
  const p = new Uint16Array(4);
  expect(withSpatialPrior({} as never, p, undefined)).toBe(p);
  expect(decide((_, y) => (y + 1) / 40, { strength: 0 })([3, 20, 9])).toBeCloseTo(21 / 40, 4);
});

it('leaves a lung alone that holds the share of lesion it expects', () => {
  expect(decide(() => 0.2)([4, 16, 16])).toBeCloseTo(0.2, 4);
  expect(decide(() => 0.6, { expected: 0.6 })([0, 0, 0])).toBeCloseTo(0.6, 4);
});

it('comes to what the same steps give by hand where all voxels are alike', () => {
  let q = 0.3;
  for (let i = 0; i < 6; i++) {
    const factor = (q / (1 - q) / (0.2 / 0.8)) ** 0.8;
    q = (0.3 * factor) / (0.7 + 0.3 * factor);
  }
  const at = decide(() => 0.3);
  expect(at([4, 16, 16])).toBeCloseTo(q, 3);
  // Nothing beyond the ends counts: a corner is like the middle.
  expect(at([0, 0, 31])).toBeCloseTo(q, 3);
});

it('takes a doubtful voxel among diseased ones for lesion, and a speck in a healthy lung not', () => {
  const doubtful: At = (z, y, x) => (isNear(z, y, x, 1) ? 0.4 : 0);
  expect(decide((z, y, x) => doubtful(z, y, x) || (isNear(z, y, x, 8) ? 0.9 : 0.02))([4, 16, 16])).toBeGreaterThan(0.5);
  expect(decide((z, y, x) => (isNear(z, y, x, 1) ? 0.7 : 0.02))([4, 16, 16])).toBeLessThan(0.5);
});

it('measures its surroundings in mm, and only where there is lung', () => {
  const disease: At = (z, y, x) => (z === 4 && x === 16 && y === 16 ? 0.4 : z === 4 ? 0.02 : 0.9);
  // The slices beside are diseased: 1 mm away they count, 20 mm away they do not.
  expect(decide(disease, { z: 1 })([4, 16, 16])).toBeGreaterThan(0.5);
  expect(decide(disease, { z: 20 })([4, 16, 16])).toBeLessThan(0.4);
  // A strip of lung one voxel wide: what is around it is no healthy lung.
  const strip = decide((_, y) => (y === 16 ? 0.45 : 0));
  expect(strip([4, 16, 16])).toBeGreaterThan(0.5);
  expect(strip([4, 15, 16])).toBe(0);
});
