import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import { vesselField } from './vesselField.ts';

const grid: Grid = { shape: [4, 20, 24], spacingMm: [5, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
const block = [1, 2, 2] as const;
const at = (z: number, y: number, x: number) => (z * 20 + y) * 24 + x;
const cell = (z: number, y: number, x: number) => (z * 10 + y) * 12 + x;

/** All lung but a wall in front; a vessel of 40 HU runs through at y 12 and 13, x 10 and 11. */
function case1() {
  const hu = new Int16Array(4 * 20 * 24).fill(-850);
  const labels = new Uint8Array(hu.length).fill(1);
  for (let z = 0; z < 4; z++) {
    for (let x = 0; x < 24; x++) for (let y = 0; y < 4; y++) labels[at(z, y, x)] = 0;
    for (const [y, x] of [[12, 10], [12, 11], [13, 10], [13, 11], [5, 10]]) hu[at(z, y, x)] = 40; // prettier-ignore
  }
  return { volume: { grid, hu }, lungs: { grid, labels } };
}

test('a block holds the mean above air, and nothing within 4 mm of what is no lung', async () => {
  const { volume, lungs } = case1();
  const { shape, values } = await vesselField(volume, lungs, null, block);
  expect(shape).toEqual([4, 10, 12]);
  expect(values[cell(1, 6, 5)]).toBeCloseTo(1040);
  expect(values[cell(1, 6, 6)]).toBeCloseTo(150);
  // The wall ends at block row 1; two rows of 2 mm make 4.
  expect([2, 3, 4].map((row) => values[cell(1, row, 5)] > 0)).toEqual([false, false, true]);
});

test('a marked lesion is no vessel', async () => {
  const { volume, lungs } = case1();
  const labels = new Uint8Array(volume.hu.length);
  for (const y of [12, 13]) for (const x of [10, 11]) labels[at(2, y, x)] = 3;
  const { values } = await vesselField(volume, lungs, { grid, labels }, block);
  expect(values[cell(1, 6, 5)]).toBeCloseTo(1040);
  expect(values[cell(2, 6, 5)]).toBe(0);
});

test('what is beside the lungs spreads alike along every axis', async () => {
  const cube: Grid = { ...grid, shape: [9, 9, 9], spacingMm: [2, 2, 2] };
  const hu = new Int16Array(729).fill(-850);
  const labels = new Uint8Array(729).fill(1);
  labels[4 * 81 + 4 * 9 + 4] = 0;
  const { values } = await vesselField({ grid: cube, hu }, { grid: cube, labels }, null, [1, 1, 1]);
  const away = [...values.keys()].filter((i) => values[i] === 0);
  const spread = (i: number) => [Math.floor(i / 81), Math.floor(i / 9) % 9, i % 9].map((n) => Math.abs(n - 4));
  expect(away).toHaveLength(125);
  expect(away.every((i) => Math.max(...spread(i)) <= 2)).toBe(true);
});
