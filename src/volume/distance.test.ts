import { expect, test } from 'vitest';
import { squaredDistanceMm } from './distance.ts';

test('distance to one voxel is Pythagoras in millimetres', () => {
  const picture = new Uint8Array(3 * 4 * 5);
  picture[(1 * 4 + 2) * 5 + 3] = 1;
  const squared = squaredDistanceMm(picture, [3, 4, 5], [5, 2, 1]);
  for (let z = 0, i = 0; z < 3; z++)
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 5; x++, i++) expect(squared[i]).toBe(25 * (z - 1) ** 2 + 4 * (y - 2) ** 2 + (x - 3) ** 2);
});

test('of many voxels the nearest counts', () => {
  const shape = [5, 7, 6] as const;
  const picture = Uint8Array.from({ length: 5 * 7 * 6 }, (_, i) => ((i * 37) % 23 === 0 ? 1 : 0));
  const point = (i: number) => [Math.floor(i / 42), Math.floor(i / 6) % 7, i % 6];
  const objects = [...picture.keys()].filter((i) => picture[i] === 1).map(point);
  squaredDistanceMm(picture, shape, [2.5, 0.75, 1]).forEach((squared, i) => {
    const [z, y, x] = point(i);
    const nearest = Math.min(
      ...objects.map(([a, b, c]) => (2.5 * (z - a)) ** 2 + (0.75 * (y - b)) ** 2 + (x - c) ** 2),
    );
    expect(squared).toBeCloseTo(nearest, 4);
  });
});

test('no object is infinitely far; an infinite step keeps slices apart', () => {
  expect(squaredDistanceMm(new Uint8Array(8), [2, 2, 2], [1, 1, 1])[0]).toBe(Infinity);
  const flat = squaredDistanceMm(Uint8Array.of(1, 0, 0, 0), [2, 1, 2], [Infinity, 1, 1]);
  expect([...flat]).toEqual([0, 1, Infinity, Infinity]);
});
