import type { Shape, Volume } from '../volume/grid.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Between lung and tissue at the study's own resolution. */
const borderHu = -280;
/** How much of a voxel's coarse surroundings must be lung for it to be lung: little where it is air, since the coarse
 *  border runs inside the true one where voxels are mixed; half where dense tissue was taken in on purpose; much where
 *  it is tissue beside aerated lung. */
const airShare = 0.2;
const halfShare = 0.5;
const tissueShare = 0.8;

/** Brings coarse labels back onto the study's own grid: smoothly between coarse voxels, and where lung borders on
 *  tissue, along the border that the study itself shows.
 *  @param sides coarse labels
 *  @param dense 1 where coarse lung is dense tissue taken in
 *  @param airways never air of the lung
 *  @returns labels on the volume's grid */
export function refine(
  { grid, hu }: Volume,
  { grid: coarse, factors }: CoarseStudy,
  sides: Uint8Array,
  dense: Uint8Array,
  airways: Uint8Array,
): Uint8Array {
  const [depth, rows, columns] = grid.shape;
  const [, coarseRows, coarseColumns] = coarse.shape;
  const labels = new Uint8Array(depth * rows * columns);
  const kinds = neighbourhoods(sides, coarse.shape);
  const [zAxis, yAxis, xAxis] = [0, 1, 2].map((a) => linearAxis(grid.shape[a], coarse.shape[a], factors[a]));
  /** Weight of each label around the voxel at hand. */
  const share = [0, 0, 0];
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const line = (Math.floor(z / factors[0]) * coarseRows + Math.floor(y / factors[1])) * coarseColumns;
      for (let cx = 0, x = 0; cx < coarseColumns; cx++) {
        const end = Math.min(columns, x + factors[2]);
        const kind = kinds[line + cx];
        if (kind !== mixed) {
          if (kind !== 0) labels.fill(kind, i, i + end - x);
          i += end - x;
          x = end;
          continue;
        }
        for (; x < end; x++, i++) {
          share[1] = share[2] = 0;
          for (let corner = 0; corner < 8; corner++) {
            const [a, b, c] = [corner >> 2, (corner >> 1) & 1, corner & 1];
            const at =
              (zAxis.index[2 * z + a] * coarseRows + yAxis.index[2 * y + b]) * coarseColumns + xAxis.index[2 * x + c];
            if (sides[at] !== 0)
              share[sides[at]] += zAxis.weight[2 * z + a] * yAxis.weight[2 * y + b] * xAxis.weight[2 * x + c];
          }
          const isAir = hu[i] < borderHu && airways[line + cx] === 0;
          const needed = isAir ? airShare : dense[line + cx] !== 0 ? halfShare : tissueShare;
          if (share[1] + share[2] >= needed) labels[i] = share[1] >= share[2] ? 1 : 2;
        }
      }
    }
  return labels;
}

const mixed = 255;

/** The label that a coarse voxel and all 26 around it share, or `mixed`. */
function neighbourhoods(sides: Uint8Array, shape: Shape): Uint8Array {
  let kinds = sides;
  for (const [stride, length] of [
    [1, shape[2]],
    [shape[2], shape[1]],
    [shape[1] * shape[2], shape[0]],
  ]) {
    const next = kinds.slice();
    for (let i = 0; i < kinds.length; i++) {
      const at = Math.floor(i / stride) % length;
      if (at > 0 && kinds[i - stride] !== kinds[i]) next[i] = mixed;
      if (at < length - 1 && kinds[i + stride] !== kinds[i]) next[i] = mixed;
    }
    kinds = next;
  }
  return kinds;
}

/** For each fine index the two coarse indices between whose centres it lies, and their weights, two by two. */
function linearAxis(length: number, coarseLength: number, factor: number) {
  const index = new Int32Array(2 * length);
  const weight = new Float64Array(2 * length);
  for (let i = 0; i < length; i++) {
    const at = Math.max(0, Math.min(coarseLength - 1, (i + 0.5) / factor - 0.5));
    const low = Math.min(Math.floor(at), Math.max(0, coarseLength - 2));
    index.set([low, Math.min(low + 1, coarseLength - 1)], 2 * i);
    weight.set([1 - (at - low), at - low], 2 * i);
  }
  return { index, weight };
}
