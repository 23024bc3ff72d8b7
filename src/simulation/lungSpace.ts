/** The lungs of a host as places to put disease: a box around them, how deep each voxel lies, where the hilum and the
 *  oblique fissure are. Millimetres here are voxel index times spacing along the grid's own axes. */
import { squaredDistanceMm } from '../volume/distance.ts';
import type { Grid, Mask, Shape } from '../volume/grid.ts';
import type { Random } from '../volume/random.ts';
import type { Field } from './smoothNoise.ts';

export type Lung = 1 | 2;
export type PointMm = readonly [z: number, y: number, x: number];

export interface LungSpace {
  readonly grid: Grid;
  /** First voxel of the box and its shape; the arrays below lie on it. */
  readonly start: Shape;
  readonly shape: Shape;
  /** 1 right, 2 left, 3 the rim just outside: where the mask ends, partial volume goes on. 0 elsewhere. */
  readonly labels: Uint8Array;
  /** In plane, from a lung voxel to the nearest voxel that is none. */
  readonly depthMm: Float32Array;
  readonly sides: Readonly<Partial<Record<Lung, LungSide>>>;
}

export interface LungSide {
  readonly voxels: number;
  /** A sample of its voxels, as indices into the box. */
  readonly sample: Int32Array;
  /** Lowest and highest voxel, mm. */
  readonly low: PointMm;
  readonly high: PointMm;
  readonly hilum: PointMm;
}

const rimMm = 2.5;
const sampleSize = 6000;

/** @returns null where the mask holds no lung */
export function surveyLungs(lungs: Mask): LungSpace | null {
  const { grid } = lungs;
  const box = paddedBox(lungs);
  if (!box) return null;
  const { start, shape } = box;
  const labels = cropped(lungs, start, shape);
  const outside = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) outside[i] = labels[i] === 0 ? 1 : 0;
  const depthMm = squaredDistanceMm(outside, shape, [Infinity, grid.spacingMm[1], grid.spacingMm[2]]);
  for (let i = 0; i < depthMm.length; i++) depthMm[i] = Math.sqrt(depthMm[i]);
  const sides: Partial<Record<Lung, LungSide>> = {};
  for (const lung of [1, 2] as const) {
    const side = surveySide(labels, lung, shape, start, grid);
    if (side) sides[lung] = side;
  }
  addRim(labels, shape, grid);
  return { grid, start, shape, labels, depthMm, sides };
}

function paddedBox({ grid, labels }: Mask): { start: Shape; shape: Shape } | null {
  const [depth, rows, columns] = grid.shape;
  const low = [depth, rows, columns];
  const high = [-1, -1, -1];
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        if (labels[i] === 0) continue;
        if (z < low[0]) low[0] = z;
        if (y < low[1]) low[1] = y;
        if (x < low[2]) low[2] = x;
        if (z > high[0]) high[0] = z;
        if (y > high[1]) high[1] = y;
        if (x > high[2]) high[2] = x;
      }
  if (high[0] < 0) return null;
  const pad = (axis: number) => (axis === 0 ? 1 : Math.ceil(rimMm / grid.spacingMm[axis]) + 1);
  const first = (axis: number) => Math.max(0, low[axis] - pad(axis));
  const size = (axis: number) => Math.min(grid.shape[axis] - 1, high[axis] + pad(axis)) + 1 - first(axis);
  return { start: [first(0), first(1), first(2)], shape: [size(0), size(1), size(2)] };
}

function cropped({ grid, labels }: Mask, start: Shape, [depth, rows, columns]: Shape): Uint8Array {
  const crop = new Uint8Array(depth * rows * columns);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const at = ((z + start[0]) * grid.shape[1] + y + start[1]) * grid.shape[2] + start[2];
      crop.set(labels.subarray(at, at + columns), (z * rows + y) * columns);
    }
  return crop;
}

