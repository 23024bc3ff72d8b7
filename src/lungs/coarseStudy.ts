import { cut, cutGrid, type Box } from '../volume/box.ts';
import type { Grid, Shape, Volume } from '../volume/grid.ts';

/** The study in voxels of about 2 to 4 mm, where lungs can be thought about fast. */
export interface CoarseStudy {
  readonly grid: Grid;
  /** Mean HU, from -1024 to 1000. */
  readonly hu: Int16Array;
  /** 1 where the scanner saw nothing: the filling around a round field of view. */
  readonly padding: Uint8Array;
  /** Study voxels per coarse voxel along z, y, x; the last may be cut. */
  readonly factors: Shape;
}

const coarseMm = 2.75;
const lowestHu = -1024;
const highestHu = 1000;
/** Air is never below this, noise included; scanners fill with -2000, -3024 and the like. */
const paddingHu = -1500;

export function coarsen({ grid, hu }: Volume): CoarseStudy {
  const factors = grid.spacingMm.map((mm) => Math.max(1, Math.round(coarseMm / mm))) as unknown as Shape;
  const shape = grid.shape.map((length, axis) => Math.ceil(length / factors[axis])) as unknown as Shape;
  const [depth, rows, columns] = shape;
  const mean = new Int16Array(depth * rows * columns);
  const padding = new Uint8Array(mean.length);
  const sums = new Float64Array(columns);
  const fillings = new Uint32Array(columns);
  for (let z = 0, at = 0; z < depth; z++)
    for (let y = 0; y < rows; y++, at += columns) {
      sums.fill(0);
      fillings.fill(0);
      const lines = addBlockRow(hu, grid.shape, factors, z, y, sums, fillings);
      for (let x = 0; x < columns; x++) {
        const count = lines * Math.min(factors[2], grid.shape[2] - x * factors[2]);
        mean[at + x] = Math.round(sums[x] / count);
        padding[at + x] = fillings[x] * 2 > count ? 1 : 0;
      }
    }
  return { grid: coarseGrid(grid, shape, factors), hu: mean, padding, factors };
}

/** The part of a study that lies in a box. */
export function cutStudy({ grid, hu, padding, factors }: CoarseStudy, box: Box): CoarseStudy {
  return { grid: cutGrid(grid, box), hu: cut(hu, grid.shape, box), padding: cut(padding, grid.shape, box), factors };
}

/** Adds all study lines under coarse row [z, y].
 *  @returns how many they are */
function addBlockRow(
  hu: Int16Array,
  shape: Shape,
  factors: Shape,
  z: number,
  y: number,
  sums: Float64Array,
  fillings: Uint32Array,
): number {
  const lastZ = Math.min((z + 1) * factors[0], shape[0]);
  const lastY = Math.min((y + 1) * factors[1], shape[1]);
  for (let k = z * factors[0]; k < lastZ; k++)
    for (let j = y * factors[1]; j < lastY; j++) {
      const line = (k * shape[1] + j) * shape[2];
      for (let x = 0, i = 0; x < sums.length; x++) {
        const end = Math.min(i + factors[2], shape[2]);
        for (; i < end; i++) {
          const value = hu[line + i];
          if (value < paddingHu) fillings[x]++;
          sums[x] += value < lowestHu ? lowestHu : value > highestHu ? highestHu : value;
        }
      }
    }
  return (lastZ - z * factors[0]) * (lastY - y * factors[1]);
}

function coarseGrid(grid: Grid, shape: Shape, factors: Shape): Grid {
  const [z, y, x] = grid.spacingMm;
  const shift = factors.map((factor, axis) => ((factor - 1) / 2) * grid.spacingMm[axis]);
  const at = (k: 0 | 1 | 2) =>
    grid.originMm[k] + [0, 1, 2].reduce((sum, a) => sum + shift[a] * grid.direction[a][k], 0);
  return {
    shape,
    spacingMm: [z * factors[0], y * factors[1], x * factors[2]],
    originMm: [at(0), at(1), at(2)],
    direction: grid.direction,
  };
}
