/** What training needs of a study, and how patches are drawn from it. */
import type { ClassName } from '../../network/describe.ts';
import { classificationFeatureShape } from '../../network/describe.ts';
import type { Plan } from '../../network/plans.ts';
import { featureSlices, sampledSlice } from '../../network/alignment.ts';

export type Origin = readonly [z: number, y: number, x: number];

/** A study on its plan's working grid, depth x G x G, feet to head. */
export interface TrainingStudy {
  /** Names the study wherever something is kept for it. */
  readonly id: string;
  readonly depth: number;
  /** null: it teaches no class. */
  readonly trueClass: ClassName | null;
  /** [0, 1], 0 outside the lungs. */
  readonly intensity: Float32Array;
  /** 0 or 1. */
  readonly lung: Uint8Array;
  /** 0 or 1; what lies outside the lungs is not looked at. */
  readonly lesion: Uint8Array;
}

/** Where studies come from: files, a simulator, a toy. The same number always gives the same study, so that a
 *  resumed run goes on as if it had never stopped. */
export interface StudySource {
  readonly description: string;
  study(number: number): Promise<TrainingStudy>;
}

export interface TrainingPatch {
  readonly origin: Origin;
  /** Pz x Py x Px each; zero beyond the study's last slice. */
  readonly voxels: Float32Array;
  readonly lung: Float32Array;
  readonly lesion: Float32Array;
}

export function cutPatch(study: TrainingStudy, plan: Plan, origin: Origin): TrainingPatch {
  const [pz, py, px] = plan.patch;
  const [z0, y0, x0] = origin;
  const size = pz * py * px;
  const [voxels, lung, lesion] = [new Float32Array(size), new Float32Array(size), new Float32Array(size)];
  for (let z = 0; z < Math.min(pz, study.depth - z0); z++) {
    for (let y = 0; y < py; y++) {
      const from = ((z0 + z) * plan.grid + y0 + y) * plan.grid + x0;
      const to = (z * py + y) * px;
      voxels.set(study.intensity.subarray(from, from + px), to);
      lung.set(study.lung.subarray(from, from + px), to);
      lesion.set(study.lesion.subarray(from, from + px), to);
    }
  }
  return { origin, voxels, lung, lesion };
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

/** Origins of the patches that inference would run: without overlap, only those that hold lung. */
export function patchOrigins(study: TrainingStudy, plan: Plan): Origin[] {
  const [pz, py, px] = plan.patch;
  const origins: Origin[] = [];
  for (let z = 0; z < study.depth; z += pz) {
    for (let y = 0; y < plan.grid; y += py) for (let x = 0; x < plan.grid; x += px) origins.push([z, y, x]);
  }
  return origins.filter((origin) => sum(cutPatch(study, plan, origin).lung) > 0);
}

const lesionShare = 0.6;
const leastLesion = 0.01;
/** Patches with less lung teach little. */
const leastLung = 0.05;
const tries = 50;

/** A patch from anywhere in the lungs; of six in ten draws, one of which at least a hundredth is lesion, if fifty
 *  tries find one. */
export function drawPatch(study: TrainingStudy, plan: Plan, random: () => number): TrainingPatch {
  const last = [Math.max(0, study.depth - plan.patch[0]), plan.grid - plan.patch[1], plan.grid - plan.patch[2]];
  const anywhere = () => {
    const [z, y, x] = last.map((limit) => Math.floor(random() * (limit + 1)));
    return cutPatch(study, plan, [z, y, x]);
  };
  const wantsLesion = random() < lesionShare;
  let patch = anywhere();
  let best: TrainingPatch | null = null;
  for (let i = 0; i < tries; i++) {
    if (sum(patch.lung) >= leastLung * patch.lung.length) {
      if (!wantsLesion || sum(patch.lesion) >= leastLesion * patch.lesion.length) return patch;
      best ??= patch;
    }
    patch = anywhere();
  }
  return best ?? patch;
}

/** The classifier's sampled slices, S x G/2 x G/2. */
export function sampleSlices(study: TrainingStudy, plan: Plan): Float32Array {
  const half = plan.grid / 2;
  const slices = new Float32Array(plan.slices * half * half);
  for (let i = 0, at = 0; i < plan.slices; i++) {
    const z = sampledSlice(i, study.depth, plan);
    for (let y = 0; y < half; y++) {
      for (let x = 0; x < half; x++) slices[at++] = study.intensity[(z * plan.grid + 2 * y) * plan.grid + 2 * x];
    }
  }
  return slices;
}

/** A mask at the classifier's positions, S/2 x G/4 x G/4. */
export function atFeaturePositions(mask: Uint8Array, study: TrainingStudy, plan: Plan): Float32Array {
  const [, rows, columns] = classificationFeatureShape(plan);
  const taken = new Float32Array((plan.slices / 2) * rows * columns);
  let at = 0;
  for (const z of featureSlices(study.depth, plan)) {
    for (let v = 0; v < rows; v++) {
      for (let u = 0; u < columns; u++) taken[at++] = mask[(z * plan.grid + 4 * v) * plan.grid + 4 * u];
    }
  }
  return taken;
}
