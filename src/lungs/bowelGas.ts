import { boundingBox, boxShape, cut, pasted } from '../volume/box.ts';
import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl, type Shape } from '../volume/grid.ts';
import { dilate, open, select, type Spacing } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Gas, noise averaged out, up to its blurred border; a lung is as empty only in its bullae. */
const gasHu = -930;
/** A pocket's mean; gas near dense stomach contents reads too dense by some 20 HU. */
const pocketHu = -960;
/** Smaller is hardly ever taken for lung; larger is a whole emphysematous lung. */
const pocketMl = [8, 800] as const;
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
  const lungLike = select(smooth, (value, i) => air[i] !== 0 && value < aeratedHu);
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
    const ml = sizes[label] * voxelVolumeMl(grid);
    if (ml < pocketMl[0]) break;
    if (ml > pocketMl[1] || sums[label] > pocketHu * sizes[label]) continue;
    const pocket = select(labels, (value) => value === label);
    const box = boundingBox(pocket, shape, margin(spacingMm))!;
    const part = cut(pocket, shape, box);
    const near = dilate(part, boxShape(box), spacingMm, shellMm[0]);
    const far = dilate(part, boxShape(box), spacingMm, shellMm[1]);
    const aerated = cut(lungLike, shape, box);
    let around = 0;
    let lung = 0;
    for (let i = 0; i < far.length; i++)
      if (far[i] !== 0 && near[i] === 0) {
        around++;
        if (aerated[i] !== 0) lung++;
      }
    if (lung > mostLungAround * around) continue;
    const whole = pasted(near, shape, box);
    for (let i = 0; i < whole.length; i++) if (whole[i] !== 0 && air[i] !== 0) found[i] = 1;
  }
  return found;
}

function margin(spacingMm: Spacing): Shape {
  const voxels = (axis: 0 | 1 | 2) => Math.ceil(shellMm[1] / spacingMm[axis]);
  return [voxels(0), voxels(1), voxels(2)];
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
