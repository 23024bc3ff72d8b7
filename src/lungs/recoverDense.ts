/** Takes dense lung back into the lungs: consolidation, masses and fluid, which a threshold leaves out. */
import { open, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';
import {
  directions,
  findCentre,
  mapSide,
  rayOf,
  spanDirections,
  spanSlices,
  widestAbove,
  type Centre,
  type Ray,
} from './costalSurface.ts';
import { leftLung, rightLung } from './sides.ts';
import { waysToLung } from './waysToLung.ts';
import { boneThreshold } from './spine.ts';

/** How far apart two places with lung may lie for a chord between them to be the chest wall. */
const spanDegrees = 50;
const spanMm = 80;
/** What is dense between two places with lung on one ray is lung up to here; liver and heart are thicker. */
const betweenMm = 25;
/** Lung is at the chest wall when it comes out so far in comparison with the slices above. */
const touchShare = 0.8;
const wallReachMm = 100;
/** Thickest layer taken in where the lung has touched the wall farther down, and where it has not: there the liver
 *  may begin. */
const farGapMm = 80;
const nearGapMm = 20;
/** The pleura and what the rays' steps round. */
const wallMm = 1;
/** Layers thinner than twice this are chest wall between the ribs as often as disease. */
const thinMm = 4;

/** What lies far from the wall is lung where it sees lung above, below and in so many of eight ways in the plane, in
 *  pieces that hold a ball of this radius: fewer ways ask for larger pieces, since beside the heart and at the hilum
 *  vessels come close to it. */
const enclosed = [
  { ways: 8, radiusMm: 4 },
  { ways: 7, radiusMm: 8 },
] as const;

/** @param sides aerated lungs, 1 right, 2 left
 *  @param spine its column, or null
 *  @returns sides with dense parts */
export function recoverDense(
  study: CoarseStudy,
  sides: Uint8Array,
  spine: number | null,
  airways: Uint8Array,
): Uint8Array {
  const { shape, spacingMm } = study.grid;
  const centre = findCentre(study, sides, spine);
  const found = new Uint8Array(sides.length);
  for (const side of [rightLung, leftLung]) fillSide(study, sides, found, side, centre);
  const free = select(found, (side, i) => side !== 0 && sides[i] === 0 && airways[i] === 0);
  // Less than a voxel would open nothing.
  const thick = open(free, shape, spacingMm, Math.max(thinMm, spacingMm[1], spacingMm[2]));
  const whole = sides.slice();
  for (let i = 0; i < whole.length; i++) if (thick[i] !== 0) whole[i] = found[i];
  return withEnclosed(study, whole, airways);
}

function withEnclosed(study: CoarseStudy, sides: Uint8Array, airways: Uint8Array): Uint8Array {
  const { shape, spacingMm } = study.grid;
  const bone = boneThreshold(study);
  const whole = sides.slice();
  for (const side of [rightLung, leftLung]) {
    const lung = select(sides, (value) => value === side);
    const opaque = select(study.hu, (value, i) => value > bone || (sides[i] !== 0 && sides[i] !== side));
    const ways = waysToLung(study.grid, lung, opaque);
    for (const { ways: fewest, radiusMm } of enclosed) {
      const free = select(ways, (seen, i) => seen >= fewest && whole[i] === 0 && airways[i] === 0);
      const thick = open(free, shape, spacingMm, Math.max(radiusMm, spacingMm[1], spacingMm[2]));
      for (let i = 0; i < whole.length; i++) if (thick[i] !== 0) whole[i] = side;
    }
  }
  return whole;
}

function fillSide(study: CoarseStudy, sides: Uint8Array, found: Uint8Array, side: number, centre: Centre): void {
  const { grid, hu } = study;
  const mmPerSlice = grid.spacingMm[0];
  const bone = boneThreshold(study);
  const outer = mapSide(study, sides, side, centre);
  const surface = spanSlices(spanDirections(outer, spanDegrees), Math.round(spanMm / mmPerSlice));
  const wall = widestAbove(surface, Math.round(wallReachMm / mmPerSlice));
  /** Per direction, whether the lung has touched the chest wall in a slice below: what is above is not the liver. */
  const touched = new Uint8Array(directions);
  for (let z = 0, cell = 0; z < grid.shape[0]; z++)
    for (let k = 0; k < directions; k++, cell++) {
      if (outer[cell] <= 0) continue;
      const ray = rayOf(grid, z, k, side, centre);
      fillBetween(ray, sides, found, side);
      if (outer[cell] > touchShare * wall[cell]) touched[k] = 1;
      if (surface[cell] - outer[cell] > (touched[k] !== 0 ? farGapMm : nearGapMm)) continue;
      const end = Math.min(ray.length - 1, Math.floor((surface[cell] - wallMm) / ray.stepMm));
      for (let n = Math.ceil(outer[cell] / ray.stepMm); n <= end && hu[ray.voxels[n]] <= bone; n++)
        found[ray.voxels[n]] = side;
    }
}

/** Fills what is dense between two places with lung on a ray, unless it is as thick as the liver or the heart. */
function fillBetween(ray: Ray, sides: Uint8Array, found: Uint8Array, side: number): void {
  const most = betweenMm / ray.stepMm;
  let last = -1;
  for (let n = 0; n < ray.length; n++) {
    if (sides[ray.voxels[n]] !== side) continue;
    if (last >= 0 && n - last < most) for (let m = last + 1; m < n; m++) found[ray.voxels[m]] = side;
    last = n;
  }
}
