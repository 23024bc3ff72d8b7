import type { BoxMm } from './findings.ts';

/** Root mean square distance of the boxes' centres from their mean; null below two. */
export function centreSpreadMm(boxes: readonly BoxMm[]): number | null {
  if (boxes.length < 2) return null;
  const centres = boxes.map(({ min, max }) => [0, 1, 2].map((axis) => (min[axis] + max[axis]) / 2));
  const mean = [0, 1, 2].map((axis) => centres.reduce((sum, centre) => sum + centre[axis], 0) / centres.length);
  const squares = centres.map((centre) => centre.reduce((sum, at, axis) => sum + (at - mean[axis]) ** 2, 0));
  return Math.sqrt(squares.reduce((a, b) => a + b, 0) / centres.length);
}
