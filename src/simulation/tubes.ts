/** Round and flat tubes drawn into a volume, each voxel by the share of it that they fill. */
import type { Grid } from '../volume/grid.ts';
import type { PointMm } from './lungSpace.ts';

/** A piece of vessel, airway or bone between two points. */
export interface Tube {
  readonly from: PointMm;
  readonly to: PointMm;
  readonly radiusMm: number;
  readonly endRadiusMm: number;
  readonly hu: number;
  /** The radius along z over that in plane: ribs are higher than thick. 1 if absent. */
  readonly height?: number;
}

/** Several depths in a slice, since most vessels are thinner than it. */
const subSlices = [-0.333, 0, 0.333];

/** From a point to the piece of line from the origin to a; both relative to the piece's start. */
function squaredDistance(
  pz: number,
  py: number,
  px: number,
  az: number,
  ay: number,
  ax: number,
  length2: number,
): number {
  const t = Math.min(1, Math.max(0, (pz * az + py * ay + px * ax) / length2));
  const dz = pz - t * az;
  const dy = py - t * ay;
  const dx = px - t * ax;
  return dz * dz + dy * dy + dx * dx;
}

/** @param firstMm where voxel [0, 0, 0] lies
 *  @param visit called with each voxel that the tube fills in part: index and share */
export function traceTube(tube: Tube, grid: Grid, firstMm: PointMm, visit: (i: number, share: number) => void): void {
  const { from, to, radiusMm, endRadiusMm } = tube;
  const [sz, sy, sx] = grid.spacingMm;
  const [depth, rows, columns] = grid.shape;
  const widest = Math.max(radiusMm, endRadiusMm);
  const squash = tube.height ?? 1;
  const low = (axis: 0 | 1 | 2, reach: number) => Math.min(from[axis], to[axis]) - reach;
  const high = (axis: 0 | 1 | 2, reach: number) => Math.max(from[axis], to[axis]) + reach;
  const first = (axis: 0 | 1 | 2, step: number, reach: number) =>
    Math.max(0, Math.ceil((low(axis, reach) - firstMm[axis]) / step));
  const last = (axis: 0 | 1 | 2, step: number, reach: number, size: number) =>
    Math.min(size - 1, Math.floor((high(axis, reach) - firstMm[axis]) / step));
  const [z0, z1] = [first(0, sz, widest * squash + sz / 2), last(0, sz, widest * squash + sz / 2, depth)];
  const [y0, y1] = [first(1, sy, widest + sy), last(1, sy, widest + sy, rows)];
  const [x0, x1] = [first(2, sx, widest + sx), last(2, sx, widest + sx, columns)];

  const az = (to[0] - from[0]) / squash;
  const ay = to[1] - from[1];
  const ax = to[2] - from[2];
  const length2 = az * az + ay * ay + ax * ax || 1e-9;
  const farthest2 = (widest + sx + sz / 3 / squash) ** 2;
  for (let z = z0; z <= z1; z++)
    for (let y = y0; y <= y1; y++)
      for (let x = x0; x <= x1; x++) {
        const py = firstMm[1] + y * sy - from[1];
        const px = firstMm[2] + x * sx - from[2];
        const middle = (firstMm[0] + z * sz - from[0]) / squash;
        if (squaredDistance(middle, py, px, az, ay, ax, length2) > farthest2) continue;
        let share = 0;
        for (const sub of subSlices) {
          const pz = middle + (sub * sz) / squash;
          const t = Math.min(1, Math.max(0, (pz * az + py * ay + px * ax) / length2));
          const distance = Math.sqrt(squaredDistance(pz, py, px, az, ay, ax, length2));
          const inside = (radiusMm + t * (endRadiusMm - radiusMm) - distance) / sx + 0.5;
          if (inside > 0) share += Math.min(1, inside);
        }
        if (share > 0) visit((z * rows + y) * columns + x, share / subSlices.length);
      }
}

export function drawTube(hu: Int16Array, tube: Tube, grid: Grid, firstMm: PointMm): void {
  traceTube(tube, grid, firstMm, (i, share) => {
    hu[i] += Math.round(share * (tube.hu - hu[i]));
  });
}

/** A line of tubes through points [z, y, x, radius]. */
export function pipe(points: readonly (readonly [number, number, number, number])[], hu: number, height = 1): Tube[] {
  return points.slice(1).map(([z, y, x, radius], i) => {
    const [fz, fy, fx, fromRadius] = points[i];
    return { from: [fz, fy, fx], to: [z, y, x], radiusMm: fromRadius, endRadiusMm: radius, hu, height };
  });
}
