/** Air-filled bronchi in consolidated lung: a small tree from the hilum's side outwards, carved out of the fill. */
import { normal, type Random } from '../volume/random.ts';
import type { LesionField } from './lesionField.ts';
import type { Lung, LungSpace, PointMm } from './lungSpace.ts';

const leastRadiusMm = 0.6;
/** What is left of the fill within a bronchus, by partial volume with its wall. */
const openness = 0.92;

export function airBronchograms(
  field: LesionField,
  space: LungSpace,
  lung: Lung,
  fill: Float32Array,
  random: Random,
): void {
  if (field.radiusMm < 9) return;
  const { hilum } = space.sides[lung]!;
  const outward = direction(hilum, field.centre, random);
  const trees = 1 + Math.floor(random() * Math.min(4, field.radiusMm / 12));
  for (let i = 0; i < trees; i++) {
    const jitter = () => (random() - 0.5) * 1.2 * field.radiusMm;
    const root: PointMm = [
      field.centre[0] - outward[0] * field.radiusMm + jitter(),
      field.centre[1] - outward[1] * field.radiusMm + jitter(),
      field.centre[2] - outward[2] * field.radiusMm + jitter(),
    ];
    growBranch(root, outward, 1 + 0.9 * random(), field, space, fill, random);
  }
}

/** From the hilum to the lesion, flattened a little: most bronchi seen in axial slices run within them. */
function direction(from: PointMm, to: PointMm, random: Random): PointMm {
  const draw = normal(random);
  return unit([0.6 * (to[0] - from[0]) + 5 * draw(), to[1] - from[1] + 5 * draw(), to[2] - from[2] + 5 * draw()]);
}

function unit([z, y, x]: PointMm): PointMm {
  const length = Math.hypot(z, y, x) || 1;
  return [z / length, y / length, x / length];
}

function growBranch(
  root: PointMm,
  towards: PointMm,
  radiusMm: number,
  field: LesionField,
  space: LungSpace,
  fill: Float32Array,
  random: Random,
): void {
  const draw = normal(random);
  const steps = 6 + Math.floor(6 * random());
  let [at, heading] = [root, towards];
  for (let i = 0; i < steps; i++) {
    heading = unit([heading[0] + 0.12 * draw(), heading[1] + 0.12 * draw(), heading[2] + 0.12 * draw()]);
    const next: PointMm = [at[0] + 2 * heading[0], at[1] + 2 * heading[1], at[2] + 2 * heading[2]];
    carve(next, radiusMm, field, space, fill);
    at = next;
  }
  const childMm = radiusMm * 0.78;
  if (childMm < leastRadiusMm) return;
  for (let child = 0; child < 2; child++) {
    const spread = (sign: number) => sign * 0.55 + 0.2 * draw();
    const turned = unit([
      heading[0] + 0.35 * draw(),
      heading[1] + spread(child ? 1 : -1) * heading[2],
      heading[2] - spread(child ? 1 : -1) * heading[1],
    ]);
    growBranch(at, turned, childMm, field, space, fill, random);
  }
}

/** A ball of air, its share of each voxel by distance; a slice thicker than the bronchus keeps only part of it. */
function carve(at: PointMm, radiusMm: number, field: LesionField, space: LungSpace, fill: Float32Array): void {
  const { start, shape, reach } = field;
  const [sz, sy, sx] = space.grid.spacingMm;
  const first = (axis: 0 | 1 | 2, s: number) => Math.max(0, Math.ceil((at[axis] - radiusMm) / s - 1) - start[axis]);
  const last = (axis: 0 | 1 | 2, s: number) =>
    Math.min(shape[axis] - 1, Math.floor((at[axis] + radiusMm) / s + 1) - start[axis]);
  for (let z = first(0, sz); z <= last(0, sz); z++) {
    const dz = Math.abs((z + start[0]) * sz - at[0]);
    const overlap = Math.min(radiusMm, dz + sz / 2) - Math.max(-radiusMm, dz - sz / 2);
    const inSlice = Math.min(1, Math.max(0, overlap) / sz);
    if (inSlice === 0) continue;
    for (let y = first(1, sy); y <= last(1, sy); y++)
      for (let x = first(2, sx); x <= last(2, sx); x++) {
        const i = (z * shape[1] + y) * shape[2] + x;
        if (reach[i] > 1.2) continue;
        const inPlane = Math.hypot((y + start[1]) * sy - at[1], (x + start[2]) * sx - at[2]);
        const share = Math.min(1, Math.max(0, (radiusMm - inPlane) / sx + 0.5)) * inSlice;
        const carved = 1 - openness * share;
        fill[i] = Math.min(fill[i], Math.max(0.04, carved));
      }
  }
}
