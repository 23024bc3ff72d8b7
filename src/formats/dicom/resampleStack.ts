/** Slices that lean, are shifted, uneven or oblique, brought onto an upright even grid. */
import { dot, type Grid, type LpsPoint } from '../../volume/grid.ts';
import type { VoxelSteps } from '../axisOrder.ts';
import { airHu } from '../hounsfield.ts';
import type { Stack } from './geometryGuard.ts';

/** Linear within each of the two slices beside a voxel, from that slice's own place, and linear between the two.
 *  @param values of the slices, where `steps` says
 *  @param into as many as the grid has voxels; air outside the slices */
export function resampleStack(stack: Stack, values: Int16Array, steps: VoxelSteps, grid: Grid, into: Int16Array): void {
  const { row, column, normal, origins, along, pixelSpacingMm } = stack;
  const [depth, height, width] = grid.shape;
  const perColumn = scaled(row, 1 / pixelSpacingMm[1]);
  const perRow = scaled(column, 1 / pixelSpacingMm[0]);
  // Where each slice's first pixel lies in its own plane, in pixels.
  const u0 = origins.map((origin) => dot(origin, perColumn));
  const v0 = origins.map((origin) => dot(origin, perRow));
  const step = scaled(grid.direction[2], grid.spacingMm[2]);
  const [uStep, vStep, tStep] = [dot(step, perColumn), dot(step, perRow), dot(step, normal)];
  const last = along.length - 1;
  const slack = 1e-3;
  let k = 0;
  let to = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < height; y++) {
      const start = [0, 1, 2].map(
        (i) =>
          grid.originMm[i] +
          z * grid.spacingMm[0] * grid.direction[0][i] +
          y * grid.spacingMm[1] * grid.direction[1][i],
      ) as unknown as LpsPoint;
      const [u, v, t] = [dot(start, perColumn), dot(start, perRow), dot(start, normal)];
      for (let x = 0; x < width; x++, to++) {
        const place = t + x * tStep;
        if (place < along[0] - slack || place > along[last] + slack) {
          into[to] = airHu;
          continue;
        }
        while (k > 0 && along[k] > place) k--;
        while (k < last - 1 && along[k + 1] <= place) k++;
        const share = Math.min(1, Math.max(0, (place - along[k]) / (along[k + 1] - along[k])));
        const [c, r] = [u + x * uStep, v + x * vStep];
        const low = inSlice(stack, values, steps, k, r - v0[k], c - u0[k]);
        const high = share === 0 ? low : inSlice(stack, values, steps, k + 1, r - v0[k + 1], c - u0[k + 1]);
        into[to] = Math.round(low + (high - low) * share);
      }
    }
}

const scaled = (a: LpsPoint, factor: number): LpsPoint => [a[0] * factor, a[1] * factor, a[2] * factor];

function inSlice(
  { rows, columns }: Stack,
  values: Int16Array,
  { first, steps: [perColumn, perRow, perSlice] }: VoxelSteps,
  k: number,
  row: number,
  column: number,
): number {
  const slack = 1e-3;
  if (row < -slack || column < -slack || row > rows - 1 + slack || column > columns - 1 + slack) return airHu;
  const r = Math.min(Math.max(row, 0), rows - 1);
  const c = Math.min(Math.max(column, 0), columns - 1);
  const r0 = Math.min(Math.floor(r), rows - 2);
  const c0 = Math.min(Math.floor(c), columns - 2);
  const at = first + k * perSlice + r0 * perRow + c0 * perColumn;
  const [fr, fc] = [r - r0, c - c0];
  const top = values[at] + (values[at + perColumn] - values[at]) * fc;
  const bottom = values[at + perRow] + (values[at + perRow + perColumn] - values[at + perRow]) * fc;
  return top + (bottom - top) * fr;
}
