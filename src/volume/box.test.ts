import { expect, test } from 'vitest';
import { boundingBox, boxShape, cut, cutGrid, pasted } from './box.ts';
import { readingDirection, voxelToLps, type Grid, type Shape } from './grid.ts';

const shape: Shape = [3, 4, 5];
const index = (z: number, y: number, x: number) => (z * 4 + y) * 5 + x;

test('the box around two voxels, with a margin that ends at the picture', () => {
  const picture = new Uint8Array(60);
  picture[index(1, 1, 4)] = picture[index(1, 2, 2)] = 1;
  expect(boundingBox(picture, shape, [0, 0, 0])).toEqual({ start: [1, 1, 2], end: [2, 3, 5] });
  expect(boundingBox(picture, shape, [2, 1, 1])).toEqual({ start: [0, 0, 1], end: [3, 4, 5] });
  expect(boundingBox(new Uint8Array(60), shape, [1, 1, 1])).toBeNull();
});

test('what is cut out and pasted back is the picture inside the box and 0 outside', () => {
  const values = Int16Array.from({ length: 60 }, (_, i) => i + 1);
  const box = { start: [1, 0, 2], end: [3, 2, 4] } as const;
  const part = cut(values, shape, box);
  expect([...part.subarray(0, 4)]).toEqual(
    [index(1, 0, 2), index(1, 0, 3), index(1, 1, 2), index(1, 1, 3)].map((i) => i + 1),
  );
  const back = pasted(part, shape, box);
  expect(back[index(2, 1, 3)]).toBe(index(2, 1, 3) + 1);
  expect(back.reduce((count, value) => count + (value === 0 ? 0 : 1), 0)).toBe(boxShape(box).reduce((a, b) => a * b));
});

test('a part keeps its place in the patient', () => {
  const grid: Grid = { shape, spacingMm: [5, 2, 1], originMm: [10, 20, 30], direction: readingDirection };
  const part = cutGrid(grid, { start: [1, 2, 3], end: [3, 4, 5] });
  expect(voxelToLps(part, [0, 0, 0])).toEqual(voxelToLps(grid, [1, 2, 3]));
  expect(part.shape).toEqual([2, 2, 2]);
});
