/** Where a lesion lies and how far it reaches. */
import { drawSeed, drawWeighted, type Random } from '../volume/random.ts';
import type { LesionPlan } from './lesionPlan.ts';
import { obliqueFissure, placeOf, type LungSpace, type PointMm } from './lungSpace.ts';
import type { Disease } from './published.ts';
import { fractalNoise } from './smoothNoise.ts';

/** A lesion's reach on a box of voxels: 0 at its heart, 1 at its border, Infinity where it cannot be. */
export interface LesionField {
  /** First voxel in the host, and shape. */
  readonly start: readonly [z: number, y: number, x: number];
  readonly shape: readonly [depth: number, rows: number, columns: number];
  readonly reach: Float32Array;
  readonly centre: PointMm;
  /** Of a ball of the same volume. */
  readonly radiusMm: number;
}

/** Keeps lesions apart: the least reach of those placed already, on the lung space's box. */
export type Taken = Float32Array;

export function chooseCentre(
  plan: LesionPlan,
  space: LungSpace,
  disease: Disease,
  taken: Taken,
  placed: readonly { centre: PointMm; plan: LesionPlan }[],
  random: Random,
): number {
  const side = space.sides[plan.lung]!;
  const sameSide = placed.filter((other) => other.plan.lung === plan.lung);
  const apartMm = disease === 'covid19' ? 55 : 0;
  const nearMm = disease === 'cap' && sameSide.length > 0 ? 45 : Infinity;
  /** Lung voxels drawn at random, one of them chosen by how well it suits. */
  const candidates = Array.from({ length: 60 }, () => side.sample[Math.floor(random() * side.sample.length)]);
  const weights = candidates.map((i) => {
    if (taken[i] < 1.5) return 1e-6;
    const at = placeOf(space, i);
    const up = (at[0] - side.low[0]) / Math.max(1, side.high[0] - side.low[0]);
    const back = (at[1] - side.low[1]) / Math.max(1, side.high[1] - side.low[1]);
    const depthMm = space.depthMm[i];
    const place = plan.peripheral ? Math.exp(-depthMm / 10) * (0.35 + back) : (depthMm / 20) ** 2 * (0.7 + back);
    const distances = sameSide.map(({ centre }) => Math.hypot(...centre.map((c, axis) => c - at[axis])));
    const nearest = Math.min(...distances, 1e3);
    const apart = apartMm > 0 ? Math.min(1, nearest / apartMm) ** 2 : 1;
    const near = nearMm < Infinity ? Math.exp(-((nearest / nearMm) ** 2)) + 0.02 : 1;
    return place * (1.25 - up) * apart * near + 1e-6;
  });
  return candidates[drawWeighted(weights, random)];
}

/** Grows a lesion of the planned volume around a voxel: an ellipsoid, tall rather than flat, bent by noise, drawn along
 *  the pleura or along the bronchi, held back by lesions near it and by the fissure. */
export function growLesion(
  plan: LesionPlan,
  seed: number,
  space: LungSpace,
  taken: Taken,
  random: Random,
): LesionField {
  const centre = placeOf(space, seed);
  const side = space.sides[plan.lung]!;
  const voxelMl = space.grid.spacingMm.reduce((product, mm) => product * mm, 1) / 1000;
  const target = Math.max(1, Math.round(plan.volumeMl / voxelMl));
  const radiusMm = Math.cbrt((3 * plan.volumeMl * 1000) / (4 * Math.PI));
  const metric = lesionMetric(plan, centre, side.hilum, radiusMm, random);
  const fissure = plan.fissural ? obliqueFissure(side, random) : null;
  const lobe = fissure ? Math.sign(fissure(...centre)) || 1 : 1;
  for (let halfMm = 1.9 * radiusMm + 4; ; halfMm *= 1.6) {
    const field = emptyField(space, centre, halfMm, radiusMm);
    const inLung = fillReach(
      field,
      space,
      plan.lung,
      (z, y, x, depthMm, takenReach) => {
        if (fissure && lobe * fissure(z, y, x) < 0) return Infinity;
        const held = takenReach < 1.6 ? 3 * (1.6 - takenReach) : 0;
        return metric(z, y, x, depthMm, halfMm / radiusMm) + held;
      },
      taken,
    );
    const whole = field.shape.every((n, axis) => n === space.shape[axis]);
    if (inLung.length < 1.5 * target && !whole) continue;
    const border = ranked(inLung, Math.min(target, Math.floor(0.9 * inLung.length))) || 1;
    for (let i = 0; i < field.reach.length; i++) field.reach[i] /= border;
    return field;
  }
}

