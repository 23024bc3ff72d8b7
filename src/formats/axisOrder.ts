/** How a source's array axes lie in the patient, and the permutation and flips that bring them to reading order. */
import type { Grid, LpsPoint, Shape } from '../volume/grid.ts';
import type { AxisOrder, AxisStep } from './series.ts';

/** An array axis of a source. */
export interface SourceAxis {
  readonly count: number;
  readonly spacingMm: number;
  /** Unit vector of one step. */
  readonly towards: LpsPoint;
}

/** The fastest axis first (columns, rows, slices; i, j, k in NIfTI). */
export type SourceAxes = readonly [SourceAxis, SourceAxis, SourceAxis];

export const plainOrder: AxisOrder = [
  { axis: 2, reversed: false },
  { axis: 1, reversed: false },
  { axis: 0, reversed: false },
];

/** For each source axis the patient's axis nearest to it, none taken twice; z, y, x of the grid run along LPS z, y, x. */
export function nearestAxes(units: readonly LpsPoint[]): AxisOrder {
  const permutations = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  const agreement = (lps: readonly number[]) => units.reduce((sum, unit, i) => sum + Math.abs(unit[lps[i]]), 0);
  const best = permutations.reduce((a, b) => (agreement(b) > agreement(a) + 1e-9 ? b : a));
  const step = (source: number): AxisStep => ({
    axis: (2 - best[source]) as 0 | 1 | 2,
    reversed: units[source][best[source]] < 0,
  });
  return [step(0), step(1), step(2)];
}

/** The source's own voxels in reading order: nothing is resampled, so an oblique source has an oblique grid.
 *  @param first LPS mm of the source's first voxel */
export function readingGrid(axes: SourceAxes, first: LpsPoint, order: AxisOrder): Grid {
  const origin = [...first];
  const shape = [0, 0, 0];
  const spacing = [0, 0, 0];
  const direction: LpsPoint[] = [];
  axes.forEach(({ count, spacingMm, towards }, source) => {
    const { axis, reversed } = order[source];
    shape[axis] = count;
    spacing[axis] = spacingMm;
    // Adding 0 makes of -0 the 0 it equals.
    const part = (i: 0 | 1 | 2) => (reversed ? -towards[i] : towards[i]) + 0;
    direction[axis] = [part(0), part(1), part(2)];
    if (reversed) for (let i = 0; i < 3; i++) origin[i] += (count - 1) * spacingMm * towards[i];
  });
  return {
    shape: [shape[0], shape[1], shape[2]],
    spacingMm: [spacing[0], spacing[1], spacing[2]],
    originMm: [origin[0], origin[1], origin[2]],
    direction: [direction[0], direction[1], direction[2]],
  };
}

/** Where a source's voxels lie in a volume: first + column * steps[0] + row * steps[1] + slice * steps[2]. */
export interface VoxelSteps {
  readonly first: number;
  readonly steps: readonly [column: number, row: number, slice: number];
}

/** @param shape of the volume in reading order */
export function voxelSteps(shape: Shape, order: AxisOrder): VoxelSteps {
  const strides = [shape[1] * shape[2], shape[2], 1];
  let first = 0;
  const [column, row, slice] = order.map(({ axis, reversed }) => {
    if (reversed) first += (shape[axis] - 1) * strides[axis];
    return reversed ? -strides[axis] : strides[axis];
  });
  return { first, steps: [column, row, slice] };
}
