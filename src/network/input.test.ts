import { describe, expect, it } from 'vitest';
import { readingDirection, type Grid, type Mask, type Shape, type Volume } from '../volume/grid.ts';
import {
  classifierSlices,
  inputOnWorkingGrid,
  mostPasteSlices,
  patchOrigins,
  patchVoxels,
  prepareInput,
} from './input.ts';
import { plans, type Plan } from './plans.ts';
import { ourPreprocessing } from './preprocessing.ts';

// 8 x 8 pixels, patches 4 x 4 x 4, four sampled slices.
const plan: Plan = { ...plans.tiny, grid: 8, patch: [4, 4, 4], slices: 4, frame: 'field', minSliceMm: null };

function study(
  shape: Shape,
  hu: (z: number, y: number, x: number) => number,
  spacingMm: Grid['spacingMm'] = [5, 1, 1],
) {
  const grid: Grid = { shape, spacingMm, originMm: [0, 0, 0], direction: readingDirection };
  const volume: Volume = { grid, hu: Int16Array.from(eachVoxel(shape, hu)) };
  return volume;
}
function eachVoxel([d, h, w]: Shape, value: (z: number, y: number, x: number) => number): number[] {
  return Array.from({ length: d * h * w }, (_, i) => value(Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w));
}
const maskOf = ({ grid }: Volume, isLung: (z: number, y: number, x: number) => boolean = () => true): Mask => ({
  grid,
  labels: Uint8Array.from(eachVoxel(grid.shape, (z, y, x) => (isLung(z, y, x) ? 2 : 0))),
});
/** HU whose windowed intensity is code / 1600. */
const coded = (code: number) => code - 1400;
const whole = [0, 8] as const;
const codes = (values: Float32Array) => [...values].map((value) => Math.round(value * 1600 * 1000) / 1000);

describe('intensity', () => {
  it('is clipped to [-1400, 200] HU and masked', () => {
    const values = [-3024, -1400, -600, 200, 3000, 0, 0, 0];
    const volume = study([1, 8, 8], (_, __, x) => values[x]);
    const { grid } = prepareInput(
      volume,
      maskOf(volume, (_, __, x) => x < 6),
      plan,
      ourPreprocessing,
    );
    expect([...grid.read(0, [0, 1], whole)]).toEqual([0, 0, 0.5, 1, 1, 0.875, 0, 0]);
  });

  it('is clipped before it is averaged', () => {
    const volume = study([1, 16, 16], (_, __, x) => (x % 2 === 0 ? -3024 : 3000));
    const { grid } = prepareInput(volume, maskOf(volume), plan, ourPreprocessing);
    for (const value of grid.read(0, whole, whole)) expect(value).toBeCloseTo(0.5, 6);
  });

  it('averages slices in groups from the feet, the last one shorter', () => {
    const volume = study([5, 8, 8], (z) => coded([100, 200, 300, 500, 900][z]), [2.5, 1, 1]);
    const { grid } = prepareInput(volume, maskOf(volume), { ...plan, minSliceMm: 5 }, ourPreprocessing);
    expect(grid.depth).toBe(3);
    expect([0, 1, 2].map((z) => codes(grid.read(z, [3, 4], [3, 4]))[0])).toEqual([150, 400, 900]);
  });

  it('is -1400 HU beside a field that is not square', () => {
    const volume = study([1, 8, 4], (_, __, x) => coded(100 * (x + 1)));
    const { grid } = prepareInput(volume, maskOf(volume), plan, ourPreprocessing);
    expect(codes(grid.read(0, [0, 1], whole))).toEqual([0, 0, 100, 200, 300, 400, 0, 0]);
    expect([...grid.lung.subarray(0, 8)]).toEqual([0, 0, 1, 1, 1, 1, 0, 0]);
  });

  it('of a part is that part of the whole', () => {
    const volume = study([2, 19, 13], (z, y, x) => coded((z * 331 + y * 57 + x * 91) % 1600));
    const { grid } = prepareInput(
      volume,
      maskOf(volume, (_, y, x) => (x + y) % 3 > 0),
      plan,
      ourPreprocessing,
    );
    const all = grid.read(1, whole, whole);
    const part = grid.read(1, [2, 7], [1, 5]);
    part.forEach((value, i) => expect(value).toBe(all[(2 + Math.floor(i / 4)) * 8 + 1 + (i % 4)]));
  });
});

