/** Branching trees that fill a lung: points to be reached are halved again and again, and each half gets a branch, its
 *  radius falling with the share of the points it leads to. */
import { normal, type Random } from '../volume/random.ts';
import type { PointMm } from './lungSpace.ts';

export interface Branch {
  readonly from: PointMm;
  readonly to: PointMm;
  readonly radiusMm: number;
  readonly endRadiusMm: number;
}

/** Children's radii to the power 1 / 0.4 = 2.5 add up to the parent's, as in casts of pulmonary arteries. */
const taper = 0.4;

/** @param points [z, y, x] that the twigs should end in
 *  @param trunkMm radius at the root */
export function growTree(root: PointMm, points: readonly PointMm[], trunkMm: number, random: Random): Branch[] {
  const branches: Branch[] = [];
  const draw = normal(random);
  const grow = (at: PointMm, targets: readonly PointMm[], radiusMm: number): void => {
    const middle = meanOf(targets);
    if (targets.length === 1) {
      bend(at, middle, radiusMm, 0.7 * radiusMm);
      return;
    }
    /** The branch runs part of the way, the shorter the fewer twigs are left. */
    const way = 0.34 + 0.14 * random();
    const fork: PointMm = [0, 1, 2].map((axis) => at[axis] + way * (middle[axis] - at[axis])) as unknown as PointMm;
    bend(at, fork, radiusMm, radiusMm * 0.93);
    const [one, other] = halve(targets, fork, random);
    for (const half of [one, other]) grow(fork, half, radiusMm * (half.length / targets.length) ** taper);
  };
  /** Two pieces with a slight knee: no vessel is straight. */
  const bend = (from: PointMm, to: PointMm, radiusMm: number, endRadiusMm: number) => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
    const off = Math.min(2, 0.05 * length);
    const knee: PointMm = [0, 1, 2].map((axis) => (from[axis] + to[axis]) / 2 + off * draw()) as unknown as PointMm;
    const middle = (radiusMm + endRadiusMm) / 2;
    branches.push({ from, to: knee, radiusMm, endRadiusMm: middle }, { from: knee, to, radiusMm: middle, endRadiusMm });
  };
  if (points.length > 0) grow(root, points, trunkMm);
  return branches;
}

function meanOf(points: readonly PointMm[]): PointMm {
  const sum = [0, 0, 0];
  for (const point of points) for (let axis = 0; axis < 3; axis++) sum[axis] += point[axis];
  return [sum[0] / points.length, sum[1] / points.length, sum[2] / points.length];
}

/** By a plane through the fork, across the direction of the targets' widest spread; uneven at times. */
function halve(points: readonly PointMm[], fork: PointMm, random: Random): [PointMm[], PointMm[]] {
  const axis = widestDirection(points, fork);
  const sorted = [...points].sort((a, b) => along(a, axis) - along(b, axis));
  const share = points.length < 6 ? 0.5 : 0.3 + 0.4 * random();
  const cut = Math.min(points.length - 1, Math.max(1, Math.round(share * points.length)));
  return [sorted.slice(0, cut), sorted.slice(cut)];
}

const along = (point: PointMm, axis: PointMm) => point[0] * axis[0] + point[1] * axis[1] + point[2] * axis[2];

/** First principal axis of the directions from the fork (a few power iterations). */
function widestDirection(points: readonly PointMm[], fork: PointMm): PointMm {
  const middle = meanOf(points);
  const away = [0, 1, 2].map((axis) => middle[axis] - fork[axis]);
  let axis: PointMm = [away[1] + 1, away[2] + 1, -away[0] + 1];
  for (let round = 0; round < 6; round++) {
    const next = [0, 0, 0];
    for (const point of points) {
      const offset = [point[0] - middle[0], point[1] - middle[1], point[2] - middle[2]];
      const weight = offset[0] * axis[0] + offset[1] * axis[1] + offset[2] * axis[2];
      for (let i = 0; i < 3; i++) next[i] += weight * offset[i];
    }
    const length = Math.hypot(...next) || 1;
    axis = [next[0] / length, next[1] / length, next[2] / length];
  }
  return axis;
}