function surveySide(labels: Uint8Array, lung: Lung, shape: Shape, start: Shape, grid: Grid): LungSide | null {
  const [, rows, columns] = shape;
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  const sum = [0, 0, 0];
  let voxels = 0;
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== lung) continue;
    voxels++;
    const at = pointMm(i, rows, columns, start, grid);
    for (let axis = 0; axis < 3; axis++) {
      if (at[axis] < low[axis]) low[axis] = at[axis];
      if (at[axis] > high[axis]) high[axis] = at[axis];
      sum[axis] += at[axis];
    }
  }
  if (voxels === 0) return null;
  const sample = new Int32Array(Math.min(sampleSize, voxels));
  for (let i = 0, seen = 0, taken = 0; i < labels.length && taken < sample.length; i++) {
    if (labels[i] !== lung) continue;
    if (seen++ >= Math.floor((taken * voxels) / sample.length)) sample[taken++] = i;
  }
  /** The right lung lies at low x: its medial border is its high one. */
  const medial = lung === 1 ? high[2] : low[2];
  const mean = sum.map((value) => value / voxels);
  return {
    voxels,
    sample,
    low: [low[0], low[1], low[2]],
    high: [high[0], high[1], high[2]],
    hilum: [mean[0] + 0.05 * (high[0] - low[0]), mean[1], medial + 0.25 * (mean[2] - medial)],
  };
}

function pointMm(i: number, rows: number, columns: number, start: Shape, grid: Grid): [number, number, number] {
  const x = i % columns;
  const y = Math.floor(i / columns) % rows;
  const z = Math.floor(i / (columns * rows));
  const [sz, sy, sx] = grid.spacingMm;
  return [(z + start[0]) * sz, (y + start[1]) * sy, (x + start[2]) * sx];
}

/** Where voxel i of the box lies. */
export function placeOf({ shape, start, grid }: LungSpace, i: number): PointMm {
  return pointMm(i, shape[1], shape[2], start, grid);
}

function addRim(labels: Uint8Array, [depth, rows, columns]: Shape, grid: Grid): void {
  const [, sy, sx] = grid.spacingMm;
  const [reachY, reachX] = [Math.ceil(rimMm / sy), Math.ceil(rimMm / sx)];
  const isLung = (i: number) => labels[i] === 1 || labels[i] === 2;
  for (let z = 0; z < depth; z++)
    for (let y = 1; y < rows - 1; y++)
      for (let x = 1; x < columns - 1; x++) {
        const i = (z * rows + y) * columns + x;
        if (!isLung(i)) continue;
        if (isLung(i - 1) && isLung(i + 1) && isLung(i - columns) && isLung(i + columns)) continue;
        for (let dy = -Math.min(reachY, y); dy <= Math.min(reachY, rows - 1 - y); dy++)
          for (let dx = -Math.min(reachX, x); dx <= Math.min(reachX, columns - 1 - x); dx++) {
            const near = i + dy * columns + dx;
            if (labels[near] === 0 && Math.hypot(dy * sy, dx * sx) <= rimMm) labels[near] = 3;
          }
      }
}

/** Signed mm from the oblique fissure of a lung (positive above it): from the back at seven tenths of the lung's height
 *  to the front at its base, bent a little. A stand-in: the host's own is not known. */
export function obliqueFissure({ low, high }: LungSide, random: Random): Field {
  const height = high[0] - low[0];
  const length = Math.max(1, high[1] - low[1]);
  const back = low[0] + height * (0.62 + 0.12 * random());
  const front = low[0] + height * (0.0 + 0.12 * random());
  const bend = height * 0.05 * (2 * random() - 1);
  const slope = (back - front) / length;
  const steepness = Math.hypot(1, slope);
  return (z, y, x) => {
    const along = (y - low[1]) / length;
    const surface = front + slope * (y - low[1]) + bend * Math.sin(Math.PI * along) * (1 + Math.sin(x / 40));
    return (z - surface) / steepness;
  };
}
