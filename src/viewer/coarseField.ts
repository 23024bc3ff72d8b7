/** A mask made small enough for a surface: each block of voxels becomes the share of it that is wanted. */
import type { Shape } from '../volume/grid.ts';
import { breaths } from './breaths.ts';
import type { LesionMap } from './contract.ts';
import type { Field } from './surfaceNets.ts';

/** @param block voxels a block is long along z, y, x; the last block of an axis may be cut short
 *  @param wanted which labels count */
export async function coarseField(
  labels: LesionMap['labels'],
  shape: Shape,
  block: Shape,
  wanted: (label: number) => boolean,
): Promise<Field> {
  const coarse = [0, 1, 2].map((axis) => Math.ceil(shape[axis] / block[axis])) as [number, number, number];
  const values = new Float32Array(coarse[0] * coarse[1] * coarse[2]);
  const full = block[0] * block[1] * block[2];
  const breath = breaths();
  for (let z = 0; z < shape[0]; z++) {
    const slab = Math.floor(z / block[0]) * coarse[1];
    for (let y = 0; y < shape[1]; y++) {
      const into = (slab + Math.floor(y / block[1])) * coarse[2];
      const from = (z * shape[1] + y) * shape[2];
      for (let x = 0; x < shape[2]; x++) {
        const label = labels[from + x];
        if (label !== 0 && wanted(label)) values[into + Math.floor(x / block[2])] += 1 / full;
      }
    }
    await breath();
  }
  return { shape: coarse, values };
}
