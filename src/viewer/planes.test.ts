import { expect, test } from 'vitest';
import { lpsToVoxel, readingDirection, type Grid } from '../volume/grid.ts';
import { cutOf, directionLetters, edgeLetters, fromPlane, planeNames, planes, slicePlace, toPlane } from './planes.ts';

const grid: Grid = {
  shape: [3, 4, 5],
  spacingMm: [5, 2, 1],
  originMm: [-10, -20, 100],
  direction: readingDirection,
};
const at = (z: number, y: number, x: number) => (z * 4 + y) * 5 + x;

test('the letters stand where a radiologist expects them', () => {
  expect(edgeLetters(planes.axial, grid)).toEqual({ left: 'R', right: 'L', top: 'A', bottom: 'P' });
  expect(edgeLetters(planes.coronal, grid)).toEqual({ left: 'R', right: 'L', top: 'H', bottom: 'F' });
  expect(edgeLetters(planes.sagittal, grid)).toEqual({ left: 'A', right: 'P', top: 'H', bottom: 'F' });
});

test('a volume that lies the other way round says so', () => {
  const mirrored: Grid = { ...grid, direction: [readingDirection[0], readingDirection[1], [-1, 0, 0]] };
  expect(edgeLetters(planes.axial, mirrored)).toMatchObject({ left: 'L', right: 'R' });
});

test('a direction between two axes gets both letters, the nearer first', () => {
  expect(directionLetters([0.8, 0.6, 0])).toBe('LP');
  expect(directionLetters([0.99, 0.14, 0])).toBe('L');
});

test('the first and last pixel of each cut are the voxels one expects', () => {
  const corners = (plane: keyof typeof planes, index: number) => {
    const cut = cutOf(planes[plane], grid.shape, index);
    const last = cut.start + (cut.rows - 1) * cut.rowStep + (cut.columns - 1) * cut.columnStep;
    return [cut.start, last];
  };
  expect(corners('axial', 1)).toEqual([at(1, 0, 0), at(1, 3, 4)]);
  expect(corners('coronal', 2)).toEqual([at(2, 2, 0), at(0, 2, 4)]);
  expect(corners('sagittal', 3)).toEqual([at(2, 0, 3), at(0, 3, 3)]);
});

test('axial slice 1 is the one nearest the head', () => {
  expect(slicePlace(planes.axial, grid, [2, 0, 0])).toEqual({ index: 2, number: 1, count: 3, positionMm: 110 });
  expect(slicePlace(planes.axial, grid, [0, 0, 0])).toEqual({ index: 0, number: 3, count: 3, positionMm: 100 });
  expect(slicePlace(planes.coronal, grid, [0, 1, 0])).toEqual({ index: 1, number: 2, count: 4, positionMm: -18 });
  expect(slicePlace(planes.sagittal, grid, [0, 0, 9])).toEqual({ index: 4, number: 5, count: 5, positionMm: -6 });
});

test('to the plane and back is no change', () => {
  const voxel = [1.25, 2.5, 3.75] as const;
  for (const name of planeNames) {
    const there = toPlane(planes[name], grid, voxel);
    expect(fromPlane(planes[name], grid, there)).toEqual([...voxel]);
  }
  expect(toPlane(planes.coronal, grid, [2, 0, 4])).toEqual({ index: 0, acrossMm: 4, downMm: 0 });
  expect(lpsToVoxel(grid, [-9, -18, 105])).toEqual([1, 1, 1]);
});
