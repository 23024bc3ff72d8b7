import { describe, expect, it } from 'vitest';
import { readingDirection, type Grid, type Mask, type Shape } from '../volume/grid.ts';
import { placeFrame, studyPixel, studySlice, workingPixel, workingSlice } from './frame.ts';
import { plans, type Plan } from './plans.ts';

function lungBox(shape: Shape, spacingMm: Grid['spacingMm'], from: Shape, end: Shape): Mask {
  const grid: Grid = { shape, spacingMm, originMm: [0, 0, 0], direction: readingDirection };
  const labels = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let z = from[0]; z < end[0]; z++)
    for (let y = from[1]; y < end[1]; y++)
      for (let x = from[2]; x < end[2]; x++) labels[(z * shape[1] + y) * shape[2] + x] = 1;
  return { grid, labels };
}
const plan: Plan = { ...plans.tiny, grid: 40 };

describe('the frame that holds the field', () => {
  const field: Plan = { ...plan, frame: 'field', minSliceMm: null };

  it('is the study itself where that is square', () => {
    const frame = placeFrame(lungBox([3, 40, 40], [2, 1, 1], [1, 5, 5], [2, 6, 6]), field);
    expect(frame).toMatchObject({ rows: { start: 0, step: 1 }, columns: { start: 0, step: 1 }, depth: 3 });
    expect(frame.slices).toEqual({ first: 0, count: 3, size: 1 });
  });

  it('pads the shorter side evenly', () => {
    const { rows, columns } = placeFrame(lungBox([3, 80, 60], [2, 1, 1], [1, 5, 5], [2, 6, 6]), field);
    expect(rows).toEqual({ start: 0, step: 2 });
    expect(columns).toEqual({ start: -10, step: 2 });
  });

  it('is square in millimetres', () => {
    const { rows, columns } = placeFrame(lungBox([3, 40, 40], [2, 1, 0.5], [1, 5, 5], [2, 6, 6]), field);
    expect(rows).toEqual({ start: 0, step: 1 });
    expect(columns).toEqual({ start: -20, step: 2 });
  });
});

describe('the frame that holds the lungs', () => {
  it('centres a square with 10 mm on each side on their box', () => {
    // 60 mm along x, 40 along y, at 0.5 mm a pixel: a square of 80 mm, 160 pixels.
    const lungs = lungBox([30, 200, 200], [3, 0.5, 0.5], [10, 40, 50], [20, 120, 170]);
    const { rows, columns, slices, depth } = placeFrame(lungs, plan);
    expect(columns).toEqual({ start: 30, step: 4 });
    expect(rows).toEqual({ start: 0, step: 4 });
    // 10 mm are four slices of 3 mm; groups of two reach 5 mm.
    expect(slices).toEqual({ first: 6, count: 18, size: 2 });
    expect(depth).toBe(9);
  });

  it('takes slices only as far as they were acquired', () => {
    const { slices } = placeFrame(lungBox([6, 20, 20], [5, 1, 1], [1, 5, 5], [6, 10, 10]), plan);
    expect(slices).toEqual({ first: 0, count: 6, size: 1 });
  });

  it.each([
    { spacing: 5, size: 1 },
    { spacing: 4.9999, size: 1 },
    { spacing: 4.9, size: 2 },
    { spacing: 2.5, size: 2 },
    { spacing: 1.25, size: 4 },
    { spacing: 0.7, size: 8 },
    { spacing: 8, size: 1 },
  ])('averages $size slices of $spacing mm', ({ spacing, size }) => {
    const lungs = lungBox([9, 20, 20], [spacing, 1, 1], [0, 5, 5], [9, 10, 10]);
    expect(placeFrame(lungs, plan).slices.size).toBe(size);
  });

  it('refuses an empty mask', () => {
    expect(() => placeFrame(lungBox([3, 9, 9], [5, 1, 1], [0, 0, 0], [0, 0, 0]), plan)).toThrow('holds no lung');
  });
});

describe('between study and working grid', () => {
  // Slices 1 to 7 in groups of three: [1 2 3], [4 5 6], [7].
  const lungs = lungBox([9, 60, 60], [2, 1, 1], [0, 5, 5], [9, 35, 35]);
  const frame = { ...placeFrame(lungs, plan), slices: { first: 1, count: 7, size: 3 }, depth: 3 };

  it('a working slice lies at the centre of its group, a short one too', () => {
    expect([0, 1, 2].map((k) => studySlice(frame, k))).toEqual([2, 5, 7]);
    expect([1, 2, 3.5, 5, 6, 7, 8].map((z) => workingSlice(frame, z))).toEqual([-1 / 3, 0, 0.5, 1, 1.5, 2, 2.5]);
  });

  it('there and back again', () => {
    for (const z of [0, 1.3, 4.9, 6.5, 8]) expect(studySlice(frame, workingSlice(frame, z))).toBeCloseTo(z, 10);
    for (const x of [0, 17.25, 59]) {
      expect(studyPixel(frame.columns, workingPixel(frame.columns, x))).toBeCloseTo(x, 10);
    }
  });

  it('a group of one slice stands for itself', () => {
    const single = { ...frame, slices: { first: 4, count: 2, size: 3 }, depth: 1 };
    expect(studySlice(single, 0)).toBe(4.5);
    expect(workingSlice(single, 4.5)).toBe(0);
  });
});
