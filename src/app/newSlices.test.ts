import { expect, test } from 'vitest';
import type { FilledSlices } from '../formats/series.ts';
import { newSlices } from './newSlices.ts';

/** A viewer whose drawing ends when the test says so. */
function slowViewer() {
  const told: FilledSlices[] = [];
  let drawn = () => {};
  return {
    told,
    drawn: () => drawn(),
    slicesChanged: (range?: FilledSlices) => void (range && told.push(range)),
    settled: () => new Promise<void>((resolve) => (drawn = resolve)),
  };
}
const slice = (z: number) => ({ first: z, last: z });

test('the first slice is told at once, those that come while it is drawn afterwards, none twice', async () => {
  const viewer = slowViewer();
  const slices = newSlices(viewer, new AbortController().signal);
  for (const z of [5, 6, 4]) slices.cameIn(slice(z));
  expect(viewer.told).toEqual([slice(5)]);
  viewer.drawn();
  await expect.poll(() => viewer.told).toEqual([5, 6, 4].map(slice));
});

test('at the end nothing is left out', () => {
  const viewer = slowViewer();
  const slices = newSlices(viewer, new AbortController().signal);
  for (const z of [1, 2, 3]) slices.cameIn(slice(z));
  slices.finish();
  expect(viewer.told).toEqual([1, 2, 3].map(slice));
});

test('once cancelled nothing is told: the viewer may show another study', () => {
  const viewer = slowViewer();
  const cancel = new AbortController();
  const slices = newSlices(viewer, cancel.signal);
  slices.cameIn(slice(1));
  slices.cameIn(slice(2));
  cancel.abort();
  slices.finish();
  expect(viewer.told).toEqual([slice(1)]);
});
