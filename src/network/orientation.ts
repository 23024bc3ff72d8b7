/** Some weights were trained on slices that lie otherwise than in reading order (network description, section 9).
 *  Everything the network sees or gives is turned by these, and nothing else knows of it. */
import type { Preprocessing } from './preprocessing.ts';

type Turn = Pick<Preprocessing, 'axes' | 'depth'>;
type Range = readonly [first: number, end: number];

/** Working slice in reading order of network slice z, and the other way round. */
export const turnedSlice = ({ depth }: Turn, z: number, slices: number) =>
  depth === 'head-first' ? slices - 1 - z : z;

/** Where network rows and columns lie in reading order. */
export function readingRanges(
  { axes }: Turn,
  size: number,
  rows: Range,
  columns: Range,
): { rows: Range; columns: Range } {
  return axes === 'yx' ? { rows, columns } : { rows: [size - columns[1], size - columns[0]], columns: rows };
}

/** A part of a slice in reading order, as the network sees it.
 *  @param rows and columns of `part`, in reading order */
export function toNetwork({ axes }: Turn, part: Float32Array, rows: number, columns: number): Float32Array {
  if (axes === 'yx') return part;
  const turned = new Float32Array(part.length);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) turned[x * rows + (rows - 1 - y)] = part[y * columns + x];
  return turned;
}

/** A square slice as the network has it, in reading order. */
export function toReading({ axes }: Turn, slice: Float32Array, size: number): Float32Array {
  if (axes === 'yx') return slice;
  const turned = new Float32Array(slice.length);
  for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) turned[y * size + x] = slice[x * size + (size - 1 - y)];
  return turned;
}
