/** The noise of a study: how strong, and how neighbouring voxels hang together, so that what is painted into it bears
 *  the same grain as what was there. */
import type { Volume } from '../volume/grid.ts';
import { normal, type Random } from '../volume/random.ts';

export interface Noise {
  readonly sdHu: number;
  /** Correlation at lags 0, 1, 2 … voxels, in plane (rows and columns alike) and along z. */
  readonly inPlane: readonly number[];
  readonly alongZ: readonly number[];
  /** Mean CT number of the tissue it was measured in. */
  readonly tissueHu: number;
}

const side = 9;
const lags = 4;
/** Muscle, heart, liver, with contrast or without. */
const [leastTissueHu, mostTissueHu] = [-20, 160];
/** Blocks of tissue hold edges too; the quieter part of them is noise alone. */
const quietShare = 0.35;
const fewestBlocks = 12;
const mostBlocks = 4000;

/** Measured in blocks of 9 x 9 pixels of soft tissue, the quietest third of them.
 *  A study with hardly any soft tissue in view gives white noise of 15 HU around 40 HU. */
export function measureNoise({ grid, hu }: Volume): Noise {
  const [depth, rows, columns] = grid.shape;
  const blocks: { at: number; sd: number; mean: number }[] = [];
  const step = Math.max(side - 2, Math.round(Math.cbrt((depth * rows * columns) / (mostBlocks * 50))));
  for (let z = 0; z < depth; z++)
    for (let y = 0; y + side <= rows; y += step)
      for (let x = 0; x + side <= columns; x += step) {
        const at = (z * rows + y) * columns + x;
        const block = blockMoments(hu, at, columns);
        if (block) blocks.push({ at, ...block });
      }
  if (blocks.length < fewestBlocks) return { sdHu: 15, inPlane: [1], alongZ: [1], tissueHu: 40 };
  blocks.sort((a, b) => a.sd - b.sd);
  const quiet = blocks.slice(0, Math.max(fewestBlocks, Math.round(quietShare * blocks.length)));
  const tissueHu = quiet.reduce((sum, { mean }) => sum + mean, 0) / quiet.length;

  const inPlane = new Float64Array(lags + 1);
  const alongZ = new Float64Array(lags + 1);
  const zCounts = new Float64Array(lags + 1);
  for (const { at, mean } of quiet) {
    addCovariance(hu, at, mean, columns, inPlane);
    addCovarianceAlongZ(hu, at, mean, { depth, rows, columns }, alongZ, zCounts);
  }
  const variance = inPlane[0] / (quiet.length * side * side);
  const correlation = (sum: number, count: number) => (count > 0 ? sum / count / variance : 0);
  const pairs = (lag: number) => quiet.length * 2 * side * (side - lag);
  return {
    sdHu: Math.sqrt(variance),
    inPlane: Array.from(inPlane, (sum, lag) => (lag === 0 ? 1 : correlation(sum, pairs(lag)))),
    alongZ: Array.from(alongZ, (sum, lag) => (lag === 0 ? 1 : correlation(sum, zCounts[lag]))),
    tissueHu,
  };
}

/** null where a voxel of the block is no soft tissue. */
function blockMoments(hu: Int16Array, at: number, columns: number): { mean: number; sd: number } | null {
  let [sum, squares] = [0, 0];
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      const value = hu[at + y * columns + x];
      if (value < leastTissueHu - 60 || value > mostTissueHu + 60) return null;
      sum += value;
      squares += value * value;
    }
  const count = side * side;
  const mean = sum / count;
  if (mean < leastTissueHu || mean > mostTissueHu) return null;
  return { mean, sd: Math.sqrt(Math.max(0, squares / count - mean * mean)) };
}

function addCovariance(hu: Int16Array, at: number, mean: number, columns: number, sums: Float64Array): void {
  const value = (y: number, x: number) => hu[at + y * columns + x] - mean;
  for (let lag = 0; lag <= lags; lag++)
    for (let i = 0; i < side; i++)
      for (let j = 0; j + lag < side; j++) {
        sums[lag] += value(i, j) * value(i, j + lag);
        if (lag > 0) sums[lag] += value(j, i) * value(j + lag, i);
      }
}

