import type { CoarseStudy } from './coarseStudy.ts';

/** Denser than muscle and unenhanced blood. */
const boneHu = 180;
/** Where pictures were exported in a lung window, bone ends at the window's upper end, as low as this. */
const leastBoneHu = 100;
/** A vertebra with its processes. */
const spineWidthMm = 40;
const leastBoneMm2 = 200;

/** HU from which on a voxel is bone; lower than usual where the study's values are cut off (exports of a window). */
export function boneThreshold({ hu }: CoarseStudy): number {
  let highest = -Infinity;
  for (let i = 0; i < hu.length; i++) if (hu[i] > highest) highest = hu[i];
  return Math.max(leastBoneHu, Math.min(boneHu, highest - 40));
}

/** Column of the spine: the middle of the strip of sagittal planes that holds most bone. Ribs, shoulders and contrast
 *  are spread or short; the spine stands in one place.
 *  @returns a column, or null where there is next to no bone */
export function spineColumn(study: CoarseStudy, inside: Uint8Array): number | null {
  const { grid, hu } = study;
  const [depth, , columns] = grid.shape;
  const threshold = boneThreshold(study);
  const bone = new Float64Array(columns);
  for (let i = 0; i < hu.length; i++) if (inside[i] !== 0 && hu[i] > threshold) bone[i % columns]++;
  const half = Math.round(spineWidthMm / 2 / grid.spacingMm[2]);
  let best = -1;
  let most = 0;
  for (let x = 0; x < columns; x++) {
    let sum = 0;
    for (let k = Math.max(0, x - half); k <= Math.min(columns - 1, x + half); k++) sum += bone[k];
    if (sum > most) [best, most] = [x, sum];
  }
  const perSliceMm2 = (most / depth) * grid.spacingMm[1] * grid.spacingMm[2];
  return perSliceMm2 > leastBoneMm2 ? best : null;
}
