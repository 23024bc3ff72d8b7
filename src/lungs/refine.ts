import type { Volume } from '../volume/grid.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Brings coarse labels back onto the study's own grid.
 *  @param sides coarse labels
 *  @returns labels on the volume's grid */
export function refine({ grid }: Volume, { grid: coarse, factors }: CoarseStudy, sides: Uint8Array): Uint8Array {
  const [depth, rows, columns] = grid.shape;
  const labels = new Uint8Array(depth * rows * columns);
  for (let z = 0, at = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const line = (Math.floor(z / factors[0]) * coarse.shape[1] + Math.floor(y / factors[1])) * coarse.shape[2];
      for (let x = 0; x < columns; x++, at++) labels[at] = sides[line + Math.floor(x / factors[2])];
    }
  return labels;
}
