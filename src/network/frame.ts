/** Where the working grid lies in a study: numbers only, no voxels (network description, section 2). Here the
 *  working grid is still in reading order; `workingGrid.ts` turns it for models that want it otherwise. */
import type { Grid, Mask, Shape } from '../volume/grid.ts';
import type { Plan } from './plans.ts';

/** G working pixels along one axis of a slice. Pixel u covers [start + u * step, start + (u + 1) * step) in study
 *  voxels, whose first voxel covers [0, 1). */
export interface AxisFrame {
  readonly start: number;
  readonly step: number;
}

/** Working slices: whole groups of study slices from `first` on; the last group may be shorter. */
export interface SliceGroups {
  readonly first: number;
  /** Study slices that are used. */
  readonly count: number;
  /** Study slices in a group. */
  readonly size: number;
}

export interface Frame {
  readonly study: Grid;
  readonly slices: SliceGroups;
  readonly rows: AxisFrame;
  readonly columns: AxisFrame;
  /** Working slices D. */
  readonly depth: number;
  /** Working rows and columns G. */
  readonly size: number;
}

/** Lung box and slices are widened by this at each end. */
const marginMm = 10;
/** Spacings that stand for the same number differ by less than a thousandth. */
const slack = 1e-3;

/** @param lungs on the study's grid
 *  @throws RangeError where the mask is empty: whether there are lungs is asked before */
export function placeFrame(lungs: Mask, plan: Plan): Frame {
  const study = lungs.grid;
  const [spacingZ, spacingY, spacingX] = study.spacingMm;
  const box = boxOf(lungs);
  if (!box) throw new RangeError('placeFrame: the mask holds no lung');
  const size = plan.minSliceMm === null ? 1 : Math.max(1, Math.ceil(plan.minSliceMm / spacingZ - slack));
  const [depth, rows, columns] = study.shape;
  const square = (sideMm: number, y: number, x: number) => ({
    rows: centred(y, sideMm / spacingY, plan.grid),
    columns: centred(x, sideMm / spacingX, plan.grid),
  });
  const place = (first: number, end: number, inPlane: { rows: AxisFrame; columns: AxisFrame }): Frame => ({
    study,
    slices: { first, count: end - first, size },
    depth: Math.ceil((end - first) / size),
    size: plan.grid,
    ...inPlane,
  });

  if (plan.frame === 'field') {
    return place(0, depth, square(Math.max(rows * spacingY, columns * spacingX), rows / 2, columns / 2));
  }
  const [[z0, z1], [y0, y1], [x0, x1]] = box;
  const margin = Math.ceil(marginMm / spacingZ - slack);
  const sideMm = Math.max((y1 - y0) * spacingY, (x1 - x0) * spacingX) + 2 * marginMm;
  const inPlane = square(sideMm, (y0 + y1) / 2, (x0 + x1) / 2);
  return place(Math.max(0, z0 - margin), Math.min(depth, z1 + margin), inPlane);
}

function centred(centre: number, side: number, pixels: number): AxisFrame {
  return { start: centre - side / 2, step: side / pixels };
}

type Range = readonly [first: number, end: number];

/** First and one past the last voxel of what is not 0, along z, y, x. */
function boxOf({ grid, labels }: Mask): readonly [Range, Range, Range] | null {
  const [depth, rows, columns] = grid.shape;
  const low = [depth, rows, columns];
  const high = [0, 0, 0];
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const at = (z * rows + y) * columns;
      let first = 0;
      while (first < columns && labels[at + first] === 0) first++;
      if (first === columns) continue;
      let last = columns - 1;
      while (labels[at + last] === 0) last--;
      [z, y, first].forEach((value, axis) => (low[axis] = Math.min(low[axis], value)));
      [z, y, last].forEach((value, axis) => (high[axis] = Math.max(high[axis], value + 1)));
    }
  if (high[0] === 0) return null;
  const range = (axis: number): Range => [low[axis], high[axis]];
  return [range(0), range(1), range(2)];
}

/** The working grid of a study that lies on it already: every working voxel is a study voxel. */
export function identityFrame(study: Grid): Frame {
  const [depth, rows, columns]: Shape = study.shape;
  if (rows !== columns) throw new RangeError(`identityFrame: slices of ${rows} x ${columns} are not square`);
  const axis = { start: 0, step: 1 };
  return { study, slices: { first: 0, count: depth, size: 1 }, rows: axis, columns: axis, depth, size: rows };
}

/** Study slices [first, end) of working slice k. */
export function groupOf({ first, count, size }: SliceGroups, k: number): Range {
  return [first + k * size, first + Math.min(count, (k + 1) * size)];
}

/** Continuous study slice of a continuous working slice; beyond the ends as if groups went on. */
export function studySlice({ slices, depth }: Frame, working: number): number {
  const centre = (k: number) => {
    const [from, end] = groupOf(slices, k);
    return (from + end - 1) / 2;
  };
  if (depth === 1) return centre(0) + working * slices.size;
  const k = Math.min(Math.max(Math.floor(working), 0), depth - 2);
  return centre(k) + (working - k) * (centre(k + 1) - centre(k));
}

/** Continuous working slice of a study slice, between the groups' centres; not clamped. */
export function workingSlice(frame: Frame, slice: number): number {
  const { slices, depth } = frame;
  if (depth === 1) return (slice - studySlice(frame, 0)) / slices.size;
  const last = studySlice(frame, depth - 2);
  if (slice < last) return (slice - studySlice(frame, 0)) / slices.size;
  return depth - 2 + (slice - last) / (studySlice(frame, depth - 1) - last);
}

/** Continuous study voxel of a continuous working pixel; whole numbers are centres on both sides. */
export const studyPixel = ({ start, step }: AxisFrame, working: number) => start + (working + 0.5) * step - 0.5;
export const workingPixel = ({ start, step }: AxisFrame, study: number) => (study + 0.5 - start) / step - 0.5;