/** The value with so many smaller ones, found in a sample where there are very many. */
function ranked(values: Float32Array, rank: number): number {
  const step = Math.max(1, Math.floor(values.length / 40_000));
  const sample = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0; i < sample.length; i++) sample[i] = values[i * step];
  return sample.sort()[Math.floor(rank / step)];
}

/** Distance from the centre in units of the ball's radius, by the lesion's own measure; Infinity beyond the farthest. */
function lesionMetric(plan: LesionPlan, centre: PointMm, hilum: PointMm, radiusMm: number, random: Random) {
  const coarse = fractalNoise(Math.max(8, 1.1 * radiusMm), 3, drawSeed(random));
  const fine = fractalNoise(6, 2, drawSeed(random));
  const height = 1.15 + 0.7 * random();
  const flat = 1 / Math.sqrt(height);
  const outward = unit([0, centre[1] - hilum[1], centre[2] - hilum[2]]);
  /** Along the bronchi: longer towards the hilum. */
  const stretch = plan.peripheral ? 0.75 + 0.3 * random() : 1.15 + 0.5 * random();
  const roughness = plan.pattern === 'consolidation' ? 0.16 : 0.22;
  const rimMm = Math.max(9, 0.75 * radiusMm);
  return (z: number, y: number, x: number, depthMm: number, farthest: number): number => {
    const dz = z - centre[0];
    const dy = y - centre[1];
    const dx = x - centre[2];
    const along = dy * outward[1] + dx * outward[2];
    const across = -dy * outward[2] + dx * outward[1];
    const [a, b, c] = [dz / height, along / (stretch * flat), (across * stretch) / (1.1 * flat)];
    const ellipsoid = Math.sqrt(a * a + b * b + c * c) / radiusMm;
    if (ellipsoid > farthest) return Infinity;
    const pull = plan.peripheral ? 0.35 * (depthMm / rimMm) ** 2 : 1.8 * Math.max(0, 1 - depthMm / 26) ** 2;
    const bend = roughness * coarse(z, y, x) + (1.2 / radiusMm) * fine(z, y, x);
    return Math.max(0, Math.sqrt(ellipsoid * ellipsoid + pull) + bend * Math.min(1, 2 * ellipsoid));
  };
}

function unit([z, y, x]: PointMm): PointMm {
  const length = Math.hypot(z, y, x) || 1;
  return [z / length, y / length, x / length];
}

function emptyField(space: LungSpace, centre: PointMm, halfMm: number, radiusMm: number): LesionField {
  const { spacingMm } = space.grid;
  const range = (axis: 0 | 1 | 2) => {
    const middle = centre[axis] / spacingMm[axis] - space.start[axis];
    const half = (axis === 0 ? 1.4 : 1) * (halfMm / spacingMm[axis]);
    const first = Math.max(0, Math.floor(middle - half));
    return { first, size: Math.min(space.shape[axis], Math.ceil(middle + half) + 1) - first };
  };
  const [z, y, x] = [range(0), range(1), range(2)];
  return {
    start: [z.first + space.start[0], y.first + space.start[1], x.first + space.start[2]],
    shape: [z.size, y.size, x.size],
    reach: new Float32Array(z.size * y.size * x.size),
    centre,
    radiusMm,
  };
}

/** @returns the reach of the lung's own voxels (the rim's are filled, not counted) */
function fillReach(
  { start, shape, reach }: LesionField,
  space: LungSpace,
  lung: number,
  measure: (z: number, y: number, x: number, depthMm: number, taken: number) => number,
  taken: Taken,
): Float32Array {
  const [sz, sy, sx] = space.grid.spacingMm;
  const counted = new Float32Array(reach.length);
  let count = 0;
  for (let z = 0, i = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++) {
      const row =
        ((z + start[0] - space.start[0]) * space.shape[1] + y + start[1] - space.start[1]) * space.shape[2] +
        start[2] -
        space.start[2];
      for (let x = 0; x < shape[2]; x++, i++) {
        const label = space.labels[row + x];
        if (label !== lung && label !== 3) {
          reach[i] = Infinity;
          continue;
        }
        reach[i] = measure(
          (z + start[0]) * sz,
          (y + start[1]) * sy,
          (x + start[2]) * sx,
          space.depthMm[row + x],
          taken[row + x],
        );
        if (label === lung && reach[i] < Infinity) counted[count++] = reach[i];
      }
    }
  return counted.subarray(0, count);
}
