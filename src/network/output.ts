/** The way back: from the network's working grid to the study's own (network description, section 3). */
import type { Mask } from '../volume/grid.ts';
import { workingPixel, workingSlice, type AxisFrame } from './frame.ts';
import type { NetworkInput } from './input.ts';
import { toReading, turnedSlice } from './orientation.ts';

/** Probabilities on the working grid are held as whole numbers of this many steps: half the memory of float32, and
 *  exact to 0.00001. */
export const probabilitySteps = 65535;

/** Lesions on the study's grid, 1 where their probability exceeds 0.5 within the study's lungs. That mask is what is
 *  drawn, measured and exported.
 *  @param probability in steps, on the working grid, 0 outside the working lungs
 *  @param lungs of the study */
export function toStudyGrid(input: NetworkInput, probability: Uint16Array, lungs: Mask): Mask {
  const [depth, rows, columns] = lungs.grid.shape;
  const labels = new Uint8Array(lungs.labels.length);
  const way = wayBack(input, probability, lungs);
  for (let z = 0; z < depth; z++) {
    const at = z * rows * columns;
    way(z, (i, p) => {
      if (p > 0.5) labels[at + i] = 1;
    });
  }
  return { grid: lungs.grid, labels };
}

/** Lesion probability slice by slice on the study's grid, rows x columns; 0 outside the study's lungs. */
export function studyProbabilities(input: NetworkInput, probability: Uint16Array, lungs: Mask) {
  const [, rows, columns] = lungs.grid.shape;
  const way = wayBack(input, probability, lungs);
  return (slice: number): Float32Array => {
    const values = new Float32Array(rows * columns);
    way(slice, (i, p) => {
      values[i] = p;
    });
    return values;
  };
}

type Visit = (pixel: number, probability: number) => void;

/** Visits the lung voxels of a study slice: p = interp(p m) / interp(m), both trilinear at voxel centres, so that
 *  lesions at the pleura do not shrink; 0 where interp(m) is. */
function wayBack(input: NetworkInput, probability: Uint16Array, lungs: Mask): (slice: number, visit: Visit) => void {
  const { frame } = input;
  const { size } = frame;
  const [, rows, columns] = lungs.grid.shape;
  const down = taps(frame.rows, rows, size);
  const across = taps(frame.columns, columns, size);
  const between = slicesBetween(input, probability);

  return (slice, visit) => {
    const labels = lungs.labels.subarray(slice * rows * columns, (slice + 1) * rows * columns);
    if (labels.every((label) => label === 0)) return;
    const { lesion, lung } = between(slice);
    for (let y = 0; y < rows; y++) {
      const [v0, v1] = [down.low[y] * size, down.high[y] * size];
      const [b0, b1] = [down.lowWeight[y], down.highWeight[y]];
      for (let x = 0; x < columns; x++) {
        const pixel = y * columns + x;
        if (labels[pixel] === 0) continue;
        const [u0, u1] = [across.low[x], across.high[x]];
        const [a0, a1] = [across.lowWeight[x], across.highWeight[x]];
        const at = (values: Float32Array) =>
          b0 * (a0 * values[v0 + u0] + a1 * values[v0 + u1]) + b1 * (a0 * values[v1 + u0] + a1 * values[v1 + u1]);
        const covered = at(lung);
        visit(pixel, covered > 0 ? at(lesion) / covered : 0);
      }
    }
  };
}

/** The two working pixels beside each study voxel; weight 0 where one lies outside. */
function taps(axis: AxisFrame, length: number, size: number) {
  const low = new Int32Array(length);
  const high = new Int32Array(length);
  const lowWeight = new Float64Array(length);
  const highWeight = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const position = workingPixel(axis, i);
    const below = Math.floor(position);
    const isInside = (u: number) => u >= 0 && u < size;
    if (isInside(below)) [low[i], lowWeight[i]] = [below, 1 - (position - below)];
    if (isInside(below + 1)) [high[i], highWeight[i]] = [below + 1, position - below];
  }
  return { low, high, lowWeight, highWeight };
}

/** Working slices blended at a study slice, in reading order: p m and m, G x G each. */
function slicesBetween({ frame, grid, preprocessing }: NetworkInput, probability: Uint16Array) {
  const { size, depth } = frame;
  const area = size * size;
  const held = new Map<number, { lesion: Float32Array; lung: Float32Array }>();
  const working = (k: number) => {
    const known = held.get(k);
    if (known) return known;
    const at = turnedSlice(preprocessing, k, depth) * area;
    const slice = { lesion: new Float32Array(area), lung: new Float32Array(area) };
    toReading(preprocessing, size, (i) => probability[at + i] / probabilitySteps, slice.lesion);
    toReading(preprocessing, size, (i) => grid.lung[at + i], slice.lung);
    for (const old of held.keys()) if (old < k - 1) held.delete(old);
    held.set(k, slice);
    return slice;
  };
  return (studySlice: number) => {
    const position = Math.min(Math.max(workingSlice(frame, studySlice), 0), depth - 1);
    const k = Math.floor(position);
    const share = position - k;
    if (share === 0) return working(k);
    const [a, b] = [working(k), working(k + 1)];
    const blend = (from: Float32Array, to: Float32Array) => from.map((value, i) => (1 - share) * value + share * to[i]);
    return { lesion: blend(a.lesion, b.lesion), lung: blend(a.lung, b.lung) };
  };
}
