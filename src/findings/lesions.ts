import { componentRuns } from '../volume/components.ts';
import {
  unnumberedLesion,
  voxelToLps,
  voxelVolumeMl,
  type Grid,
  type LpsPoint,
  type Mask,
  type Volume,
} from '../volume/grid.ts';
import { longestDiameterMm, type SliceOutline } from './diameter.ts';
import {
  groundGlassBelowHu,
  highOpacityHu,
  huBins,
  leastLesionMl,
  rimMm,
  type BoxMm,
  type Lesion,
  type LesionLabels,
  type Side,
} from './findings.ts';
import { rimDepths } from './rim.ts';
import { huBin } from './tally.ts';
import { zoneCount } from './zones.ts';

export interface LesionsFound {
  readonly lesions: Lesion[];
  readonly labels: LesionLabels;
  /** Voxels of the lesion mask in the lungs, and of these the ones within each thickness of the rim. */
  readonly inLungs: number;
  readonly inRim: number[];
}

export const countOn = (lesions: readonly Lesion[], side: Lesion['side']) =>
  lesions.filter((lesion) => lesion.side === side).length;

/** Tells the lesions apart and measures each.
 *  @param thicknessMm of the rim, rising
 *  @param zoneOf a slice of a lung (0 right, 1 left) */
export function findLesions(
  volume: Volume,
  lungs: Mask,
  mask: Mask,
  thicknessMm: readonly number[],
  zoneOf: (side: number, z: number) => number,
): LesionsFound {
  const { grid, hu } = volume;
  const [, rows, columns] = grid.shape;
  const { sizes, forEach } = componentRuns(mask.labels, grid.shape, 26);
  // Whole voxels of 0.1 ml must not fail by rounding.
  const isCounted = (voxels: number) => voxels * voxelVolumeMl(grid) >= leastLesionMl - 1e-9;
  const parts = sizes
    .filter((voxels, i) => i > 0 && isCounted(voxels))
    .map(() => new LesionSums(grid, thicknessMm.length));
  const labels = new Uint16Array(mask.labels.length);
  const depths = rimDepths(lungs);
  const squares = thicknessMm.map((mm) => mm * mm);
  const byThickness = new Float64Array(squares.length + 1);
  let z = -1;
  let depth = (_y: number, _x: number) => 0;

  forEach((component, row, first, last) => {
    if (Math.floor(row / rows) !== z) {
      z = Math.floor(row / rows);
      depth = depths(z);
    }
    const part = component <= parts.length ? parts[component - 1] : null;
    const y = row - z * rows;
    labels.fill(part ? component : unnumberedLesion, row * columns + first, row * columns + last + 1);
    part?.addRun(z, y, first, last);
    for (let x = first; x <= last; x++) {
      const i = row * columns + x;
      const lung = lungs.labels[i];
      const squared = lung === 0 ? Infinity : depth(y, x);
      const rim = lung === 0 ? squares.length : thinnestRim(squares, squared);
      part?.addVoxel(hu[i], squared);
      if (lung === 0) continue;
      byThickness[rim]++;
      part?.addInLung(hu[i], lung - 1, rim, zoneOf(lung - 1, z));
    }
  });

  const inLungs = byThickness.reduce((a, b) => a + b, 0);
  const inRim = addedUp(byThickness);
  const nearer = nearerLung(lungs);
  return { lesions: parts.map((part, i) => part.finish(i + 1, nearer)), labels: { grid, labels }, inLungs, inRim };
}

/** From voxels between one thickness and the next to voxels within each; the last, beyond all, is left out. */
function addedUp(byThickness: Float64Array): number[] {
  let within = 0;
  return Array.from(byThickness.subarray(0, -1), (voxels) => (within += voxels));
}

/** Index of the first thickness whose rim holds the voxel; one past the last where none does. */
function thinnestRim(squares: readonly number[], squaredMm: number): number {
  let i = 0;
  while (i < squares.length && squaredMm > squares[i]) i++;
  return i;
}

/** The lung whose centre is nearer to a point. The lungs are gone through when first asked, since few lesions ask. */
function nearerLung({ grid, labels }: Mask): (point: LpsPoint) => Side {
  const [, rows, columns] = grid.shape;
  let centres: (LpsPoint | null)[] | null = null;
  const centresOf = () => {
    const sums = [0, 1].map(() => [0, 0, 0, 0]);
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0) continue;
      const sum = sums[labels[i] - 1];
      sum[0]++;
      sum[1] += Math.floor(i / (rows * columns));
      sum[2] += Math.floor(i / columns) % rows;
      sum[3] += i % columns;
    }
    return sums.map(([n, z, y, x]) => (n === 0 ? null : voxelToLps(grid, [z / n, y / n, x / n])));
  };
  return (point) => {
    centres ??= centresOf();
    const [toRight, toLeft] = centres.map((centre) =>
      centre ? Math.hypot(...point.map((mm, axis) => mm - centre[axis])) : Infinity,
    );
    return toRight <= toLeft ? 'right' : 'left';
  };
}

