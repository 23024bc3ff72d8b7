import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl, type Shape } from '../volume/grid.ts';
import { dilate, open, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Gas, noise averaged out; a lung is emptier only in its bullae. */
const gasHu = -960;
const pureGasHu = -975;
const smallestPocketMl = 8;
/** Lung whose neighbourhood is lung too. */
const aeratedHu = -700;
const openingMm = 4;
/** The layer around a pocket that is looked at, its blurred wall left out. */
const shellMm = [8, 13] as const;
/** A bulla or a pneumothorax has more lung than this around it, stomach and colon less. */
const mostLungAround = 0.3;

/** Gas of stomach and colon, which a thin diaphragm may not part from the lung.
 *  @param air all air in the body, airways taken out
 *  @returns 1 in pockets of gas */
export function findBowelGas({ grid, hu }: CoarseStudy, air: Uint8Array): Uint8Array {
  const { shape, spacingMm } = grid;
  const smooth = boxMean(hu, shape);
  const gas = open(
    select(smooth, (value, i) => air[i] !== 0 && value < gasHu),
    shape,
    spacingMm,
    openingMm,
  );
  const { labels, sizes } = labelComponents(gas, shape, 6);
  const sums = new Float64Array(sizes.length);
  for (let i = 0; i < labels.length; i++) sums[labels[i]] += hu[i];
  const found = new Uint8Array(hu.length);
  for (let label = 1; label < sizes.length; label++) {
    if (sizes[label] * voxelVolumeMl(grid) < smallestPocketMl) break;
    if (sums[label] / sizes[label] > pureGasHu) continue;
    const pocket = select(labels, (value) => value === label);
    const near = dilate(pocket, shape, spacingMm, shellMm[0]);
    const far = dilate(pocket, shape, spacingMm, shellMm[1]);
    let around = 0;
    let lung = 0;
    for (let i = 0; i < far.length; i++)
      if (far[i] !== 0 && near[i] === 0) {
        around++;
        if (air[i] !== 0 && smooth[i] < aeratedHu) lung++;
      }
    if (lung > mostLungAround * around) continue;
    for (let i = 0; i < near.length; i++) if (near[i] !== 0 && air[i] !== 0) found[i] = 1;
  }
  return found;
}

/** Mean over 3 x 3 x 3 voxels, edges repeated. */
function boxMean(hu: Int16Array, [depth, rows, columns]: Shape): Float32Array {
  let values = Float32Array.from(hu);
  for (const [stride, length] of [
    [1, columns],
    [columns, rows],
    [rows * columns, depth],
  ]) {
    const mean = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const at = Math.floor(i / stride) % length;
      mean[i] = (values[at > 0 ? i - stride : i] + values[i] + values[at < length - 1 ? i + stride : i]) / 3;
    }
    values = mean;
  }
  return values;
}
