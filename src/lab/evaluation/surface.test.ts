import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import type { Shape } from '../../volume/grid.ts';
import { overlapOf } from './overlap.ts';
import { compareSurfaces, surfaceAreas } from './surface.ts';

describe('surface elements', () => {
  const areas = surfaceAreas([1, 1, 1]);
  it('have the area of a flat cut, and of a cut corner', () => {
    expect(areas[0b00001111]).toBeCloseTo(1, 12); // all of the lower slice inside
    expect(areas[1]).toBeCloseTo(Math.sqrt(3) / 8, 12); // equilateral, sides of 1/√2
    expect(surfaceAreas([5, 2, 3])[0b00001111]).toBeCloseTo(6, 12);
  });
  it('are none where all or nothing is inside', () => {
    expect([areas[0], areas[255]]).toEqual([0, 0]);
  });
});

const cube = (shape: Shape, from: number, end: number, shift = 0) => {
  const mask = new Uint8Array(shape[0] * shape[1] * shape[2]);
  for (let z = from; z < end; z++)
    for (let y = from; y < end; y++)
      for (let x = from; x < end; x++) mask[(z * shape[1] + y) * shape[2] + x + shift] = 1;
  return mask;
};

describe('compareSurfaces', () => {
  const shape: Shape = [12, 12, 12];
  it('says of a mask and itself that they agree', () => {
    const mask = cube(shape, 3, 8);
    const same = compareSurfaces(mask, mask, shape, [2, 1, 1]);
    expect([same.surfaceDice(0), same.hausdorff95Mm, same.rmsdMm, same.averageMm]).toEqual([1, 0, 0, [0, 0]]);
  });
  it('measures millimetres', () => {
    const apart = compareSurfaces(cube(shape, 3, 8), cube(shape, 3, 8, 2), shape, [1, 1, 1.5]);
    expect(apart.hausdorff95Mm).toBe(3);
    expect(apart.surfaceDice(3)).toBe(1);
    expect(apart.surfaceDice(2.9)).toBeLessThan(1);
  });
  it('takes anything but 0 for inside', () => {
    const [one, two] = [cube(shape, 3, 8), cube(shape, 3, 8).map((value) => 2 * value)];
    expect(compareSurfaces(one, two, shape, [1, 1, 1]).surfaceDice(0)).toBe(1);
  });
  it('is undefined where either mask is empty', () => {
    const empty = new Uint8Array(12 ** 3);
    const none = compareSurfaces(empty, cube(shape, 3, 8), shape, [1, 1, 1]);
    expect([none.surfaceDice(1), none.averageMm, none.hausdorff95Mm, none.rmsdMm]).toEqual([null, null, null, null]);
  });
});

interface Ellipsoid {
  readonly centreMm: number[];
  readonly radiiMm: number[];
}
interface GoldenCase {
  readonly name: string;
  readonly shape: Shape;
  readonly spacingMm: [number, number, number];
  readonly reference: Ellipsoid[];
  readonly result: Ellipsoid[];
  readonly referenceVoxels: number;
  readonly resultVoxels: number;
  readonly dice: number | null;
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  /** Absent where a mask is empty. */
  readonly surfaceDice?: Record<string, number>;
  readonly averageSurfaceDistanceMm?: [number, number];
  readonly hausdorff95Mm?: number;
  readonly borderVoxel?: { readonly rmsdMm: number };
}

function ellipsoids({ shape, spacingMm }: GoldenCase, parts: readonly Ellipsoid[]): Uint8Array {
  const [depth, rows, columns] = shape;
  return Uint8Array.from({ length: depth * rows * columns }, (_, i) => {
    const at = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    const offset = ({ centreMm, radiiMm }: Ellipsoid) =>
      at.reduce((sum, index, axis) => sum + ((index * spacingMm[axis] - centreMm[axis]) / radiiMm[axis]) ** 2, 0);
    return parts.some((part) => offset(part) <= 1) ? 1 : 0;
  });
}

const goldenPath = sharedPath('data/golden/surface_metrics.json');
describe.skipIf(goldenPath === null)('the golden cases (../shared/data/golden)', async () => {
  const { cases } = JSON.parse(goldenPath ? await readFile(goldenPath, 'utf8') : '{"cases":[]}') as {
    cases: GoldenCase[];
  };
  it.each(cases)('$name', (golden) => {
    const [truth, result] = [ellipsoids(golden, golden.reference), ellipsoids(golden, golden.result)];
    const overlap = overlapOf(truth, result);
    expect([overlap.truthVoxels, overlap.resultVoxels]).toEqual([golden.referenceVoxels, golden.resultVoxels]);
    const near = (got: number | null | undefined, wanted: number | null | undefined, digits: number) =>
      typeof wanted === 'number' ? expect(got).toBeCloseTo(wanted, digits) : expect(got ?? null).toBeNull();
    near(overlap.dice, golden.dice, 10);
    near(overlap.sensitivity, golden.sensitivity, 10);
    near(overlap.specificity, golden.specificity, 10);
    const surfaces = compareSurfaces(truth, result, golden.shape, golden.spacingMm);
    // A surface element that is not flat may be cut into triangles in more than one way: 0.3 % of the area at most.
    for (const mm of [1, 2, 3]) near(surfaces.surfaceDice(mm), golden.surfaceDice?.[mm], 2);
    near(surfaces.averageMm?.[0], golden.averageSurfaceDistanceMm?.[0], 2);
    near(surfaces.averageMm?.[1], golden.averageSurfaceDistanceMm?.[1], 2);
    near(surfaces.hausdorff95Mm, golden.hausdorff95Mm, 4);
    near(surfaces.rmsdMm, golden.borderVoxel?.rmsdMm, 4);
  });
});