/** What one lesion's voxels add up to. */
class LesionSums {
  private readonly grid: Grid;
  private voxels = 0;
  private sumZ = 0;
  private sumY = 0;
  private sumX = 0;
  private sumHu = 0;
  private groundGlass = 0;
  private rim = 0;
  private readonly inLung = [0, 0];
  private readonly groundGlassIn = [0, 0];
  private readonly highOpacityIn = [0, 0];
  private readonly byHu = new Array<number>(huBins.bins).fill(0);
  private readonly byThickness: Float64Array;
  private readonly inZone = new Array<number>(zoneCount).fill(0);
  private readonly low = [Infinity, Infinity, Infinity];
  private readonly high = [-Infinity, -Infinity, -Infinity];
  private outline: SliceOutline = [];
  private outlineZ = -1;
  private longestMm = 0;

  constructor(grid: Grid, thicknesses: number) {
    this.grid = grid;
    this.byThickness = new Float64Array(thicknesses + 1);
  }

  addRun(z: number, y: number, first: number, last: number): void {
    const count = last - first + 1;
    this.voxels += count;
    this.sumZ += count * z;
    this.sumY += count * y;
    this.sumX += (count * (first + last)) / 2;
    [z, y, first].forEach((at, axis) => (this.low[axis] = Math.min(this.low[axis], at)));
    [z, y, last].forEach((at, axis) => (this.high[axis] = Math.max(this.high[axis], at)));
    if (z !== this.outlineZ) this.closeSlice(z);
    const row = this.outline.at(-1);
    if (row?.[0] === y) this.outline[this.outline.length - 1] = [y, row[1], last];
    else this.outline.push([y, first, last]);
  }

  addVoxel(hu: number, squaredDepthMm: number): void {
    this.sumHu += hu;
    if (hu < groundGlassBelowHu) this.groundGlass++;
    if (squaredDepthMm <= rimMm * rimMm) this.rim++;
  }

  addInLung(hu: number, side: number, thickness: number, zone: number): void {
    this.inLung[side]++;
    if (hu < groundGlassBelowHu) this.groundGlassIn[side]++;
    if (hu > highOpacityHu) this.highOpacityIn[side]++;
    this.byHu[huBin(hu)]++;
    this.byThickness[thickness]++;
    this.inZone[zone]++;
  }

  /** @param nearer the lung of a lesion that touches none */
  finish(number: number, nearer: (point: LpsPoint) => Side): Lesion {
    this.closeSlice(-1);
    const { grid, voxels, inLung } = this;
    const centroidMmLps = voxelToLps(grid, [this.sumZ / voxels, this.sumY / voxels, this.sumX / voxels]);
    const isOutside = inLung[0] + inLung[1] === 0;
    const side = inLung[0] >= inLung[1] ? 'right' : 'left';
    return {
      number,
      volumeMl: voxels * voxelVolumeMl(grid),
      boxMmLps: boxMm(grid, this.low, this.high),
      centroidMmLps,
      longestDiameterMm: this.longestMm,
      meanHu: this.sumHu / voxels,
      side: isOutside ? nearer(centroidMmLps) : side,
      groundGlassShare: this.groundGlass / voxels,
      peripheralShare: this.rim / voxels,
      counts: {
        inLung,
        groundGlass: this.groundGlassIn,
        highOpacity: this.highOpacityIn,
        outsideLungs: voxels - inLung[0] - inLung[1],
        byHu: this.byHu,
        inRim: addedUp(this.byThickness),
        inZone: this.inZone,
      },
    };
  }

  private closeSlice(nextZ: number): void {
    const [, sy, sx] = this.grid.spacingMm;
    if (this.outline.length > 0) this.longestMm = Math.max(this.longestMm, longestDiameterMm(this.outline, [sy, sx]));
    this.outline = [];
    this.outlineZ = nextZ;
  }
}

/** Box in the patient around voxels from low to high, both included; for an oblique grid, around its corners. */
function boxMm(grid: Grid, low: readonly number[], high: readonly number[]): BoxMm {
  const edges = [0, 1, 2].map((axis) => [low[axis] - 0.5, high[axis] + 0.5]);
  const corners = edges[0].flatMap((z) => edges[1].flatMap((y) => edges[2].map((x) => voxelToLps(grid, [z, y, x]))));
  const extreme = (pick: (...values: number[]) => number): LpsPoint => {
    const at = (axis: 0 | 1 | 2) => pick(...corners.map((corner) => corner[axis]));
    return [at(0), at(1), at(2)];
  };
  return { min: extreme(Math.min), max: extreme(Math.max) };
}
