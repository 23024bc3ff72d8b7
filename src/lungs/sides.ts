/** Right and left: parted where they touch, told apart by the spine where there is only one. */
import { labelComponents } from '../volume/components.ts';
import { flood } from '../volume/flood.ts';
import { erode, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

export const rightLung = 1;
export const leftLung = 2;

/** Lungs touch at the front and the back junction over a few millimetres' depth; more is worn away in steps. */
const erosionsMm = [0, 3, 6, 9, 13];
/** The smaller lung holds at least this share of both. */
const smallestShare = 0.08;
/** Middles of two lungs lie at least so far apart. */
const leastApartMm = 70;

/** Lungs that lie apart, or one beside the spine, are told by their place; lungs that nothing parts by the plane of
 *  the spine; where no spine is seen, by the middle of the picture. */
export type HowParted = 'by-place' | 'by-plane' | 'by-picture';

/** @param lung aerated lung without airways
 *  @param spine its column, or null
 *  @returns 1 right, 2 left */
export function partSides(
  study: CoarseStudy,
  lung: Uint8Array,
  spine: number | null,
): { sides: Uint8Array; parted: HowParted } {
  const { grid, hu } = study;
  const apart = findMarkers(study, lung);
  const { markers, parted } =
    apart === null ? markersBySpine(study, lung, spine) : { markers: apart, parted: 'by-place' as const };
  const level = new Uint8Array(hu.length);
  for (let i = 0; i < hu.length; i++) level[i] = Math.max(0, Math.min(255, Math.round((hu[i] + 1024) / 4)));
  const grown = flood(markers, lung, level, grid.shape);
  return { sides: adoptLonePieces(grown, lung, study), parted };
}

/** Two large pieces side by side that are left when enough is worn away. */
function findMarkers({ grid }: CoarseStudy, lung: Uint8Array): Uint8Array | null {
  const columns = grid.shape[2];
  for (const mm of erosionsMm) {
    const core = mm === 0 ? lung : erode(lung, grid.shape, grid.spacingMm, mm);
    const { labels, sizes } = labelComponents(core, grid.shape, 6);
    if (sizes.length < 3) continue;
    const sums = new Float64Array(sizes.length);
    for (let i = 0; i < labels.length; i++) sums[labels[i]] += i % columns;
    const at = (label: number) => (sums[label] / sizes[label]) * grid.spacingMm[2];
    const total = sizes.reduce((a, b) => a + b, 0);
    const other = sizes.findIndex(
      (size, i) => i > 1 && size > smallestShare * total && Math.abs(at(i) - at(1)) > leastApartMm,
    );
    if (other < 0) continue;
    const [right, left] = at(1) < at(other) ? [1, other] : [other, 1];
    const markers = new Uint8Array(labels.length);
    for (let i = 0; i < labels.length; i++)
      if (labels[i] === right) markers[i] = rightLung;
      else if (labels[i] === left) markers[i] = leftLung;
    return markers;
  }
  return null;
}

/** One lung, or two that nothing parts: each voxel by its side of the spine. */
function markersBySpine(
  { grid }: CoarseStudy,
  lung: Uint8Array,
  spine: number | null,
): { markers: Uint8Array; parted: HowParted } {
  const columns = grid.shape[2];
  const middle = spine ?? columns / 2;
  let right = 0;
  let left = 0;
  for (let i = 0; i < lung.length; i++)
    if (lung[i] !== 0) {
      if (i % columns < middle) right++;
      else left++;
    }
  const one = Math.min(right, left) < smallestShare * (right + left);
  const markers = new Uint8Array(lung.length);
  for (let i = 0; i < lung.length; i++)
    if (lung[i] !== 0) markers[i] = (one ? right > left : i % columns < middle) ? rightLung : leftLung;
  return { markers, parted: spine === null ? 'by-picture' : one ? 'by-place' : 'by-plane' };
}

/** Pieces of lung that no marker reached belong to the side whose middle is nearer. */
function adoptLonePieces(sides: Uint8Array, lung: Uint8Array, { grid }: CoarseStudy): Uint8Array {
  const columns = grid.shape[2];
  const { labels, sizes } = labelComponents(
    select(lung, (value, i) => value !== 0 && sides[i] === 0),
    grid.shape,
    6,
  );
  if (sizes.length === 1) return sides;
  const sums = new Float64Array(sizes.length);
  const middles = [0, 0, 0];
  const counts = [0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    sums[labels[i]] += i % columns;
    middles[sides[i]] += i % columns;
    counts[sides[i]]++;
  }
  const nearer = sizes.map((size, label) => {
    const to = (side: number) =>
      counts[side] === 0 ? Infinity : Math.abs(sums[label] / size - middles[side] / counts[side]);
    return to(rightLung) <= to(leftLung) ? rightLung : leftLung;
  });
  return sides.map((side, i) => (labels[i] === 0 ? side : nearer[labels[i]]));
}
