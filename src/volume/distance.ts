/** Exact Euclidean distance by lower envelopes of parabolas, axis after axis
 *  (Felzenszwalb, Huttenlocher: Distance Transforms of Sampled Functions, Theory of Computing 8, 2012). */
import type { Shape } from './grid.ts';

/** @param picture anything but 0 is an object
 *  @param spacingMm along z, y, x; Infinity along z keeps every slice by itself
 *  @returns squared millimetres from each voxel's centre to the nearest object voxel's centre, Infinity where there
 *  is none */
export function squaredDistanceMm(
  picture: Uint8Array,
  shape: Shape,
  spacingMm: readonly [z: number, y: number, x: number],
): Float32Array {
  const [depth, rows, columns] = shape;
  const squared = new Float32Array(picture.length);
  for (let i = 0; i < squared.length; i++) squared[i] = picture[i] === 0 ? Infinity : 0;
  const line = lineDistance(Math.max(depth, rows, columns));
  for (let row = 0; row < depth * rows; row++) line(squared, row * columns, 1, columns, spacingMm[2]);
  for (let z = 0; z < depth; z++)
    for (let x = 0; x < columns; x++) line(squared, z * rows * columns + x, columns, rows, spacingMm[1]);
  if (spacingMm[0] < Infinity)
    for (let i = 0; i < rows * columns; i++) line(squared, i, rows * columns, depth, spacingMm[0]);
  return squared;
}

/** Replaces a line f by the minimum over j of f(j) + (step (i - j))^2. */
function lineDistance(longest: number) {
  const height = new Float64Array(longest);
  /** Where each parabola of the envelope has its vertex, and from where on it is the lowest. */
  const vertex = new Int32Array(longest);
  const from = new Float64Array(longest);
  return (values: Float32Array, start: number, stride: number, length: number, stepMm: number) => {
    const squaredStep = stepMm * stepMm;
    let last = -1;
    if (isZero(values, start, stride, length)) return;
    for (let i = 0; i < length; i++) {
      const h = values[start + i * stride];
      if (h === Infinity) continue;
      height[i] = h / squaredStep;
      let crossing = -Infinity;
      while (last >= 0) {
        const j = vertex[last];
        crossing = (height[i] + i * i - height[j] - j * j) / (2 * (i - j));
        if (crossing > from[last]) break;
        last--;
      }
      last++;
      vertex[last] = i;
      from[last] = last === 0 ? -Infinity : crossing;
    }
    if (last < 0) return;
    for (let i = 0, part = 0; i < length; i++) {
      while (part < last && from[part + 1] < i) part++;
      const j = vertex[part];
      values[start + i * stride] = ((i - j) * (i - j) + height[j]) * squaredStep;
    }
  };
}

/** Lines of nothing but object are many, and stay as they are. */
function isZero(values: Float32Array, start: number, stride: number, length: number): boolean {
  for (let i = 0, at = start; i < length; i++, at += stride) if (values[at] !== 0) return false;
  return true;
}
