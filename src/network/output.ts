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
  const slice = studyProbabilities(input, probability, lungs);
  for (let z = 0; z < depth; z++) {
    const at = z * rows * columns;
    const values = slice(z);
    for (let i = 0; i < values.length; i++) if (values[i] > 0.5) labels[at + i] = 1;
  }
  return { grid: lungs.grid, labels };
}

/** Lesion probability on the study's grid: p = interp(p m) / interp(m), both trilinear at voxel centres, so that
 *  lesions at the pleura do not shrink; 0 where interp(m) is, and outside the study's lungs.
 *  @returns what gives one study slice after the other, rows x columns; always the same buffer, overwritten */
export function studyProbabilities(input: NetworkInput, probability: Uint16Array, lungs: Mask) {
  const { size } = input.frame;
  const [, rows, columns] = lungs.grid.shape;
  const down = taps(input.frame.rows, rows, size);
  const across = taps(input.frame.columns, columns, size);
  const between = slicesBetween(input, probability);
  const values = new Float32Array(rows * columns);

  return (slice: number): Float32Array => {
    const labels = lungs.labels.subarray(slice * rows * columns, (slice + 1) * rows * columns);
    values.fill(0);
    if (labels.some((label) => label !== 0)) {
      const working = between(slice);
      for (let y = 0; y < rows; y++) interpolateRow(working, down, y, across, labels, size, values);
    }
    return values;
  };
}

/** One row of a study slice: written out, since a thick study has twenty million lung voxels. */
function interpolateRow(
  { lesion, lung }: WorkingSlice,
  down: Taps,
  y: number,
  across: Taps,
  labels: Uint8Array,
  size: number,
  values: Float32Array,
): void {
  const columns = across.low.length;
  const v0 = down.low[y] * size;
  const v1 = down.high[y] * size;
  const b0 = down.lowWeight[y];
  const b1 = down.highWeight[y];
  for (let x = 0; x < columns; x++) {
    const i = y * columns + x;
    if (labels[i] === 0) continue;
    const u0 = across.low[x];
    const u1 = across.high[x];
    const w00 = b0 * across.lowWeight[x];
    const w01 = b0 * across.highWeight[x];
    const w10 = b1 * across.lowWeight[x];
    const w11 = b1 * across.highWeight[x];
    const covered = w00 * lung[v0 + u0] + w01 * lung[v0 + u1] + w10 * lung[v1 + u0] + w11 * lung[v1 + u1];
    if (covered === 0) continue;
    const sum = w00 * lesion[v0 + u0] + w01 * lesion[v0 + u1] + w10 * lesion[v1 + u0] + w11 * lesion[v1 + u1];
    values[i] = sum / covered;
  }
}

interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly lowWeight: Float64Array;
  readonly highWeight: Float64Array;
}
/** p m and m of a slice in reading order, G x G. */
interface WorkingSlice {
  readonly lesion: Float32Array;
  readonly lung: Float32Array;
}

/** The two working pixels beside each study voxel; weight 0 where one lies outside. */
function taps(axis: AxisFrame, length: number, size: number): Taps {
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

/** Working slices, blended at a study slice. */
function slicesBetween(input: NetworkInput, probability: Uint16Array): (studySlice: number) => WorkingSlice {
  const { frame } = input;
  const ends = new Map<number, WorkingSlice>();
  const working = (k: number) => {
    for (const old of ends.keys()) if (old < k - 1 || old > k + 1) ends.delete(old);
    const slice = ends.get(k) ?? workingSliceInReadingOrder(input, probability, k);
    ends.set(k, slice);
    return slice;
  };
  return (studySlice) => {
    const position = Math.min(Math.max(workingSlice(frame, studySlice), 0), frame.depth - 1);
    const k = Math.floor(position);
    const share = position - k;
    if (share === 0) return working(k);
    const [a, b] = [working(k), working(k + 1)];
    return { lesion: blend(a.lesion, b.lesion, share), lung: blend(a.lung, b.lung, share) };
  };
}

function workingSliceInReadingOrder({ frame, grid, preprocessing }: NetworkInput, probability: Uint16Array, k: number) {
  const area = frame.size * frame.size;
  const at = turnedSlice(preprocessing, k, frame.depth) * area;
  const lesion = new Float32Array(area);
  const lung = new Float32Array(area);
  for (let i = 0; i < area; i++) {
    lesion[i] = probability[at + i] / probabilitySteps;
    lung[i] = grid.lung[at + i];
  }
  return {
    lesion: toReading(preprocessing, lesion, frame.size),
    lung: toReading(preprocessing, lung, frame.size),
  };
}

function blend(from: Float32Array, to: Float32Array, share: number): Float32Array {
  const values = new Float32Array(from.length);
  for (let i = 0; i < values.length; i++) values[i] = (1 - share) * from[i] + share * to[i];
  return values;
}
