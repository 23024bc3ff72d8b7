/** From a study to what the network is given, part by part (network description, section 2). */
import type { Mask, Volume } from '../volume/grid.ts';
import { patchPaste, sampledSlice, type PatchOrigin } from './alignment.ts';
import { identityFrame, placeFrame, type Frame } from './frame.ts';
import type { Plan } from './plans.ts';
import { ourPreprocessing, type Preprocessing } from './preprocessing.ts';
import { resampleStudy, workingGridOf, type WorkingGrid } from './workingGrid.ts';

export interface NetworkInput {
  readonly plan: Plan;
  readonly preprocessing: Preprocessing;
  /** Where the working grid lies in the study: the way back. */
  readonly frame: Frame;
  readonly grid: WorkingGrid;
  /** Patches that hold lung, in running order. */
  readonly patches: readonly PatchOrigin[];
}

/** @param lungs on the volume's grid; its labels do not matter, anything but 0 is lung
 *  @throws RangeError where the mask is empty: the caller asks first whether there are lungs */
export function prepareInput(volume: Volume, lungs: Mask, plan: Plan, preprocessing: Preprocessing): NetworkInput {
  const frame = placeFrame(lungs, plan);
  return inputOn(plan, preprocessing, frame, resampleStudy(volume, lungs, frame, preprocessing));
}

/** Input of a study that lies on its working grid already, D x G x G.
 *  @param intensity in [0, 1]; what lies outside the lungs is masked
 *  @param lung 1 where lung */
export function inputOnWorkingGrid(plan: Plan, intensity: Float32Array, lung: Uint8Array): NetworkInput {
  const grid = workingGridOf(plan.grid, intensity, lung);
  const frame = identityFrame({
    shape: [grid.depth, plan.grid, plan.grid],
    spacingMm: [1, 1, 1],
    originMm: [0, 0, 0],
    direction: [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ],
  });
  return inputOn(plan, ourPreprocessing, frame, grid);
}

function inputOn(plan: Plan, preprocessing: Preprocessing, frame: Frame, grid: WorkingGrid): NetworkInput {
  return { plan, preprocessing, frame, grid, patches: patchesWithLung(grid, plan) };
}

/** Those that are run, in running order. */
export function patchesWithLung(grid: WorkingGrid, plan: Plan): PatchOrigin[] {
  return patchOrigins(grid, plan).filter((at) => holdsLung(grid, plan, at));
}

/** Origins of the patches that cover the working grid, in running order.
 *  @returns z outermost; the last may reach past the end (zero padded)
 *  @throws RangeError if rows or columns are no multiple of the patch
 *  Source: network description, section 2 */
export function patchOrigins({ depth, size }: { depth: number; size: number }, plan: Plan): PatchOrigin[] {
  const [pz, py, px] = plan.patch;
  if (size % py !== 0 || size % px !== 0)
    throw new RangeError(`${size} pixels are no multiple of patches ${py} x ${px}`);
  const origins: PatchOrigin[] = [];
  for (let z = 0; z < depth; z += pz)
    for (let y = 0; y < size; y += py) for (let x = 0; x < size; x += px) origins.push([z, y, x]);
  return origins;
}

function holdsLung({ depth, size, lung }: WorkingGrid, { patch: [pz, py, px] }: Plan, [z0, y0, x0]: PatchOrigin) {
  for (let z = z0; z < Math.min(depth, z0 + pz); z++)
    for (let y = y0; y < y0 + py; y++) {
      const at = (z * size + y) * size + x0;
      for (let x = 0; x < px; x++) if (lung[at + x] !== 0) return true;
    }
  return false;
}

/** The classifier's S slices at half resolution, S x G/2 x G/2: every second pixel, from the first. */
export function classifierSlices({ plan, grid }: NetworkInput): Float32Array {
  const half = plan.grid / 2;
  const whole = [0, plan.grid] as const;
  const slices = new Float32Array(plan.slices * half * half);
  let at = 0;
  let held: { z: number; values: Float32Array } = { z: -1, values: new Float32Array() };
  for (let i = 0; i < plan.slices; i++) {
    const z = sampledSlice(i, grid.depth, plan);
    if (z !== held.z) held = { z, values: grid.read(z, whole, whole) };
    for (let y = 0; y < half; y++) for (let x = 0; x < half; x++) slices[at++] = held.values[2 * y * plan.grid + 2 * x];
  }
  return slices;
}

/** Masked intensity of a patch, Pz x Py x Px; zero past the last slice. */
export function patchVoxels({ plan, grid }: NetworkInput, [z0, y0, x0]: PatchOrigin): Float32Array {
  const [pz, py, px] = plan.patch;
  const voxels = new Float32Array(pz * py * px);
  for (let z = z0; z < Math.min(grid.depth, z0 + pz); z++) {
    voxels.set(grid.read(z, [y0, y0 + py], [x0, x0 + px]), (z - z0) * py * px);
  }
  return voxels;
}

/** The most C-feature slices that any patch holds; at least 1, since a graph's sizes are. */
export function mostPasteSlices({ plan, grid, patches }: NetworkInput): number {
  return patches.reduce((most, at) => Math.max(most, patchPaste(plan, grid.depth, at).slices.length), 1);
}
