/** Where evidence lies in the patient (network description, section 5). */
import type { Grid } from '../volume/grid.ts';
import { voxelToLps } from '../volume/grid.ts';
import { studyPixel, studySlice, type Frame } from './frame.ts';
import type { NetworkInput } from './input.ts';
import { turnedSlice } from './orientation.ts';

/** Evidence of one encoder unit, [3, D, H, W]: classes in the order of the scores. */
export interface EvidenceScale {
  readonly shape: readonly [classes: number, depth: number, rows: number, columns: number];
  readonly data: Float32Array;
}
/** Units 1 (finest), 2 and 3. */
export type Evidence = readonly [EvidenceScale, EvidenceScale, EvidenceScale];
export type Scale = 1 | 2 | 3;

export interface PlacedEvidence {
  /** In reading order, in the patient; values between its voxels are linear, beyond its ends those of the end. */
  readonly grid: Grid;
  readonly values: Float32Array;
}

/** Evidence of one class on the grid of the finest of the given scales, the coarser ones taken linearly between
 *  their voxels and added. Positive values speak for the class.
 *  @param scales all three make the whole of what adds up to the score */
export function placeEvidence(
  input: NetworkInput,
  evidence: Evidence,
  classIndex: number,
  scales: readonly Scale[] = [1, 2, 3],
): PlacedEvidence {
  const finest = Math.min(...scales) as Scale;
  const [, depth, rows, columns] = evidence[finest - 1].shape;
  const sum = new Float32Array(depth * rows * columns);
  for (const scale of scales)
    addScale(sum, [depth, rows, columns], evidence[scale - 1], classIndex, 2 ** (scale - finest));
  return inReadingOrder(input, sum, [depth, rows, columns], finest);
}

type Sizes = readonly [depth: number, rows: number, columns: number];

/** Adds one scale at the voxels of a grid that is `factor` times finer; voxel 0 lies at voxel 0 in both. */
function addScale(sum: Float32Array, sizes: Sizes, { shape, data }: EvidenceScale, classIndex: number, factor: number) {
  const [, d, h, w] = shape;
  const values = data.subarray(classIndex * d * h * w, (classIndex + 1) * d * h * w);
  const [z, y, x] = sizes.map((size, axis) => between(size, [d, h, w][axis], factor));
  let at = 0;
  for (let iz = 0; iz < sizes[0]; iz++)
    for (let iy = 0; iy < sizes[1]; iy++)
      for (let ix = 0; ix < sizes[2]; ix++, at++) {
        let value = 0;
        for (const [kz, wz] of z[iz])
          for (const [ky, wy] of y[iy])
            for (const [kx, wx] of x[ix]) value += wz * wy * wx * values[(kz * h + ky) * w + kx];
        sum[at] += value;
      }
}

/** For each of `size` positions, the coarse voxels beside it and their weights; clamped at the end. */
function between(size: number, coarse: number, factor: number): (readonly [index: number, weight: number])[][] {
  return Array.from({ length: size }, (_, i) => {
    const position = Math.min(i / factor, coarse - 1);
    const low = Math.floor(position);
    const share = position - low;
    return share === 0
      ? [[low, 1]]
      : [
          [low, 1 - share],
          [low + 1, share],
        ];
  });
}

/** Turns a map from the network's axes to reading order and says where it lies. */
function inReadingOrder(
  input: NetworkInput,
  values: Float32Array,
  [depth, rows, columns]: Sizes,
  scale: Scale,
): PlacedEvidence {
  const { frame, preprocessing, plan } = input;
  const turned = new Float32Array(values.length);
  const isTransposed = preprocessing.axes === 'xy';
  const shape: Sizes = isTransposed ? [depth, columns, rows] : [depth, rows, columns];
  let at = 0;
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++) {
        const [row, column] = isTransposed ? [x, columns - 1 - y] : [y, x];
        turned[at++] = values[(turnedSlice(preprocessing, z, depth) * rows + row) * columns + column];
      }

  // Working position of the map's voxel [0, 0, 0] in reading order, and of one step, each along z, y, x.
  const step = 2 ** (scale + 2);
  const stepZ = Math.max((2 ** (scale + 1) * (frame.depth - 1)) / plan.slices, 1 / plan.slices);
  const firstZ = preprocessing.depth === 'head-first' ? frame.depth - 1 - stepZ * (depth - 1) : 0;
  const firstY = isTransposed ? frame.size - 1 - step * (columns - 1) : 0;
  return { grid: gridAt(frame, shape, [firstZ, firstY, 0], [stepZ, step, step]), values: turned };
}

/** A grid in the patient, from positions on the working grid. */
function gridAt(frame: Frame, shape: Sizes, first: Sizes, step: Sizes): Grid {
  const { study } = frame;
  const start = [
    studySlice(frame, first[0]),
    studyPixel(frame.rows, first[1]),
    studyPixel(frame.columns, first[2]),
  ] as const;
  const perWorking = [frame.slices.size, frame.rows.step, frame.columns.step];
  const spacing = [0, 1, 2].map((axis) => step[axis] * perWorking[axis] * study.spacingMm[axis]);
  return {
    shape,
    spacingMm: [spacing[0], spacing[1], spacing[2]],
    originMm: voxelToLps(study, start),
    direction: study.direction,
  };
}
