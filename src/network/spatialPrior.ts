/** Lesions in the light of what surrounds them. The network's norms take their statistics from the patch, so it learns
 *  the order of voxels better than the level: too little is called lesion in a lung that is mostly diseased, and specks
 *  in one that is healthy. How much disease there is around a voxel sets the level again. */
import type { Frame } from './frame.ts';
import type { NetworkInput } from './input.ts';
import { probabilitySteps } from './output.ts';

/** Part of a model's manifest: what it was tuned with. */
export interface SpatialPrior {
  /** Standard deviation of the Gaussian that weighs the surroundings, mm. */
  readonly neighbourhoodMm: number;
  /** Share of lesion in the surroundings at which a voxel's probability stays as it is; in (0, 1). */
  readonly expected: number;
  /** 0: surroundings count for nothing, 1: their log odds count in full. */
  readonly strength: number;
}

const iterations = 6;
/** Shares of lesion beyond these count as these, so that no voxel is decided by its surroundings alone. */
const [leastShare, mostShare] = [0.001, 0.95];
/** Surroundings are weighed in cells of about this many standard deviations. */
const cellSize = 1 / 3;
const reach = 2.5;

const odds = (p: number) => p / (1 - p);

/** Probabilities adjusted to the share of lesion around each voxel, which is estimated from them in turn: expectation
 *  maximisation for changed prior probabilities, held locally.
 *  @param probability in steps, on the working grid, 0 outside the working lungs
 *  @param prior without it, nothing changes
 *  @returns the same, adjusted; 0 outside the lungs
 *  Source: Saerens, Latinne, Decaestecker, Neural Computation 14 (2002) 21-41; the locality is ours */
export function withSpatialPrior(
  input: NetworkInput,
  probability: Uint16Array,
  prior: SpatialPrior | undefined,
): Uint16Array {
  if (!prior) return probability;
  const { depth, size, lung } = input.grid;
  const cells = cellsOf(input.frame, prior.neighbourhoodMm);
  const [down, across] = [cells.shape[1], cells.shape[2]];
  const rowCell = Int32Array.from({ length: size }, (_, y) => Math.floor(y / cells.voxels[1]));
  const columnCell = Int32Array.from({ length: size }, (_, x) => Math.floor(x / cells.voxels[2]));
  /** Every lung voxel once, with the cell that holds it. */
  const eachLungVoxel = (visit: (voxel: number, cell: number) => void) => {
    for (let z = 0; z < depth; z++) {
      const slab = Math.floor(z / cells.voxels[0]) * down;
      for (let y = 0; y < size; y++) {
        const row = (slab + rowCell[y]) * across;
        const at = (z * size + y) * size;
        for (let x = 0; x < size; x++) if (lung[at + x] !== 0) visit(at + x, row + columnCell[x]);
      }
    }
  };

  const count = cells.shape[0] * down * across;
  const lungAround = new Float32Array(count);
  eachLungVoxel((_, cell) => lungAround[cell]++);
  cells.blur(lungAround);

  const factor = new Float32Array(count).fill(1);
  const lesionAround = new Float32Array(count);
  for (let i = 0; i < iterations; i++) {
    lesionAround.fill(0);
    eachLungVoxel((voxel, cell) => {
      lesionAround[cell] += adjusted(probability[voxel] / probabilitySteps, factor[cell]);
    });
    cells.blur(lesionAround);
    for (let cell = 0; cell < count; cell++) {
      const share = lungAround[cell] > 0 ? lesionAround[cell] / lungAround[cell] : prior.expected;
      const held = Math.min(Math.max(share, leastShare), mostShare);
      factor[cell] = (odds(held) / odds(prior.expected)) ** prior.strength;
    }
  }

  const result = new Uint16Array(probability.length);
  eachLungVoxel((voxel, cell) => {
    result[voxel] = Math.round(adjusted(probability[voxel] / probabilitySteps, factor[cell]) * probabilitySteps);
  });
  return result;
}

/** A probability whose odds are multiplied. */
const adjusted = (p: number, factor: number) => (p * factor) / (1 - p + p * factor);

/** Blocks of working voxels, and the Gaussian over them, in place; nothing beyond the ends. */
function cellsOf({ study, slices, rows, columns, depth, size }: Frame, neighbourhoodMm: number) {
  const [spacingZ, spacingY, spacingX] = study.spacingMm;
  const voxelMm = [spacingZ * slices.size, spacingY * rows.step, spacingX * columns.step];
  const voxels = voxelMm.map((mm) => Math.max(1, Math.round((neighbourhoodMm * cellSize) / mm)));
  const shape = [depth, size, size].map((length, axis) => Math.ceil(length / voxels[axis]));
  const kernels = voxels.map((n, axis) => gaussian(neighbourhoodMm / (n * voxelMm[axis])));
  const blur = (values: Float32Array) => {
    blurLines(values, kernels[2], shape[2], 1);
    blurLines(values, kernels[1], shape[1], shape[2]);
    blurLines(values, kernels[0], shape[0], shape[1] * shape[2]);
  };
  return { voxels, shape, blur };
}

/** One half of it, from the middle outwards; no need to add up to 1, since only ratios of sums are used. */
function gaussian(deviation: number): Float64Array {
  const length = Math.ceil(reach * deviation) + 1;
  return Float64Array.from({ length }, (_, i) => Math.exp(-0.5 * (i / deviation) ** 2));
}

/** @param stride from one value of a line to the next */
function blurLines(values: Float32Array, kernel: Float64Array, length: number, stride: number): void {
  const line = new Float64Array(length);
  for (let start = 0; start < values.length; start += stride * length)
    for (let offset = start; offset < start + stride; offset++) {
      for (let i = 0; i < length; i++) line[i] = values[offset + i * stride];
      for (let i = 0; i < length; i++) {
        let sum = kernel[0] * line[i];
        for (let k = 1; k < kernel.length; k++) sum += kernel[k] * ((line[i - k] ?? 0) + (line[i + k] ?? 0));
        values[offset + i * stride] = sum;
      }
    }
}
