import { expect, test } from 'vitest';
import { waysToLung } from './waysToLung.ts';

const shape = [9, 11, 11] as const;
const spacingMm = [4, 3, 3] as const;
const at = (z: number, y: number, x: number) => (z * 11 + y) * 11 + x;

/** Lung everywhere but where the predicate holds. */
function lungAround(dense: (z: number, y: number, x: number) => boolean): Uint8Array {
  const lung = new Uint8Array(9 * 11 * 11);
  for (let z = 0; z < 9; z++)
    for (let y = 0; y < 11; y++) for (let x = 0; x < 11; x++) lung[at(z, y, x)] = dense(z, y, x) ? 0 : 1;
  return lung;
}
const ways = (lung: Uint8Array, opaque = new Uint8Array(lung.length)) => waysToLung({ shape, spacingMm }, lung, opaque);
const isBall = (z: number, y: number, x: number) => Math.hypot((z - 4) * 4, (y - 5) * 3, (x - 5) * 3) < 11;

test('a mass within the lung sees it all around', () => {
  const seen = ways(lungAround(isBall));
  expect([seen[at(4, 5, 5)], seen[at(4, 7, 5)], seen[at(3, 5, 6)]]).toEqual([8, 8, 8]);
});

test('a dome that rises from below sees none there, and so counts for nothing', () => {
  const seen = ways(lungAround((z, y, x) => isBall(z, y, x) || (z < 4 && isBall(4, y, x))));
  expect([seen[at(5, 5, 5)], seen[at(4, 5, 5)], seen[at(2, 5, 5)]]).toEqual([0, 0, 0]);
});

test('what lies at the edge of the picture sees nothing beyond it', () => {
  const seen = ways(lungAround((z, y, x) => z > 1 && z < 7 && x < 4 && y > 3 && y < 7));
  expect(seen[at(4, 5, 0)]).toBe(5);
});

test('no look passes bone, nor farther than 80 mm', () => {
  const opaque = new Uint8Array(9 * 11 * 11);
  for (let y = 0; y < 11; y++) opaque[at(4, y, 6)] = 1;
  expect(ways(lungAround(isBall), opaque)[at(4, 5, 5)]).toBe(5);
  const far = (mm: number) => waysToLung({ shape, spacingMm: [mm, 3, 3] }, lungAround(isBall), new Uint8Array(9 * 121));
  const steps = [4, 5, 6, 7].find((z) => !isBall(z, 5, 5))! - 4;
  expect([far(79 / steps)[at(4, 5, 5)], far(81 / steps)[at(4, 5, 5)]]).toEqual([8, 0]);
});
