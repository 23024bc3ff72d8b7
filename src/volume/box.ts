import type { Grid, Shape } from './grid.ts';

type Values = Uint8Array | Int16Array | Float32Array;

/** A part of a picture: from `start` up to, not with, `end`; [z, y, x]. */
export interface Box {
  readonly start: Shape;
  readonly end: Shape;
}

/** The smallest box around all that is not 0, with a margin, within the picture.
 *  @returns null where all is 0 */
export function boundingBox(picture: ArrayLike<number>, shape: Shape, margin: Shape): Box | null {
  const [depth, rows, columns] = shape;
  const low = [depth, rows, columns];
  const high = [-1, -1, -1];
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        if (picture[i] === 0) continue;
        if (z < low[0]) low[0] = z;
        if (z > high[0]) high[0] = z;
        if (y < low[1]) low[1] = y;
        if (y > high[1]) high[1] = y;
        if (x < low[2]) low[2] = x;
        if (x > high[2]) high[2] = x;
      }
  if (high[0] < 0) return null;
  const start = (a: 0 | 1 | 2) => Math.max(0, low[a] - margin[a]);
  const end = (a: 0 | 1 | 2) => Math.min(shape[a], high[a] + 1 + margin[a]);
  return { start: [start(0), start(1), start(2)], end: [end(0), end(1), end(2)] };
}

export function boxShape({ start, end }: Box): Shape {
  return [end[0] - start[0], end[1] - start[1], end[2] - start[2]];
}

/** The part of a picture that lies in the box. */
export function cut<T extends Values>(values: T, shape: Shape, box: Box): T {
  const [depth, rows, columns] = boxShape(box);
  const part = new (values.constructor as new (length: number) => T)(depth * rows * columns);
  eachLine(shape, box, (from, to) => part.set(values.subarray(from, from + columns), to));
  return part;
}

/** A picture of the whole shape, 0 outside the box. */
export function pasted<T extends Values>(part: T, shape: Shape, box: Box): T {
  const columns = boxShape(box)[2];
  const whole = new (part.constructor as new (length: number) => T)(shape[0] * shape[1] * shape[2]);
  eachLine(shape, box, (from, to) => whole.set(part.subarray(to, to + columns), from));
  return whole;
}

/** Visits the lines of a box along x: where each starts in the whole picture and in the part. */
function eachLine([, rows, columns]: Shape, { start, end }: Box, visit: (whole: number, part: number) => void): void {
  for (let z = start[0], part = 0; z < end[0]; z++)
    for (let y = start[1]; y < end[1]; y++, part += end[2] - start[2]) visit((z * rows + y) * columns + start[2], part);
}

/** The grid of the part. */
export function cutGrid(grid: Grid, box: Box): Grid {
  const at = (k: 0 | 1 | 2) =>
    grid.originMm[k] +
    ([0, 1, 2] as const).reduce<number>((sum, a) => sum + box.start[a] * grid.spacingMm[a] * grid.direction[a][k], 0);
  return { ...grid, shape: boxShape(box), originMm: [at(0), at(1), at(2)] };
}
