/** Reading the evidence, which lies on a grid of its own, at places of the study. */
import { lpsToVoxel } from '../volume/grid.ts';
import type { LpsPoint, VoxelPoint } from '../volume/grid.ts';
import type { EvidenceMap } from './contract.ts';

/** Trilinear between voxel centres; constant to the outer voxel edge, nothing beyond it.
 *  @returns null outside the map */
export function evidenceAt(map: EvidenceMap, point: LpsPoint): number | null {
  return valueAt(map, lpsToVoxel(map.grid, point));
}

export function valueAt({ grid, values }: EvidenceMap, voxel: VoxelPoint): number | null {
  const [depth, rows, columns] = grid.shape;
  const [z, y, x] = voxel;
  const inside = (at: number, size: number) => at >= -0.5 && at <= size - 0.5;
  if (!inside(z, depth) || !inside(y, rows) || !inside(x, columns)) return null;
  const [z0, z1, fz] = neighbours(z, depth);
  const [y0, y1, fy] = neighbours(y, rows);
  const [x0, x1, fx] = neighbours(x, columns);
  const along = (zi: number, yi: number) => {
    const row = (zi * rows + yi) * columns;
    return values[row + x0] * (1 - fx) + values[row + x1] * fx;
  };
  const plane = (zi: number) => along(zi, y0) * (1 - fy) + along(zi, y1) * fy;
  return plane(z0) * (1 - fz) + plane(z1) * fz;
}

/** The two samples round a place, and the share of the second. */
export function neighbours(at: number, size: number): readonly [number, number, number] {
  const held = Math.min(size - 1, Math.max(0, at));
  const first = Math.min(Math.floor(held), Math.max(0, size - 2));
  return [first, Math.min(first + 1, size - 1), held - first];
}
