import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import { heatColours, heatSteps, oklchToSrgb } from './colours.ts';
import { colourCut } from './paintEvidence.ts';
import { evidenceAt } from './sampling.ts';
import { occupiedSlices } from './sliceTicks.ts';

const grid: Grid = { shape: [2, 2, 2], spacingMm: [10, 10, 10], originMm: [0, 0, 0], direction: readingDirection };
const map = { grid, values: Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7) };

test('the evidence is linear between its voxels and ends at their outer edges', () => {
  expect(evidenceAt(map, [0, 0, 0])).toBe(0);
  expect(evidenceAt(map, [10, 0, 0])).toBe(1);
  expect(evidenceAt(map, [0, 10, 0])).toBe(2);
  expect(evidenceAt(map, [0, 0, 10])).toBe(4);
  expect(evidenceAt(map, [2.5, 5, 7.5])).toBeCloseTo(0.25 + 1 + 3, 6);
  expect(evidenceAt(map, [15, 10, 10])).toBe(7);
  expect(evidenceAt(map, [15.1, 10, 10])).toBeNull();
});

test('nothing is drawn at the floor, below it, or where there is no map', () => {
  const pixels = new Uint8ClampedArray(4 * 5);
  const setting = { floor: 1, ceiling: 3, opacity: 1, title: '', unit: '' };
  colourCut(pixels, Float32Array.of(1, 0.5, NaN, 3, 99), setting);
  const last = [...heatColours.slice(-3), 255];
  expect([...pixels]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...last, ...last]);
});

test('the map can be shown on a screen and grows lighter at every step', () => {
  expect(oklchToSrgb(1, 0, 0).map(Math.round)).toEqual([255, 255, 255]);
  expect(oklchToSrgb(0.62796, 0.25768, 29.234).map(Math.round)).toEqual([255, 0, 0]);
  const luminance = (step: number) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => sum + weight * (heatColours[3 * step + i] / 255) ** 2.2, 0);
  for (let step = 8; step < heatSteps; step += 8) expect(luminance(step)).toBeGreaterThan(luminance(step - 8));
});

test('ticks stand at the slices that hold something', () => {
  const labels = new Uint8Array(24);
  labels[1 * 12 + 2 * 4 + 3] = 7;
  expect(occupiedSlices(labels, [2, 3, 4], () => true).map((axis) => axis.join(''))).toEqual(['01', '001', '0001']);
});
