/** Rows of a lesion in one slice: the outermost voxels of each, [y, first x, last x], y rising. */
export type SliceOutline = (readonly [y: number, first: number, last: number])[];

type Point = readonly [y: number, x: number];

/** Greatest distance between two voxel centres, plus one voxel along it; exact, since the ends of a diameter are
 *  corners of the convex hull.
 *  @param spacingMm along y, x */
export function longestDiameterMm(outline: SliceOutline, [sy, sx]: readonly [number, number]): number {
  const corners = [
    ...hullSide(
      outline.map(([y, first]) => [y, first]),
      -1,
    ),
    ...hullSide(
      outline.map(([y, , last]) => [y, last]),
      1,
    ),
  ];
  let longest = -1;
  let along: Point = [0, 0];
  for (let i = 0; i < corners.length; i++)
    for (let j = i + 1; j < corners.length; j++) {
      const step: Point = [(corners[j][0] - corners[i][0]) * sy, (corners[j][1] - corners[i][1]) * sx];
      const distance = step[0] * step[0] + step[1] * step[1];
      if (distance <= longest) continue;
      longest = distance;
      along = step;
    }
  const length = Math.sqrt(longest);
  if (length === 0) return Math.max(sy, sx);
  return length + Math.hypot((along[0] / length) * sy, (along[1] / length) * sx);
}

/** Corners of the convex hull's left (-1) or right (1) side (Andrew's monotone chain). */
function hullSide(points: readonly Point[], side: -1 | 1): Point[] {
  const chain: Point[] = [];
  for (const point of points) {
    while (chain.length >= 2 && side * turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0) chain.pop();
    chain.push(point);
  }
  return chain;
}

/** Positive where b lies at greater x than the straight line from a to c. */
function turn(a: Point, b: Point, c: Point): number {
  return (b[1] - a[1]) * (c[0] - a[0]) - (c[1] - a[1]) * (b[0] - a[0]);
}
