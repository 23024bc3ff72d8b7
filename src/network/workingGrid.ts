/** A study as the network sees it, D x G x G, made on demand: only the lung mask is held, so that a thick study of
 *  512 x 512 costs no second and third copy. */
import type { Mask, Volume } from '../volume/grid.ts';
import { axisWeights, type AxisWeights } from './axisWeights.ts';
import { groupOf, type Frame } from './frame.ts';
import { readingRanges, toNetwork, turnedSlice } from './orientation.ts';
import type { Preprocessing } from './preprocessing.ts';

export type Range = readonly [first: number, end: number];

export interface WorkingGrid {
  /** Slices D. */
  readonly depth: number;
  /** Rows and columns G. */
  readonly size: number;
  /** 1 where lung, D x G x G. */
  readonly lung: Uint8Array;
  /** Intensity in [0, 1], 0 outside the lungs, of a part of slice z: rows x columns. */
  read(z: number, rows: Range, columns: Range): Float32Array;
}

export const lowestHu = -1400;
export const highestHu = 200;
const windowHu = highestHu - lowestHu;
/** Half covered is lung; what rounding takes from a half is given back. */
const half = 0.5 - 1e-6;

/** A study that lies on its working grid already.
 *  @param intensity and lung D x G x G; intensity is masked here */
export function workingGridOf(size: number, intensity: Float32Array, lung: Uint8Array): WorkingGrid {
  const read = (z: number, [y0, y1]: Range, [x0, x1]: Range) => {
    const part = new Float32Array((y1 - y0) * (x1 - x0));
    let at = 0;
    for (let y = y0; y < y1; y++)
      for (let x = x0; x < x1; x++, at++) {
        const i = (z * size + y) * size + x;
        part[at] = lung[i] === 0 ? 0 : intensity[i];
      }
    return part;
  };
  return { depth: lung.length / size ** 2, size, lung, read };
}

/** @param lungs on the volume's grid, anything but 0 is lung */
export function resampleStudy(volume: Volume, lungs: Mask, frame: Frame, preprocessing: Preprocessing): WorkingGrid {
  const { depth, size } = frame;
  const weights = weightsOf(frame);
  const intensity = sampler(frame, weights, (line, at, from, end) => {
    const { hu } = volume;
    for (let x = from; x < end; x++) line[x] += Math.min(Math.max(hu[at + x], lowestHu), highestHu) - lowestHu;
  });
  const lung = resampleLungs(lungs, frame, weights, preprocessing);
  const stretch = sliceStretch(preprocessing, depth, (k) => intensity(k, [0, size], [0, size]));

  const read = (z: number, rows: Range, columns: Range) => {
    const k = turnedSlice(preprocessing, z, depth);
    const reading = readingRanges(preprocessing, size, rows, columns);
    const part = intensity(k, reading.rows, reading.columns);
    const turned = toNetwork(
      preprocessing,
      part,
      reading.rows[1] - reading.rows[0],
      reading.columns[1] - reading.columns[0],
    );
    const { offset, factor } = stretch(k);
    const width = columns[1] - columns[0];
    for (let i = 0; i < turned.length; i++) {
      const y = rows[0] + Math.floor(i / width);
      const isLung = lung[(z * size + y) * size + columns[0] + (i % width)] !== 0;
      turned[i] = isLung ? (turned[i] - offset) * factor : 0;
    }
    return turned;
  };
  return { depth, size, lung, read };
}

interface InPlane {
  readonly rows: AxisWeights;
  readonly columns: AxisWeights;
}

function weightsOf({ study, rows, columns, size }: Frame): InPlane {
  return { rows: axisWeights(rows, study.shape[1], size), columns: axisWeights(columns, study.shape[2], size) };
}

/** Adds voxels [from, end) of the line of the study that begins at `at`. */
type AddLine = (line: Float64Array, at: number, from: number, end: number) => void;

/** Part of working slice k in reading order, averaged over its group: along columns first, then along rows. */
function sampler(frame: Frame, weights: InPlane, addLine: AddLine) {
  const [, studyRows, studyColumns] = frame.study.shape;
  const line = new Float64Array(studyColumns + 1);
  return (k: number, rows: Range, columns: Range): Float32Array => {
    const [firstSlice, endSlice] = groupOf(frame.slices, k);
    const [low, high] = touched(weights.rows, rows, studyRows);
    const [left, right] = touched(weights.columns, columns, studyColumns);
    const width = columns[1] - columns[0];
    const across = new Float64Array((high - low) * width);
    for (let y = low; y < high; y++) {
      line.fill(0, left, right);
      for (let z = firstSlice; z < endSlice; z++) addLine(line, (z * studyRows + y) * studyColumns, left, right);
      alongLine(line, weights.columns, columns, across, (y - low) * width);
    }
    const part = new Float32Array((rows[1] - rows[0]) * width);
    downRows(across, low, width, weights.rows, rows, 1 / (endSlice - firstSlice), part);
    return part;
  };
}

/** Study voxels that working pixels [first, end) may ask for. */
function touched({ first, taps }: AxisWeights, [from, end]: Range, length: number): Range {
  return [first[from], Math.min(length, first[end - 1] + taps)];
}

function alongLine(line: Float64Array, axis: AxisWeights, [from, end]: Range, into: Float64Array, at: number): void {
  const { taps, first, weights } = axis;
  for (let u = from; u < end; u++) {
    let sum = 0;
    for (let i = 0; i < taps; i++) {
      const weight = weights[u * taps + i];
      if (weight !== 0) sum += weight * line[first[u] + i];
    }
    into[at + u - from] = sum;
  }
}

function downRows(
  across: Float64Array,
  low: number,
  width: number,
  { taps, first, weights }: AxisWeights,
  [from, end]: Range,
  factor: number,
  into: Float32Array,
): void {
  const sum = new Float64Array(width);
  for (let v = from; v < end; v++) {
    sum.fill(0);
    for (let i = 0; i < taps; i++) {
      const weight = weights[v * taps + i] * factor;
      if (weight === 0) continue;
      const at = (first[v] + i - low) * width;
      for (let x = 0; x < width; x++) sum[x] += weight * across[at + x];
    }
    into.set(sum, (v - from) * width);
  }
}

function resampleLungs({ labels }: Mask, frame: Frame, weights: InPlane, preprocessing: Preprocessing): Uint8Array {
  const { depth, size } = frame;
  const share = sampler(frame, weights, (line, at, from, end) => {
    for (let x = from; x < end; x++) if (labels[at + x] !== 0) line[x] += 1;
  });
  const lung = new Uint8Array(depth * size * size);
  for (let z = 0; z < depth; z++) {
    const shares = share(turnedSlice(preprocessing, z, depth), [0, size], [0, size]);
    const turned = toNetwork(preprocessing, shares, size, size);
    const at = z * size * size;
    for (let i = 0; i < turned.length; i++) if (turned[i] >= half) lung[at + i] = 1;
  }
  return lung;
}

/** From HU above the lowest to [0, 1]: by the window, or by each slice's own extremes, found when first asked for. */
function sliceStretch({ intensity }: Preprocessing, depth: number, wholeSlice: (k: number) => Float32Array) {
  const byWindow = { offset: 0, factor: 1 / windowHu };
  if (intensity === 'window') return () => byWindow;
  const known = new Array<typeof byWindow | undefined>(depth);
  return (k: number) => (known[k] ??= ownExtremes(wholeSlice(k)));
}

function ownExtremes(values: Float32Array): { offset: number; factor: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { offset: low, factor: high > low ? 1 / (high - low) : 0 };
}
