/** Where voxels lie in the patient. Shapes and indices are [z, y, x]; points are [x, y, z] in LPS
 *  millimetres (x grows to the patient's left, y to the back, z to the head), as in DICOM. */

export type Shape = readonly [depth: number, rows: number, columns: number];
/** A continuous voxel index [z, y, x]; whole numbers are voxel centres. */
export type VoxelPoint = readonly [z: number, y: number, x: number] & { readonly unit?: 'voxel' };
/** A point or vector [x, y, z] in LPS millimetres. */
export type LpsPoint = readonly [x: number, y: number, z: number] & { readonly unit?: 'mm' };

export interface Grid {
  readonly shape: Shape;
  /** Distance between neighbouring voxel centres along z, y, x. */
  readonly spacingMm: readonly [z: number, y: number, x: number];
  /** LPS position of the centre of voxel [0, 0, 0]. */
  readonly originMm: LpsPoint;
  /** Unit LPS vectors of one step along z, y, x. */
  readonly direction: readonly [z: LpsPoint, y: LpsPoint, x: LpsPoint];
}

/** CT numbers on a grid, z outermost. In **reading order** (what everything past `formats` gets)
 *  z runs feet to head, y front to back, x from the patient's right to the left, so that
 *  a slice painted row by row is in radiological convention. */
export interface Volume {
  readonly grid: Grid;
  readonly hu: Int16Array;
}

/** Small whole numbers on a grid, 0 = nothing. For lungs 1 = right, 2 = left. */
export interface Mask {
  readonly grid: Grid;
  readonly labels: Uint8Array;
}

/** The value of parts too small to be counted, in maps that tell lesions apart by number. */
export const unnumberedLesion = 65535;

export const readingDirection: Grid['direction'] = [
  [0, 0, 1],
  [0, 1, 0],
  [1, 0, 0],
];

export const dot = (a: LpsPoint, b: LpsPoint): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: LpsPoint, b: LpsPoint): LpsPoint => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

export function voxelCount(shape: Shape): number {
  return shape[0] * shape[1] * shape[2];
}

export function voxelVolumeMl(grid: Grid): number {
  const [z, y, x] = grid.spacingMm;
  return (z * y * x) / 1000;
}

/** LPS millimetres of a (continuous) voxel index. */
export function voxelToLps(grid: Grid, [z, y, x]: VoxelPoint): LpsPoint {
  const [sz, sy, sx] = grid.spacingMm;
  const [dz, dy, dx] = grid.direction;
  const at = (axis: 0 | 1 | 2) => grid.originMm[axis] + z * sz * dz[axis] + y * sy * dy[axis] + x * sx * dx[axis];
  return [at(0), at(1), at(2)];
}

/** Continuous voxel index of an LPS point. Directions must be orthonormal (the geometry guard sees to it). */
export function lpsToVoxel(grid: Grid, point: LpsPoint): VoxelPoint {
  const offset = [0, 1, 2].map((axis) => point[axis] - grid.originMm[axis]);
  const along = (axis: 0 | 1 | 2) => {
    const d = grid.direction[axis];
    return (offset[0] * d[0] + offset[1] * d[1] + offset[2] * d[2]) / grid.spacingMm[axis];
  };
  return [along(0), along(1), along(2)];
}
