import { expect, test } from 'vitest';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { segmentLungs } from './segmentLungs.ts';

/** A body of 300 x 200 mm in voxels of 5 mm, soft tissue, in air. */
function body(fill: (zMm: number, yMm: number, xMm: number) => number): Volume {
  const shape = [50, 60, 80] as const;
  const hu = new Int16Array(shape[0] * shape[1] * shape[2]);
  for (let z = 0, i = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++, i++) {
        const [xMm, yMm] = [x * 5 - 197.5, y * 5 - 147.5];
        hu[i] = (xMm / 150) ** 2 + (yMm / 100) ** 2 < 1 ? fill(z * 5, yMm, xMm) : -1000;
      }
  return { grid: { shape, spacingMm: [5, 5, 5], originMm: [0, 0, 0], direction: readingDirection }, hu };
}
const ball = (z: number, y: number, x: number, radius: number) => z * z + y * y + x * x < radius * radius;

test('two balls of air are the right lung at low x and the left at high x', () => {
  const found = segmentLungs(body((z, y, x) => (ball(z - 125, y, Math.abs(x) - 75, 50) ? -850 : 40)));
  if (found.kind !== 'found') throw new Error(found.message);
  const { shape } = found.lungs.grid;
  const at = (z: number, y: number, x: number) => found.lungs.labels[(z * shape[1] + y) * shape[2] + x];
  expect([at(25, 30, 25), at(25, 30, 40), at(25, 30, 55), at(25, 30, 2)]).toEqual([1, 0, 2, 0]);
});

test('a body without a large air space has no lungs', () => {
  expect(segmentLungs(body(() => 40)).kind).toBe('none');
  const gas = segmentLungs(body((z, y, x) => (ball(z - 125, y + 40, x, 20) ? -990 : 40)));
  expect(gas.kind).toBe('none');
});
