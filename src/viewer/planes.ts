/** The three anatomical planes as ways of cutting a volume, and how a cut lies on the screen.
 *
 *  A cut is an image of rows and columns exactly as the reader sees it: row 0 at the top, column 0 at the
 *  left, the patient's right on the left of axial and coronal cuts, the nose on the left of sagittal ones.
 *  Planes follow the volume's own axes, so a slice shown is a slice that was measured, also where the
 *  patient axes are a little oblique to it. */
import { voxelToLps } from '../volume/grid.ts';
import type { Grid, LpsPoint, Shape, VoxelPoint } from '../volume/grid.ts';
import type { PlaneName, SlicePlace } from './contract.ts';

type Axis = 0 | 1 | 2;

export interface Plane {
  readonly name: PlaneName;
  /** Index into [z, y, x] of the axis one scrolls along. */
  readonly through: Axis;
  /** The axes that run across and down the screen. */
  readonly across: Axis;
  readonly down: Axis;
  /** The volume counts z from the feet up, the screen from the head down. */
  readonly upsideDown: boolean;
  /** Slice 1 is the last index: the one nearest the head. */
  readonly numberedFromEnd: boolean;
}

export const planes = {
  axial: { name: 'axial', through: 0, across: 2, down: 1, upsideDown: false, numberedFromEnd: true },
  coronal: { name: 'coronal', through: 1, across: 2, down: 0, upsideDown: true, numberedFromEnd: false },
  sagittal: { name: 'sagittal', through: 2, across: 1, down: 0, upsideDown: true, numberedFromEnd: false },
} as const satisfies Record<PlaneName, Plane>;

export const planeNames = ['axial', 'coronal', 'sagittal'] as const;

/** Where the numbers of one cut lie in the volume: `start + row * rowStep + column * columnStep`. */
export interface Cut {
  readonly rows: number;
  readonly columns: number;
  readonly start: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

export function cutOf(plane: Plane, shape: Shape, index: number): Cut {
  const steps = [shape[1] * shape[2], shape[2], 1] as const;
  const rows = shape[plane.down];
  const downStep = steps[plane.down];
  return {
    rows,
    columns: shape[plane.across],
    start: index * steps[plane.through] + (plane.upsideDown ? (rows - 1) * downStep : 0),
    rowStep: plane.upsideDown ? -downStep : downStep,
    columnStep: steps[plane.across],
  };
}

/** Millimetres across and down from the centre of the cut's first pixel, and the slice index. */
export interface OnPlane {
  readonly index: number;
  readonly acrossMm: number;
  readonly downMm: number;
}

export function toPlane(plane: Plane, grid: Grid, voxel: VoxelPoint): OnPlane {
  const row = plane.upsideDown ? grid.shape[plane.down] - 1 - voxel[plane.down] : voxel[plane.down];
  return {
    index: voxel[plane.through],
    acrossMm: voxel[plane.across] * grid.spacingMm[plane.across],
    downMm: row * grid.spacingMm[plane.down],
  };
}

export function fromPlane(plane: Plane, grid: Grid, { index, acrossMm, downMm }: OnPlane): VoxelPoint {
  const voxel: [number, number, number] = [0, 0, 0];
  const row = downMm / grid.spacingMm[plane.down];
  voxel[plane.through] = index;
  voxel[plane.across] = acrossMm / grid.spacingMm[plane.across];
  voxel[plane.down] = plane.upsideDown ? grid.shape[plane.down] - 1 - row : row;
  return voxel;
}

/** Width and height of a cut from outer voxel edge to outer voxel edge. */
export function extentMm(plane: Plane, grid: Grid): readonly [across: number, down: number] {
  return [grid.shape[plane.across] * grid.spacingMm[plane.across], grid.shape[plane.down] * grid.spacingMm[plane.down]];
}

export function slicePlace(plane: Plane, grid: Grid, voxel: VoxelPoint): SlicePlace {
  const count = grid.shape[plane.through];
  const index = Math.min(count - 1, Math.max(0, Math.round(voxel[plane.through])));
  const middle: [number, number, number] = [...grid.shape].map((n) => (n - 1) / 2) as [number, number, number];
  middle[plane.through] = index;
  // Axis z, y, x of the volume is coordinate 2, 1, 0 of a point.
  const positionMm = voxelToLps(grid, middle)[2 - plane.through];
  return { index, number: plane.numberedFromEnd ? count - index : index + 1, count, positionMm };
}

/** How far the index moves when the slice number grows by one. */
export const indexStep = (plane: Plane) => (plane.numberedFromEnd ? -1 : 1);

const letters: readonly (readonly [positive: string, negative: string])[] = [
  ['L', 'R'],
  ['P', 'A'],
  ['H', 'F'],
];

/** Where a direction points in the patient: one letter, or two when it lies well between two axes. */
export function directionLetters(direction: LpsPoint): string {
  return [0, 1, 2]
    .map((axis) => ({ size: Math.abs(direction[axis]), letter: letters[axis][direction[axis] > 0 ? 0 : 1] }))
    .filter(({ size }) => size > 0.3)
    .sort((a, b) => b.size - a.size)
    .map(({ letter }) => letter)
    .slice(0, 2)
    .join('');
}

export interface EdgeLetters {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** Read from the volume's directions, not from the plane's name: a volume that lies otherwise says so. */
export function edgeLetters(plane: Plane, grid: Grid): EdgeLetters {
  const negative = (d: LpsPoint): LpsPoint => [-d[0], -d[1], -d[2]];
  const across = grid.direction[plane.across];
  const down = plane.upsideDown ? negative(grid.direction[plane.down]) : grid.direction[plane.down];
  return {
    left: directionLetters(negative(across)),
    right: directionLetters(across),
    top: directionLetters(negative(down)),
    bottom: directionLetters(down),
  };
}
