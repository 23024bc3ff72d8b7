/** Which voxel of the classifier's features meets which voxel of a patch: by position, nearest (network description,
 *  sections 2 and 4). Whole numbers throughout: floating point goes wrong at some depths, 209 slices the first. */
import type { Plan } from './plans.ts';

export type PatchOrigin = readonly [z: number, y: number, x: number];
/** Indices along depth, rows and columns. */
export interface IndexVectors {
  readonly z: Int32Array;
  readonly y: Int32Array;
  readonly x: Int32Array;
}

const indices = (length: number, at: (i: number) => number) => Int32Array.from({ length }, (_, i) => at(i));

/** Working slice of sampled slice i of the S that the classifier gets. */
export function sampledSlice(i: number, depth: number, plan: Plan): number {
  return Math.floor((i * (depth - 1)) / plan.slices);
}

/** Working slices s(k) of the S/2 C-feature slices. */
export function featureSlices(depth: number, plan: Plan): number[] {
  return Array.from({ length: plan.slices / 2 }, (_, k) => sampledSlice(2 * k, depth, plan));
}

/** The C-stem voxel of every L-feature voxel of a patch: the nearest slice (of two, the lower k) and the pixel that
 *  holds it. */
export function cropIndices(plan: Plan, depth: number, [z0, y0, x0]: PatchOrigin): IndexVectors {
  const slices = featureSlices(depth, plan);
  const [pz, py, px] = plan.patch;
  const nearest = (slice: number) =>
    slices.reduce((best, s, k) => (Math.abs(s - slice) < Math.abs(slices[best] - slice) ? k : best), 0);
  return {
    z: indices(pz / 2, (z) => nearest(z0 + 2 * z)),
    y: indices(py / 2, (y) => Math.floor((y0 + 2 * y) / 4)),
    x: indices(px / 2, (x) => Math.floor((x0 + 2 * x) / 4)),
  };
}

/** What a patch gives to the C-features: its own slices k, and the whole of its rows and columns. */
export interface PatchPaste {
  /** C-feature slices that lie in the patch, in order; often the patch holds none. */
  readonly slices: readonly number[];
  /** First C-feature row and column, and how many. */
  readonly rows: { readonly first: number; readonly count: number };
  readonly columns: { readonly first: number; readonly count: number };
  /** Patch voxel of each of them, counted in working voxels. */
  readonly voxels: IndexVectors;
}

export function patchPaste(plan: Plan, depth: number, [z0, y0, x0]: PatchOrigin): PatchPaste {
  const [pz, py, px] = plan.patch;
  const all = featureSlices(depth, plan);
  const slices = all.flatMap((s, k) => (s >= z0 && s < z0 + pz ? [k] : []));
  const along = (start: number, length: number) => {
    const first = Math.ceil(start / 4);
    return { first, count: Math.ceil((start + length) / 4) - first };
  };
  const [rows, columns] = [along(y0, py), along(x0, px)];
  return {
    slices,
    rows,
    columns,
    voxels: {
      z: indices(slices.length, (i) => all[slices[i]] - z0),
      y: indices(rows.count, (i) => 4 * (rows.first + i) - y0),
      x: indices(columns.count, (i) => 4 * (columns.first + i) - x0),
    },
  };
}

/** The L-stem voxel of every pasted C-feature, lengthened to the slices that the patch graph takes (the rest repeat
 *  voxel 0 and are not looked at).
 *  @throws RangeError where the patch gives more slices than the graph takes */
export function pasteIndices({ voxels }: PatchPaste, pasteSlices: number): IndexVectors {
  if (voxels.z.length > pasteSlices) {
    throw new RangeError(`a patch pastes ${voxels.z.length} slices, its graph takes ${pasteSlices}`);
  }
  const halved = (index: Int32Array) => index.map((i) => Math.floor(i / 2));
  const z = new Int32Array(pasteSlices);
  z.set(halved(voxels.z));
  return { z, y: halved(voxels.y), x: halved(voxels.x) };
}
