import { squaredDistanceMm } from '../volume/distance.ts';
import type { Mask } from '../volume/grid.ts';

/** How deep voxels lie within the lungs, slice by slice: a voxel is between the lungs and their erosion by a disk
 *  of r mm when its depth is at most r. Both lungs count as one; beyond the picture's edge they go on.
 *  @returns what gives one slice after the other: squared mm from each voxel's centre to that of the nearest in the
 *  slice that is no lung, 0 where there is no lung */
export function rimDepths({ grid, labels }: Mask): (z: number) => (y: number, x: number) => number {
  const [, rows, columns] = grid.shape;
  const [, spacingY, spacingX] = grid.spacingMm;
  return (z) => {
    const slice = labels.subarray(z * rows * columns, (z + 1) * rows * columns);
    const box = boxOf(slice, rows, columns);
    if (!box) return () => 0;
    const { top, left, height, width } = box;
    const outside = new Uint8Array(height * width);
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) outside[i] = slice[(top + y) * columns + left + x] === 0 ? 1 : 0;
    const squared = squaredDistanceMm(outside, [1, height, width], [Infinity, spacingY, spacingX]);
    return (y, x) => {
      const isInBox = y >= top && y < top + height && x >= left && x < left + width;
      return isInBox ? squared[(y - top) * width + x - left] : 0;
    };
  };
}

/** Where a slice has lung, with one voxel around it where the picture goes on; null where it has none. */
function boxOf(slice: Uint8Array, rows: number, columns: number) {
  let [top, bottom, left, right] = [rows, -1, columns, -1];
  for (let y = 0, i = 0; y < rows; y++)
    for (let x = 0; x < columns; x++, i++) {
      if (slice[i] === 0) continue;
      if (y < top) top = y;
      bottom = y;
      if (x < left) left = x;
      if (x > right) right = x;
    }
  if (bottom < 0) return null;
  top = Math.max(0, top - 1);
  left = Math.max(0, left - 1);
  return {
    top,
    left,
    height: Math.min(rows - 1, bottom + 1) - top + 1,
    width: Math.min(columns - 1, right + 1) - left + 1,
  };
}
