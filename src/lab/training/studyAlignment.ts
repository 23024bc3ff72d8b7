/** Which voxel of a study's classifier features, evidence and patches meets which, for training (network
 *  description, sections 2, 4 and 5). By position, nearest; where two are as near, the lower. */
import { featureSlices } from '../../network/alignment.ts';
import { classificationFeatureShape } from '../../network/describe.ts';
import type { Plan } from '../../network/plans.ts';

type Triple = readonly [z: number, y: number, x: number];
/** Indices along depth, rows and columns. */
export type IndexVectors = readonly [z: Int32Array, y: Int32Array, x: Int32Array];

const indices = (length: number, at: (i: number) => number) => Int32Array.from({ length }, (_, i) => at(i));
const clamp = (value: number, length: number) => Math.min(Math.max(value, 0), length - 1);
const nearest = (position: number) => Math.ceil(position - 0.5);

/** For every L-feature voxel of the patch at `origin` the C-stem voxel. */
export function cropIndices(plan: Plan, depth: number, [z0, y0, x0]: Triple): IndexVectors {
  const slices = featureSlices(depth, plan);
  const closest = (slice: number) =>
    slices.reduce((best, s, k) => (Math.abs(s - slice) < Math.abs(slices[best] - slice) ? k : best), 0);
  const [pz, py, px] = plan.patch;
  return [
    indices(pz / 2, (z) => closest(z0 + 2 * z)),
    indices(py / 2, (y) => clamp(Math.floor((y0 + 2 * y) / 4), plan.grid / 4)),
    indices(px / 2, (x) => clamp(Math.floor((x0 + 2 * x) / 4), plan.grid / 4)),
  ];
}

/** For every classifier position the voxel of the patch, counted in steps of `stride` working voxels (2: L-stem,
 *  1: lesion map), and whether the patch holds it; where it does not, the index is 0. */
export function pasteIndices(
  plan: Plan,
  depth: number,
  origin: Triple,
  stride: 1 | 2,
): { index: IndexVectors; inside: Float32Array } {
  const [sd, sh, sw] = classificationFeatureShape(plan);
  const slices = featureSlices(depth, plan);
  const positions = [(k: number) => slices[k], (v: number) => 4 * v, (u: number) => 4 * u];
  const offsets = [sd, sh, sw].map((length, axis) => indices(length, (i) => positions[axis](i) - origin[axis]));
  const holds = offsets.map((offset, axis) => offset.map((at) => (at >= 0 && at < plan.patch[axis] ? 1 : 0)));
  const index = offsets.map((offset, axis) => offset.map((at, i) => (holds[axis][i] ? Math.floor(at / stride) : 0)));
  const inside = new Float32Array(sd * sh * sw);
  for (let i = 0; i < inside.length; i++) {
    inside[i] = holds[0][Math.floor(i / (sh * sw))] * holds[1][Math.floor(i / sw) % sh] * holds[2][i % sw];
  }
  return { index: [index[0], index[1], index[2]], inside };
}

/** For every voxel of a head (`stride` working voxels apart) the evidence voxel of encoder unit 1, 2 or 3. */
export function evidenceIndices(
  plan: Plan,
  depth: number,
  [z0, y0, x0]: Triple,
  stride: number,
  unit: number,
): IndexVectors {
  const [sd, sh, sw] = classificationFeatureShape(plan).map((size) => Math.ceil(size / 2 ** unit));
  const featureSlice = (z: number) => (depth === 1 ? 0 : (z * plan.slices) / (2 * (depth - 1)));
  const [d, h, w] = plan.patch.map((size) => size / stride);
  const inPlane = (start: number, length: number) => (i: number) =>
    clamp(nearest((start + stride * i) / 2 ** (unit + 2)), length);
  return [
    indices(d, (z) => clamp(nearest(featureSlice(z0 + stride * z) / 2 ** unit), sd)),
    indices(h, inPlane(y0, sh)),
    indices(w, inPlane(x0, sw)),
  ];
}
