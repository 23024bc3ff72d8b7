import { describe, expect, it } from 'vitest';
import { axisWeights } from './axisWeights.ts';
import type { AxisFrame } from './frame.ts';

/** Resampled values; what lies outside counts 0. */
function resample(frame: AxisFrame, values: readonly number[], pixels: number): number[] {
  const { taps, first, weights } = axisWeights(frame, values.length, pixels);
  return Array.from({ length: pixels }, (_, u) => {
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const weight = weights[u * taps + i];
      if (weight !== 0) sum += weight * values[first[u] + i];
    }
    return sum;
  });
}
const close = (got: number[], expected: number[]) => {
  expect(got.length).toBe(expected.length);
  got.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 10));
};

describe('resampling along an axis', () => {
  it('is the identity where the grids coincide', () => {
    close(resample({ start: 0, step: 1 }, [3, 1, 4, 1, 5], 5), [3, 1, 4, 1, 5]);
    close(resample({ start: 1, step: 1 }, [3, 1, 4, 1, 5], 3), [1, 4, 1]);
  });

  it('averages areas when it shrinks', () => {
    close(resample({ start: 0, step: 2 }, [1, 3, 5, 7], 2), [2, 6]);
    // Pixels of 1.5 voxels: 1 + half of 2; half of 2 + 3.
    close(resample({ start: 0, step: 1.5 }, [1, 2, 3], 2), [(1 + 1) / 1.5, (1 + 3) / 1.5]);
    // From the middle of a voxel.
    close(resample({ start: 0.5, step: 2 }, [1, 2, 3, 4, 5], 2), [(0.5 + 2 + 1.5) / 2, (1.5 + 4 + 2.5) / 2]);
  });

  it('is linear between half-pixel centres when it grows, and holds at the border', () => {
    close(resample({ start: 0, step: 0.5 }, [0, 4, 8], 6), [0, 1, 3, 5, 7, 8]);
  });

  it('counts padding as outside, at both ends', () => {
    close(resample({ start: -1, step: 1 }, [5, 6], 4), [0, 5, 6, 0]);
    close(resample({ start: -1, step: 2 }, [6, 8, 10], 3), [3, 9, 0]);
    close(resample({ start: -1, step: 0.5 }, [8], 6), [0, 2, 6, 6, 2, 0]);
  });

  it('takes voxels beyond the frame that are there', () => {
    // The frame begins between the centres of 0 and 10: no border of the picture.
    close(resample({ start: 1, step: 0.5 }, [0, 10, 20, 30], 2), [7.5, 12.5]);
  });

  it.each([0.31, 0.75, 1, 1.01, 1.37, 2, 2.3, 7.9])('keeps a constant at step %f', (step) => {
    const pixels = Math.floor(40 / step);
    for (const value of resample({ start: 0.3, step }, Array(41).fill(7), pixels)) expect(value).toBeCloseTo(7, 9);
  });

  it.each([1, 1.37, 2.5])('keeps the sum of what it covers at step %f', (step) => {
    const values = Array.from({ length: 30 }, (_, i) => (i * 7) % 11);
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    const pixels = Math.ceil(34 / step);
    expect(sum(resample({ start: -2, step }, values, pixels)) * step).toBeCloseTo(sum(values), 8);
  });

  it('survives an axis shorter than its taps', () => {
    close(resample({ start: -1, step: 3 }, [9], 1), [3]);
    close(resample({ start: 0, step: 0.25 }, [9], 4), [9, 9, 9, 9]);
  });
});