function addCovarianceAlongZ(
  hu: Int16Array,
  at: number,
  mean: number,
  { depth, rows, columns }: { depth: number; rows: number; columns: number },
  sums: Float64Array,
  counts: Float64Array,
): void {
  const z = Math.floor(at / (rows * columns));
  for (let lag = 1; lag <= lags && z + lag < depth; lag++) {
    const above = at + lag * rows * columns;
    const block = blockMoments(hu, above, columns);
    if (!block || Math.abs(block.mean - mean) > 15) return;
    for (let y = 0; y < side; y++)
      for (let x = 0; x < side; x++)
        sums[lag] += (hu[at + y * columns + x] - mean) * (hu[above + y * columns + x] - block.mean);
    counts[lag] += side * side;
  }
}

/** A block of noise with the measured correlations and standard deviation 1, without seams when repeated. */
export interface NoiseTile {
  readonly at: (z: number, y: number, x: number) => number;
}

const [tileDepth, tileSide] = [24, 96];

export function noiseLike({ inPlane, alongZ }: Pick<Noise, 'inPlane' | 'alongZ'>, random: Random): NoiseTile {
  const draw = normal(random);
  let values = Float32Array.from({ length: tileDepth * tileSide * tileSide }, draw);
  const planeKernel = kernelOf(inPlane);
  values = convolve(values, planeKernel, 1, tileSide);
  values = convolve(values, planeKernel, tileSide, tileSide);
  values = convolve(values, kernelOf(alongZ), tileSide * tileSide, tileDepth);
  const [oz, oy, ox] = [random() * tileDepth, random() * tileSide, random() * tileSide].map(Math.floor);
  return {
    at: (z, y, x) =>
      values[((z + oz) % tileDepth) * tileSide * tileSide + ((y + oy) % tileSide) * tileSide + ((x + ox) % tileSide)],
  };
}

/** A symmetric kernel that gives white noise these correlations: the root of their spectrum, back in space.
 *  @returns weights at distances 0, 1 … ; their squares (both sides) add up to 1 */
export function kernelOf(correlations: readonly number[]): number[] {
  const frequencies = 64;
  const reach = correlations.length + 2;
  /** A triangle over the lags keeps the spectrum of noisy correlations from turning negative. */
  const tapered = correlations.map((r, lag) => r * (1 - lag / (correlations.length + 1)));
  const amplitude = Array.from({ length: frequencies }, (_, k) => {
    const angle = (Math.PI * (k + 0.5)) / frequencies;
    const power = tapered.reduce((sum, r, lag) => sum + (lag === 0 ? r : 2 * r * Math.cos(lag * angle)), 0);
    return Math.sqrt(Math.max(0, power));
  });
  const kernel = Array.from({ length: reach }, (_, lag) =>
    amplitude.reduce((sum, a, k) => sum + a * Math.cos((lag * Math.PI * (k + 0.5)) / frequencies), 0),
  );
  const norm = Math.sqrt(kernel.reduce((sum, w, lag) => sum + (lag === 0 ? w * w : 2 * w * w), 0));
  return kernel.map((w) => w / norm);
}

/** Along the axis of this stride and length, around the ends. */
function convolve(values: Float32Array, kernel: readonly number[], stride: number, length: number) {
  const result = new Float32Array(values.length);
  const period = stride * length;
  for (let i = 0; i < values.length; i++) {
    const within = i % period;
    const base = i - within;
    let sum = kernel[0] * values[i];
    for (let lag = 1; lag < kernel.length; lag++) {
      const offset = lag * stride;
      sum +=
        kernel[lag] *
        (values[base + ((within + offset) % period)] + values[base + ((within - offset + period) % period)]);
    }
    result[i] = sum;
  }
  return result;
}
