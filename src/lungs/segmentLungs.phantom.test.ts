import { expect, test } from 'vitest';
import { makePhantom } from '../simulation/phantom.ts';
import { segmentLungs } from './segmentLungs.ts';

test.each([1, 2])('the phantom of seed %i: Dice at least 0.97, right and left in their places', (seed) => {
  const { volume, lungs } = makePhantom({ seed, pixels: 192, pixelMm: 2, sliceMm: 5 });
  const result = segmentLungs(volume);
  if (result.kind === 'none') throw new Error(result.message);
  const { labels } = result.lungs;
  let [own, known, both, swapped] = [0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0) own++;
    if (lungs.labels[i] !== 0) known++;
    if (labels[i] === 0 || lungs.labels[i] === 0) continue;
    both++;
    if (labels[i] !== lungs.labels[i]) swapped++;
  }
  expect((2 * both) / (own + known)).toBeGreaterThanOrEqual(0.97);
  expect(swapped / both).toBeLessThan(0.001);
});
