import { lpsToVoxel, type Grid, type LpsPoint } from '../../volume/grid.ts';

/** Where a picture lies. */
export interface PicturePlace {
  /** Middle of the first pixel. */
  readonly positionMm: LpsPoint;
  /** Direction of growing columns, and of growing rows. */
  readonly row: LpsPoint;
  readonly column: LpsPoint;
  /** Between rows, between columns. */
  readonly spacingMm: readonly [number, number];
}

/** The voxel nearest to each pixel of a picture, row after row; -1 beyond the volume. */
export function voxelsUnder(place: PicturePlace, size: { rows: number; columns: number }, grid: Grid): Int32Array {
  const { positionMm, row, column, spacingMm } = place;
  const [depth, rows, columns] = grid.shape;
  const start = lpsToVoxel(grid, positionMm);
  const step = (direction: LpsPoint, mm: number) =>
    lpsToVoxel(grid, [
      positionMm[0] + mm * direction[0],
      positionMm[1] + mm * direction[1],
      positionMm[2] + mm * direction[2],
    ]).map((at, axis) => at - start[axis]);
  const [right, down] = [step(row, spacingMm[1]), step(column, spacingMm[0])];
  const voxels = new Int32Array(size.rows * size.columns);
  for (let r = 0, i = 0; r < size.rows; r++)
    for (let c = 0; c < size.columns; c++, i++) {
      const z = Math.round(start[0] + r * down[0] + c * right[0]);
      const y = Math.round(start[1] + r * down[1] + c * right[1]);
      const x = Math.round(start[2] + r * down[2] + c * right[2]);
      const isInside = z >= 0 && z < depth && y >= 0 && y < rows && x >= 0 && x < columns;
      voxels[i] = isInside ? (z * rows + y) * columns + x : -1;
    }
  return voxels;
}
