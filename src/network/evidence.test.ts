import { describe, expect, it } from 'vitest';
import { lpsToVoxel, readingDirection, voxelToLps, type Grid } from '../volume/grid.ts';
import { placeEvidence, type Evidence, type EvidenceScale } from './evidence.ts';
import { prepareInput } from './input.ts';
import { plans, type Plan } from './plans.ts';
import { ourPreprocessing, type Preprocessing } from './preprocessing.ts';

// C-features 8 x 16 x 16; evidence 4 x 8 x 8, 2 x 4 x 4, 1 x 2 x 2.
const plan: Plan = { ...plans.tiny, frame: 'field', minSliceMm: null };
const grid: Grid = {
  shape: [17, 64, 64],
  spacingMm: [3, 2, 2],
  originMm: [-64, -60, -100],
  direction: readingDirection,
};
const labels = new Uint8Array(17 * 64 * 64).fill(1);

const prepare = (how: Partial<Preprocessing> = {}, on: Grid = grid, mask = labels) =>
  prepareInput({ grid: on, hu: new Int16Array(mask.length) }, { grid: on, labels: mask }, plan, {
    ...ourPreprocessing,
    ...how,
  });

function zeros(): [EvidenceScale, EvidenceScale, EvidenceScale] {
  const scale = (d: number, h: number): EvidenceScale => ({
    shape: [3, d, h, h],
    data: new Float32Array(3 * d * h * h),
  });
  return [scale(4, 8), scale(2, 4), scale(1, 2)];
}

describe('where evidence lies', () => {
  it.each<Partial<Preprocessing>>([{}, { axes: 'xy' }, { depth: 'head-first' }, { axes: 'xy', depth: 'head-first' }])(
    'puts scale 1 at working pixel 8 and feature slice 2, read as %o',
    (how) => {
      const evidence = zeros();
      // Class 1, voxel (a, v, u) = (1, 2, 5): working pixel (16, 40), feature slice 2, working slice 2 * 2 * 16 / 16 = 4.
      evidence[0].data[(1 * 4 + 1) * 64 + 2 * 8 + 5] = 7;
      const placed = placeEvidence(prepare(how), evidence, 1, [1]);
      const at = placed.values.indexOf(7);
      const [, rows, columns] = placed.grid.shape;
      const voxel = [Math.floor(at / (rows * columns)), Math.floor(at / columns) % rows, at % columns] as const;
      const seen = lpsToVoxel(grid, voxelToLps(placed.grid, voxel));
      const row = how.axes === 'xy' ? 63 - 40 : 16;
      const column = how.axes === 'xy' ? 16 : 40;
      const slice = how.depth === 'head-first' ? 16 - 4 : 4;
      [slice, row, column].forEach((expected, axis) => expect(seen[axis]).toBeCloseTo(expected, 9));
    },
  );

  it('follows frame and slice groups', () => {
    const lungs = new Uint8Array(labels.length);
    // Rows and columns 20 to 40: 40 mm, with the margin 60 mm, 30 pixels from 15 on.
    for (let z = 4; z < 12; z++)
      for (let y = 20; y < 40; y++) lungs.fill(1, (z * 64 + y) * 64 + 20, (z * 64 + y) * 64 + 40);
    const input = prepareInput(
      { grid, hu: new Int16Array(labels.length) },
      { grid, labels: lungs },
      plans.tiny,
      ourPreprocessing,
    );
    // Slices 0 to 15 in eight groups of two; feature slice 2 a at working slice 4 a * 7 / 16.
    expect(input.frame.depth).toBe(8);
    const { grid: placed } = placeEvidence(input, zeros(), 0, [1]);
    const [z, y, x] = lpsToVoxel(grid, voxelToLps(placed, [2, 1, 3]));
    expect(z).toBeCloseTo(0.5 + 2 * 3.5, 9);
    expect(y).toBeCloseTo(15 + (8.5 * 30) / 64 - 0.5, 9);
    expect(x).toBeCloseTo(15 + (24.5 * 30) / 64 - 0.5, 9);
  });

  it('adds coarser scales linearly between their voxels, clamped at the end', () => {
    const evidence = zeros();
    evidence[1].data.set([0, 1, 2, 3], 0); // first row of class 0, scale 2
    evidence[0].data.fill(10, 0, 8);
    const { values } = placeEvidence(prepare(), evidence, 0, [1, 2]);
    expect([...values.subarray(0, 8)]).toEqual([10, 10.5, 11, 11.5, 12, 12.5, 13, 13]);
  });

  it('keeps classes apart', () => {
    const evidence: Evidence = zeros();
    evidence.forEach(({ data }) => data.fill(1, data.length / 3, (2 * data.length) / 3));
    expect(new Set(placeEvidence(prepare(), evidence, 1).values)).toEqual(new Set([3]));
    expect(new Set(placeEvidence(prepare(), evidence, 2).values)).toEqual(new Set([0]));
  });

  it('survives a study of one slice', () => {
    const single: Grid = { ...grid, shape: [1, 64, 64] };
    const { grid: placed } = placeEvidence(prepare({}, single, new Uint8Array(4096).fill(1)), zeros(), 0);
    expect(placed.spacingMm.every((spacing) => spacing > 0)).toBe(true);
    expect(lpsToVoxel(single, voxelToLps(placed, [0, 0, 0]))).toEqual([0, 0, 0]);
  });
});
