/** The inner surface of the chest wall as a map: for every slice and direction, seen from the middle of the chest, how
 *  far away the lung ends. Where disease at the pleura hides that end, the surface is spanned over from around, since
 *  a chest is convex. */
import type { CoarseStudy } from './coarseStudy.ts';
import { leftLung, rightLung } from './sides.ts';

/** Directions of one side, from straight ahead (0) to straight back. */
export const directions = 120;
const missing = -1;
/** A chest wall bulges more than a chord and less than an arc around the middle of the chest. */
const arcShare = 0.3;

/** The middle of the chest in all slices. */
export interface Centre {
  readonly column: number;
  readonly row: number;
}

/** Where the lung ends in every direction of every slice.
 *  @returns millimetres from the centre, [slice * directions + direction]; `missing` where the ray meets no lung */
export function mapSide({ grid }: CoarseStudy, sides: Uint8Array, side: number, centre: Centre): Float32Array {
  const [depth] = grid.shape;
  const outer = new Float32Array(depth * directions).fill(missing);
  for (let z = 0, cell = 0; z < depth; z++)
    for (let k = 0; k < directions; k++, cell++) {
      const ray = rayOf(grid, z, k, side, centre);
      for (let n = ray.length - 1; n >= 0 && outer[cell] === missing; n--)
        if (sides[ray.voxels[n]] === side) outer[cell] = n * ray.stepMm;
    }
  return outer;
}

export interface Ray {
  readonly voxels: Int32Array;
  readonly length: number;
  readonly stepMm: number;
}
const scratch = { voxels: new Int32Array(2048), length: 0, stepMm: 1 };

/** Voxels along a ray, one per step; overwritten by the next call. */
export function rayOf(grid: CoarseStudy['grid'], z: number, k: number, side: number, centre: Centre): Ray {
  const [, rows, columns] = grid.shape;
  const [, my, mx] = grid.spacingMm;
  const angle = angleOf(k);
  const stepMm = 0.5 * Math.min(my, mx);
  const dx = ((side === rightLung ? -1 : 1) * Math.sin(angle) * stepMm) / mx;
  const dy = (-Math.cos(angle) * stepMm) / my;
  let length = 0;
  for (; length < scratch.voxels.length; length++) {
    const x = Math.round(centre.column + length * dx);
    const y = Math.round(centre.row + length * dy);
    if (x < 0 || y < 0 || x >= columns || y >= rows) break;
    scratch.voxels[length] = (z * rows + y) * columns + x;
  }
  scratch.length = length;
  scratch.stepMm = stepMm;
  return scratch;
}

export function angleOf(k: number): number {
  return ((k + 0.5) * Math.PI) / directions;
}

/** Spans the outer surface within each slice, nearly as a string wound around it would.
 *  @param spanDegrees how far apart two ends may lie */
export function spanDirections(outer: Float32Array, spanDegrees: number): Float32Array {
  const span = Math.round((spanDegrees / 180) * directions);
  const sine = Float64Array.from({ length: span + 1 }, (_, n) => Math.sin((n * Math.PI) / directions));
  const spanned = outer.slice();
  for (let start = 0; start < outer.length; start += directions)
    for (let i = 0; i < directions; i++) {
      const from = outer[start + i];
      if (from <= 0) continue;
      for (let j = i + 2; j <= Math.min(directions - 1, i + span); j++) {
        const to = outer[start + j];
        if (to <= 0) continue;
        for (let k = i + 1; k < j; k++) {
          // A straight line in polar coordinates is linear in 1 / r.
          const chord = sine[j - i] / (sine[j - k] / from + sine[k - i] / to);
          const arc = from + ((to - from) * (k - i)) / (j - i);
          const r = chord + (arc - chord) * arcShare;
          if (r > spanned[start + k]) spanned[start + k] = r;
        }
      }
    }
  return spanned;
}

/** Spans chords from slice to slice.
 *  @param span the longest chord, in slices */
export function spanSlices(outer: Float32Array, span: number): Float32Array {
  const spanned = outer.slice();
  const depth = outer.length / directions;
  for (let k = 0; k < directions; k++)
    for (let i = 0; i < depth; i++) {
      const from = outer[i * directions + k];
      if (from <= 0) continue;
      for (let j = i + 2; j <= Math.min(depth - 1, i + span); j++) {
        const to = outer[j * directions + k];
        if (to <= 0) continue;
        for (let z = i + 1; z < j; z++) {
          const r = from + ((to - from) * (z - i)) / (j - i);
          const at = z * directions + k;
          if (r > spanned[at]) spanned[at] = r;
        }
      }
    }
  return spanned;
}

/** How far out the chest wall is to be looked for: the farthest that the surface comes in this slice and those above
 *  it, since a chest gets wider towards the diaphragm.
 *  @param reach slices above that are looked at */
export function widestAbove(surface: Float32Array, reach: number): Float32Array {
  const widest = surface.slice();
  for (let i = 0; i < surface.length; i++)
    for (let n = 1; n <= reach && i + n * directions < surface.length; n++)
      widest[i] = Math.max(widest[i], surface[i + n * directions]);
  return widest;
}

/** The chest's middle: the spine, else the middle between both lungs, else the inner end of the one.
 *  @param spine its column, or null */
export function findCentre({ grid }: CoarseStudy, sides: Uint8Array, spine: number | null): Centre {
  const [depth, rows, columns] = grid.shape;
  const middles: number[] = [];
  const fronts: number[] = [];
  for (let z = 0, i = 0; z < depth; z++) {
    let [rightEnd, leftStart, front, back] = [-1, columns, rows, -1];
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        if (sides[i] === 0) continue;
        if (sides[i] === rightLung && x > rightEnd) rightEnd = x;
        if (sides[i] === leftLung && x < leftStart) leftStart = x;
        if (y < front) front = y;
        if (y > back) back = y;
      }
    if (back < 0) continue;
    fronts.push((front + back) / 2);
    if (rightEnd >= 0 && leftStart < columns) middles.push((rightEnd + leftStart) / 2);
    else if (spine === null) middles.push(rightEnd >= 0 ? rightEnd : leftStart);
  }
  return { column: spine ?? median(middles), row: median(fronts) };
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