describe('the working lung mask', () => {
  it('is lung where at least half covered', () => {
    const volume = study([1, 16, 16], () => 0);
    const isLung = (_: number, y: number, x: number) => (x < 2 ? true : x < 4 ? y % 2 === 0 : x === 4 && y % 2 === 0);
    const { grid } = prepareInput(volume, maskOf(volume, isLung), plan, ourPreprocessing);
    // Whole, half and a quarter of a pixel.
    expect([...grid.lung.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
  });

  it('counts slices of a group too', () => {
    const volume = study([3, 8, 8], () => 0, [2, 1, 1]);
    const isLung = (z: number, _: number, x: number) => x === 0 || (x === 1 && z < 2) || (x === 2 && z < 1);
    const { grid } = prepareInput(volume, maskOf(volume, isLung), { ...plan, minSliceMm: 6 }, ourPreprocessing);
    expect([...grid.lung.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
  });
});

describe("other trainings' preprocessing", () => {
  const volume = study([3, 8, 8], (z, y, x) => coded(100 * z + 10 * y + x));
  const read = (preprocessing: Partial<typeof ourPreprocessing>, mask = maskOf(volume)) =>
    prepareInput(volume, mask, plan, { ...ourPreprocessing, ...preprocessing }).grid;

  it('head-first turns the slices round', () => {
    const grid = read({ depth: 'head-first' });
    expect([0, 1, 2].map((z) => codes(grid.read(z, [0, 1], [0, 1]))[0])).toEqual([200, 100, 0]);
  });

  it('xy: rows run along x, columns from back to front', () => {
    const grid = read({ axes: 'xy' });
    expect(codes(grid.read(0, [1, 2], whole))).toEqual([71, 61, 51, 41, 31, 21, 11, 1]);
    expect(codes(grid.read(0, [2, 4], [5, 8]))).toEqual([22, 12, 2, 23, 13, 3]);
  });

  it('masks what it turned at the right place', () => {
    const isLung = (z: number, y: number, x: number) => z === 2 && y === 1 && x === 6;
    const grid = read({ axes: 'xy', depth: 'head-first' }, maskOf(volume, isLung));
    expect(grid.lung.indexOf(1)).toBe(6 * 8 + 6);
    expect(codes(grid.read(0, [6, 7], whole))).toEqual([0, 0, 0, 0, 0, 0, 216, 0]);
  });

  it('slice: every slice to its own extremes, before masking', () => {
    const grid = read(
      { intensity: 'slice' },
      maskOf(volume, (_, y) => y === 3),
    );
    // Slice codes run from 100 z to 100 z + 77.
    for (const z of [0, 2]) expect(grid.read(z, [3, 4], [0, 2])[1]).toBeCloseTo(31 / 77, 6);
    expect(grid.read(1, [0, 1], [0, 2])[1]).toBe(0);
  });

  it('slice: a slice of one value is 0', () => {
    const flat = study([1, 8, 8], () => -500);
    const preprocessing = { ...ourPreprocessing, intensity: 'slice' as const };
    const { grid } = prepareInput(flat, maskOf(flat), plan, preprocessing);
    expect(new Set(grid.read(0, whole, whole))).toEqual(new Set([0]));
  });
});

describe('patches and slices', () => {
  it('patches follow each other from the origin, z outermost, the last past the end', () => {
    expect(patchOrigins({ depth: 5, size: 8 }, plan)).toEqual(
      [0, 4].flatMap((z) => [0, 4].flatMap((y) => [0, 4].map((x) => [z, y, x]))),
    );
    expect(() => patchOrigins({ depth: 5, size: 6 }, plan)).toThrow('no multiple');
  });

  it('runs only those that hold lung', () => {
    const lung = new Uint8Array(5 * 64);
    lung[4 * 64 + 7 * 8 + 3] = 1;
    const { patches } = inputOnWorkingGrid(plan, new Float32Array(5 * 64), lung);
    expect(patches).toEqual([[4, 4, 0]]);
  });

  it('fills a patch with zeros past the last slice', () => {
    const input = inputOnWorkingGrid(plan, new Float32Array(5 * 64).fill(0.25), new Uint8Array(5 * 64).fill(1));
    const voxels = patchVoxels(input, [4, 0, 4]);
    expect([...voxels]).toEqual([...Array(16).fill(0.25), ...Array(48).fill(0)]);
  });

  it('puts every voxel of the study into exactly one patch', () => {
    const intensity = Float32Array.from({ length: 5 * 64 }, (_, i) => i / 1024);
    const input = inputOnWorkingGrid(plan, intensity, new Uint8Array(5 * 64).fill(1));
    const seen = input.patches.flatMap((origin) => [...patchVoxels(input, origin)].filter((value) => value !== 0));
    expect(seen.sort((a, b) => a - b)).toEqual([...intensity.subarray(1)]);
  });

  it('samples every second pixel of floor(i (D - 1) / S)', () => {
    const intensity = Float32Array.from({ length: 6 * 64 }, (_, i) => i / 1024);
    const slices = classifierSlices(inputOnWorkingGrid(plan, intensity, new Uint8Array(6 * 64).fill(1)));
    const at = (z: number, y: number, x: number) => (z * 64 + y * 8 + x) / 1024;
    // Slices 0, 1, 2, 3 of six.
    expect(slices.length).toBe(4 * 4 * 4);
    expect([...slices.subarray(0, 5)]).toEqual([at(0, 0, 0), at(0, 0, 2), at(0, 0, 4), at(0, 0, 6), at(0, 2, 0)]);
    expect(slices[63]).toBe(at(3, 6, 6));
  });

  it('knows how many feature slices a patch may hold', () => {
    const input = (depth: number) =>
      inputOnWorkingGrid(plans.tiny, new Float32Array(depth * 4096), new Uint8Array(depth * 4096).fill(1));
    expect(mostPasteSlices(input(5))).toBe(8);
    expect(mostPasteSlices(input(20))).toBe(4); // 0, 2, 4, 7
    expect(mostPasteSlices(input(49))).toBe(2);
  });
});
