import type { AxisFrame } from './frame.ts';

/** Which study voxels make each working pixel of one axis. Pixel u is the sum over i of
 *  weights[u * taps + i] * voxel[first[u] + i]; what is missing to 1 lies outside the acquired field. */
export interface AxisWeights {
  readonly taps: number;
  readonly first: Int32Array;
  readonly weights: Float64Array;
}

/** Area average where the grid gets coarser, linear between half-pixel centres where it gets finer; at step 1 the two
 *  are one. The frame's picture is the acquired field with padding around it; where it has no padding, its border
 *  voxel goes on.
 *  @param length study voxels along the axis
 *  @param pixels working pixels */
export function axisWeights({ start, step }: AxisFrame, length: number, pixels: number): AxisWeights {
  const taps = step >= 1 ? Math.ceil(step - 1e-9) + 1 : 2;
  const first = new Int32Array(pixels);
  const weights = new Float64Array(pixels * taps);
  const padded = { low: start < -1e-6, high: start + step * pixels > length + 1e-6 };
  /** The voxel that stands for index i; -1: padding. */
  const voxel = (i: number) => {
    if (i < 0) return padded.low ? -1 : 0;
    if (i >= length) return padded.high ? -1 : length - 1;
    return i;
  };
  for (let u = 0; u < pixels; u++) {
    const [from, tapWeights] =
      step >= 1 ? areaTaps(start + u * step, step) : linearTaps(start + (u + 0.5) * step - 0.5);
    first[u] = Math.min(Math.max(from, 0), Math.max(0, length - taps));
    tapWeights.forEach((weight, i) => {
      const at = voxel(from + i);
      if (weight !== 0 && at >= 0) weights[u * taps + at - first[u]] += weight;
    });
  }
  return { taps, first, weights };
}

/** Shares of the voxels under [from, from + step). */
function areaTaps(from: number, step: number): [first: number, weights: number[]] {
  const first = Math.floor(from + 1e-9);
  const count = Math.ceil(from + step - 1e-9) - first;
  const overlap = (i: number) => Math.min(first + i + 1, from + step) - Math.max(first + i, from);
  return [first, Array.from({ length: count }, (_, i) => Math.max(0, overlap(i)) / step)];
}

function linearTaps(position: number): [first: number, weights: number[]] {
  const first = Math.floor(position);
  return [first, [1 - (position - first), position - first]];
}
