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
/** Surroundings are weighed in cells of about this many standard deviations, and left out beyond that many. */
const [cellSize, reach] = [1 / 2, 2.5];

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
  const cells = cellsOf(input.frame, prior.neighbourhoodMm);
  const { voxels, cellOfVoxel } = lungVoxels(input.grid, cells);
  const given = Float32Array.from(voxels, (voxel) => probability[voxel] / probabilitySteps);

  const lungAround = new Float32Array(cells.count);
  for (let i = 0; i < voxels.length; i++) lungAround[cellOfVoxel[i]]++;
  const withLung = Int32Array.from(lungAround.keys()).filter((cell) => lungAround[cell] > 0);
  cells.blur(lungAround);

  const factor = new Float32Array(cells.count).fill(1);
  const lesionAround = new Float32Array(cells.count);
  for (let iteration = 0; iteration < iterations; iteration++) {
    lesionAround.fill(0);
    for (let i = 0; i < voxels.length; i++) {
      const cell = cellOfVoxel[i];
      lesionAround[cell] += adjusted(given[i], factor[cell]);
    }
    cells.blur(lesionAround);
    for (const cell of withLung) {
      const share = Math.min(Math.max(lesionAround[cell] / lungAround[cell], leastShare), mostShare);
      factor[cell] = (odds(share) / odds(prior.expected)) ** prior.strength;
    }
  }

  const result = new Uint16Array(probability.length);
  for (let i = 0; i < voxels.length; i++) {
    result[voxels[i]] = Math.round(adjusted(given[i], factor[cellOfVoxel[i]]) * probabilitySteps);
  }
  return result;
}

/** A probability whose odds are multiplied. */
const adjusted = (p: number, factor: number) => (p * factor) / (1 - p + p * factor);

type Cells = ReturnType<typeof cellsOf>;

/** Blocks of working voxels, and the Gaussian over them, in place; nothing beyond the ends. Turned axes make no
 *  difference, since working pixels are square. */
function cellsOf({ study, slices, rows, columns, depth, size }: Frame, neighbourhoodMm: number) {
  const [spacingZ, spacingY, spacingX] = study.spacingMm;
  const voxelMm = [spacingZ * slices.size, spacingY * rows.step, spacingX * columns.step];
  const voxels = voxelMm.map((mm) => Math.max(1, Math.round((neighbourhoodMm * cellSize) / mm)));
  const shape = [depth, size, size].map((length, axis) => Math.ceil(length / voxels[axis]));
  const kernels = voxels.map((n, axis) => gaussian(neighbourhoodMm / (n * voxelMm[axis])));
  const count = shape[0] * shape[1] * shape[2];
  const blur = (values: Float32Array) => {
    blurLines(values, kernels[2], shape[2], 1);
    blurLines(values, kernels[1], shape[1], shape[2]);
    blurLines(values, kernels[0], shape[0], shape[1] * shape[2]);
  };
  return { voxels, shape, count, blur };
}

/** Every lung voxel of the working grid, and the cell that holds it. */
function lungVoxels({ depth, size, lung }: NetworkInput['grid'], { voxels: [nz, ny, nx], shape }: Cells) {
  let count = 0;
  for (const label of lung) if (label !== 0) count++;
  const voxels = new Int32Array(count);
  const cellOfVoxel = new Int32Array(count);
  const column = Int32Array.from({ length: size }, (_, x) => Math.floor(x / nx));
  let next = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < size; y++) {
      const row = (Math.floor(z / nz) * shape[1] + Math.floor(y / ny)) * shape[2];
      const at = (z * size + y) * size;
      for (let x = 0; x < size; x++) {
        if (lung[at + x] === 0) continue;
        voxels[next] = at + x;
        cellOfVoxel[next++] = row + column[x];
      }
    }
  return { voxels, cellOfVoxel };
}

/** One half of it, from the middle outwards; no need to add up to 1, since only ratios of sums are used. */
function gaussian(deviation: number): Float64Array {
  const length = Math.ceil(reach * deviation) + 1;
  return Float64Array.from({ length }, (_, i) => Math.exp(-0.5 * (i / deviation) ** 2));
}

/** @param stride from one value of a line to the next */
function blurLines(values: Float32Array, kernel: Float64Array, length: number, stride: number): void {
  const margin = kernel.length - 1;
  // Zeros at both ends, so that nothing has to be asked in the innermost loop.
  const line = new Float64Array(length + 2 * margin);
  for (let start = 0; start < values.length; start += stride * length)
    for (let offset = start; offset < start + stride; offset++) {
      for (let i = 0; i < length; i++) line[margin + i] = values[offset + i * stride];
      for (let i = 0; i < length; i++) {
        const middle = margin + i;
        let sum = kernel[0] * line[middle];
        for (let k = 1; k <= margin; k++) sum += kernel[k] * (line[middle - k] + line[middle + k]);
        values[offset + i * stride] = sum;
      }
    }
}
