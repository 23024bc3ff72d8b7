import { describe, expect, it } from 'vitest';
import { readingDirection, type Grid, type Mask, type Shape } from '../volume/grid.ts';
import { prepareInput } from './input.ts';
import { probabilitySteps, studyProbabilities, toStudyGrid } from './output.ts';
import { plans, type Plan } from './plans.ts';
import { ourPreprocessing, type Preprocessing } from './preprocessing.ts';

const plan: Plan = { ...plans.tiny, grid: 8, patch: [4, 4, 4], slices: 4, frame: 'field', minSliceMm: null };
type IsLung = (z: number, y: number, x: number) => boolean;

function prepare(shape: Shape, isLung: IsLung, change: Partial<Plan> = {}, how: Partial<Preprocessing> = {}, z = 5) {
  const grid: Grid = { shape, spacingMm: [z, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
  const [, h, w] = shape;
  const labels = Uint8Array.from({ length: shape[0] * h * w }, (_, i) =>
    isLung(Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w) ? 1 : 0,
  );
  const lungs: Mask = { grid, labels };
  const volume = { grid, hu: new Int16Array(labels.length) };
  return { lungs, input: prepareInput(volume, lungs, { ...plan, ...change }, { ...ourPreprocessing, ...how }) };
}
/** Probability on the working grid, masked as the network's is. */
const onGrid = ({ grid }: { grid: { lung: Uint8Array } }, p: (i: number) => number) =>
  Uint16Array.from(grid.lung, (lung, i) => (lung ? Math.round(p(i) * probabilitySteps) : 0));

describe('the way back', () => {
  it('is the identity where the grids coincide', () => {
    const { lungs, input } = prepare([3, 8, 8], (z, y, x) => (z + y + x) % 4 > 0);
    const p = onGrid(input, (i) => ((i * 37) % 101) / 101);
    const slice = studyProbabilities(input, p, lungs);
    for (let z = 0; z < 3; z++) {
      slice(z).forEach((value, i) => expect(value).toBeCloseTo(p[z * 64 + i] / probabilitySteps, 6));
    }
    const expected = Uint8Array.from(p, (steps) => (steps > probabilitySteps / 2 ? 1 : 0));
    expect(toStudyGrid(input, p, lungs).labels).toEqual(expected);
  });

  it('does not call exactly one half a lesion', () => {
    const { lungs, input } = prepare([1, 8, 8], () => true);
    // Steps are odd in number: one lies just below a half, the next just above.
    const p = new Uint16Array(64).map((_, i) => 32767 + (i % 2));
    expect([...toStudyGrid(input, p, lungs).labels.subarray(0, 4)]).toEqual([0, 1, 0, 1]);
  });

  it.each<{ name: string; change: Partial<Plan>; how: Partial<Preprocessing> }>([
    { name: 'in the frame of the field', change: {}, how: {} },
    { name: 'in the frame of the lungs', change: { frame: 'lungs' }, how: {} },
    { name: 'in groups of slices', change: { frame: 'lungs', minSliceMm: 15 }, how: {} },
    { name: 'turned', change: { frame: 'lungs', minSliceMm: 10 }, how: { axes: 'xy', depth: 'head-first' } },
  ])('fills diseased lungs to the pleura, $name', ({ change, how }) => {
    // A ball: its border never falls on working voxels.
    const isLung: IsLung = (z, y, x) => ((z - 5) / 5) ** 2 + ((y - 17) / 14) ** 2 + ((x - 20) / 12) ** 2 <= 1;
    const { lungs, input } = prepare([11, 35, 41], isLung, { grid: 16, ...change }, how);
    const { labels } = toStudyGrid(
      input,
      onGrid(input, () => 1),
      lungs,
    );
    const count = (of: Uint8Array) => of.reduce((sum, label) => sum + label, 0);
    // A study voxel without any working lung around it stays unlabelled; at this coarseness a few do.
    expect(count(labels)).toBeGreaterThan(0.98 * count(lungs.labels));
    labels.forEach((label, i) => label && expect(lungs.labels[i]).toBe(1));
  });

  it.each<Partial<Preprocessing>>([{}, { axes: 'xy' }, { depth: 'head-first' }, { axes: 'xy', depth: 'head-first' }])(
    'puts a ramp back where it came from, read as %o',
    (how) => {
      const { lungs, input } = prepare([12, 32, 32], () => true, { grid: 16, minSliceMm: 10 }, how, 5);
      const { grid } = input;
      // What the network sees of a study whose HU are its own position comes back as that position.
      for (const [axis, span] of [12, 32, 32].entries()) {
        const hu = new Int16Array(12 * 1024).map((_, i) => {
          const position = [Math.floor(i / 1024), Math.floor(i / 32) % 32, i % 32][axis];
          return -1400 + Math.round((1600 * position) / span);
        });
        const seen = prepareInput({ grid: lungs.grid, hu }, lungs, input.plan, input.preprocessing).grid;
        const values = Array.from({ length: grid.depth }, (_, z) => [...seen.read(z, [0, 16], [0, 16])]).flat();
        const slice = studyProbabilities(
          input,
          Uint16Array.from(values, (v) => Math.round(v * probabilitySteps)),
          lungs,
        );
        for (const z of [1, 5, 10]) {
          const back = slice(z);
          for (const [y, x] of [
            [3, 4],
            [16, 17],
            [28, 5],
          ]) {
            expect(back[y * 32 + x] * span).toBeCloseTo([z, y, x][axis], 1);
          }
        }
      }
    },
  );

  it('takes nothing from outside the working lungs', () => {
    // Two columns of lung beside a wide gap; the left one is diseased.
    const { lungs, input } = prepare([1, 16, 16], (_, __, x) => x < 6 || x > 9);
    const { lung } = input.grid;
    const p = Uint16Array.from(lung, (value, i) => (value && i % 8 < 4 ? probabilitySteps : 0));
    const { labels } = toStudyGrid(input, p, lungs);
    expect([...labels.subarray(0, 16)]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
