import { expect, test } from 'vitest';
import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl } from '../volume/grid.ts';
import { abdomenRangeMm, makePhantom, type Phantom } from './phantom.ts';

const coarse = (seed: number) => makePhantom({ seed, pixels: 96, pixelMm: 3.8, sliceMm: 6 });
const volumeMl = ({ lungs }: Phantom, lung: number) =>
  lungs.labels.reduce((count, label) => count + (label === lung ? 1 : 0), 0) * voxelVolumeMl(lungs.grid);
const phantom = coarse(7);
const same = (a: Int16Array, b: Int16Array) => a.every((value, i) => value === b[i]);

test('a seed is one person', () => {
  expect(same(coarse(7).volume.hu, phantom.volume.hu)).toBe(true);
  expect(same(coarse(8).volume.hu, phantom.volume.hu)).toBe(false);
});

test('lungs of a grown-up, the right the larger, each in one piece and on its side', () => {
  for (const seed of [7, 8, 9]) {
    const person = coarse(seed);
    const [right, left] = [volumeMl(person, 1), volumeMl(person, 2)];
    expect(right).toBeGreaterThan(left);
    expect(right + left).toBeGreaterThan(3500);
    expect(right + left).toBeLessThan(7000);
  }
  const { labels, grid } = phantom.lungs;
  for (const lung of [1, 2]) {
    const own = labels.map((label) => (label === lung ? 1 : 0));
    const { sizes } = labelComponents(own, grid.shape, 6);
    expect(sizes[1] / own.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0.98);
    expect(own.every((value, i) => value === 0 || (lung === 1) === i % 96 < 48)).toBe(true);
  }
});

test('lung volumes do not depend on the grid', () => {
  const finer = makePhantom({ seed: 7, pixels: 160, pixelMm: 2.28, sliceMm: 4 });
  for (const lung of [1, 2]) expect(volumeMl(finer, lung) / volumeMl(phantom, lung)).toBeCloseTo(1, 1);
});

test('CT numbers: healthy lung near -868, air outside, bone and soft tissue inside', () => {
  const { volume, lungs } = phantom;
  const inLungs = volume.hu.filter((_, i) => lungs.labels[i] > 0).sort();
  expect(Math.abs(inLungs[inLungs.length >> 1] + 868)).toBeLessThan(25);
  expect(volume.hu.filter((hu) => hu > 300).length).toBeGreaterThan(1000);
  expect(volume.hu[0]).toBeLessThan(-950);
});

test('further down there is no lung', () => {
  const abdomen = makePhantom({ seed: 7, pixels: 96, pixelMm: 3.8, sliceMm: 6, rangeMm: abdomenRangeMm });
  expect(abdomen.lungs.labels.every((label) => label === 0)).toBe(true);
});
