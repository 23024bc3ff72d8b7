import type { Mask, Volume } from '../volume/grid.ts';
import { huBins, type HuHistogram, type Side } from './findings.ts';

export const sides = ['right', 'left'] as const satisfies readonly Side[];

const lowestHu = -32768;

/** Which bin of a histogram holds a CT number; the end bins hold what lies beyond. */
export function huBin(hu: number): number {
  const bin = Math.floor((hu - huBins.lowHu) / huBins.binHu);
  return Math.min(Math.max(bin, 0), huBins.bins - 1);
}

/** How many voxels there are of each CT number. */
export class HuCounts {
  readonly counts = new Uint32Array(65536);

  sum(value: (hu: number) => number): number {
    let sum = 0;
    for (let i = 0; i < this.counts.length; i++) if (this.counts[i] > 0) sum += this.counts[i] * value(i + lowestHu);
    return sum;
  }

  voxels(fromHu = -Infinity, belowHu = Infinity): number {
    return this.sum((hu) => (hu >= fromHu && hu < belowHu ? 1 : 0));
  }

  /** null where there are no voxels. */
  meanHu(): number | null {
    const voxels = this.voxels();
    return voxels === 0 ? null : this.sum((hu) => hu) / voxels;
  }

  histogram(): HuHistogram {
    const share = new Array<number>(huBins.bins).fill(0);
    const voxels = Math.max(1, this.voxels());
    this.counts.forEach((count, i) => {
      if (count > 0) share[huBin(i + lowestHu)] += count / voxels;
    });
    return { lowHu: huBins.lowHu, binHu: huBins.binHu, share };
  }

  plus(other: HuCounts): HuCounts {
    const sum = new HuCounts();
    for (let i = 0; i < sum.counts.length; i++) sum.counts[i] = this.counts[i] + other.counts[i];
    return sum;
  }
}

/** Voxels of one lung, and of the lesions in it. */
export interface LungTally {
  readonly lung: HuCounts;
  readonly lesion: HuCounts;
  /** By slice, feet first. */
  readonly lungVoxels: Uint32Array;
  readonly lesionVoxels: Uint32Array;
}
export interface Tally {
  readonly lungs: Readonly<Record<Side, LungTally>>;
  readonly lesionOutside: number;
}

/** Counts the whole study in one pass: what is said of CT numbers and volumes follows from these counts. */
export function tally({ grid, hu }: Volume, lungs: Mask, lesions: Mask | null): Tally {
  const [depth, rows, columns] = grid.shape;
  const area = rows * columns;
  const bySide = sides.map(() => ({
    lung: new HuCounts(),
    lesion: new HuCounts(),
    lungVoxels: new Uint32Array(depth),
    lesionVoxels: new Uint32Array(depth),
  }));
  const lung = bySide.map((side) => side.lung.counts);
  const lesion = bySide.map((side) => side.lesion.counts);
  let lesionOutside = 0;
  for (let z = 0, i = 0; z < depth; z++)
    for (const end = i + area; i < end; i++) {
      const isLesion = lesions !== null && lesions.labels[i] !== 0;
      const side = lungs.labels[i] - 1;
      if (side < 0) {
        if (isLesion) lesionOutside++;
        continue;
      }
      const value = hu[i] - lowestHu;
      lung[side][value]++;
      bySide[side].lungVoxels[z]++;
      if (!isLesion) continue;
      lesion[side][value]++;
      bySide[side].lesionVoxels[z]++;
    }
  return { lungs: { right: bySide[0], left: bySide[1] }, lesionOutside };
}
