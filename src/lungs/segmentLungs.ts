/** Right and left lung of a chest CT by classical means; docs/lungs.md tells the method and its figures. */
import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl, type Mask, type Volume } from '../volume/grid.ts';
import { close } from '../volume/morphology.ts';
import { coarsen, type CoarseStudy } from './coarseStudy.ts';
import { insideBody } from './body.ts';
import { refine } from './refine.ts';

export const rightLung = 1;
export const leftLung = 2;

export type LungNoteCode =
  'cut-at-top' | 'cut-at-bottom' | 'cut-at-side' | 'right-only' | 'left-only' | 'small' | 'dense-parts-added';

/** What a reader should know about the lungs found, in a reader's words. */
export interface LungNote {
  readonly code: LungNoteCode;
  readonly message: string;
}
export interface LungsFound {
  readonly kind: 'found';
  /** On the volume's grid: 1 right, 2 left. */
  readonly lungs: Mask;
  readonly notes: readonly LungNote[];
}
export interface NoLungs {
  readonly kind: 'none';
  readonly message: string;
}
export type LungResult = LungsFound | NoLungs;

export interface LungOptions {
  /** From 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** Denser than this is no aerated lung. */
const aerationHu = -400;
/** Smaller pieces of air are bowel gas or noise. */
const smallestLungMl = 60;

/** @param volume in reading order */
export function segmentLungs(volume: Volume, options: LungOptions = {}): LungResult {
  const progress = options.onProgress ?? (() => undefined);
  const study = coarsen(volume);
  progress(0.3);
  const lung = aeratedLung(study);
  if (lung === null)
    return { kind: 'none', message: 'No lungs were found: the pictures hold no large air space in a body.' };
  const sides = sidesByPosition(close(lung, study.grid.shape, study.grid.spacingMm, 6), study);
  progress(0.6);
  const labels = refine(volume, study, sides);
  progress(1);
  return { kind: 'found', lungs: { grid: volume.grid, labels }, notes: [] };
}

function aeratedLung(study: CoarseStudy): Uint8Array | null {
  const { grid, hu } = study;
  const inside = insideBody(study);
  const air = Uint8Array.from(hu, (value, i) => (inside[i] !== 0 && value < aerationHu ? 1 : 0));
  const { labels, sizes } = labelComponents(air, grid.shape, 6);
  const isLung = sizes.map((size, i) => i > 0 && size * voxelVolumeMl(grid) >= smallestLungMl && size > sizes[1] / 8);
  if (!isLung.includes(true)) return null;
  return Uint8Array.from(labels, (label) => (isLung[label] ? 1 : 0));
}

function sidesByPosition(lung: Uint8Array, { grid }: CoarseStudy): Uint8Array {
  const columns = grid.shape[2];
  let sum = 0;
  let count = 0;
  lung.forEach((value, i) => {
    if (value !== 0) {
      sum += i % columns;
      count++;
    }
  });
  const middle = sum / count;
  return lung.map((value, i) => (value === 0 ? 0 : i % columns < middle ? rightLung : leftLung));
}
