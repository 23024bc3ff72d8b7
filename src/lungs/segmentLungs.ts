/** Right and left lung of a chest CT by classical means; docs/lungs.md tells the method and its figures. */
import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl, type Mask, type Volume } from '../volume/grid.ts';
import { close, select } from '../volume/morphology.ts';
import { findBowelGas } from './bowelGas.ts';
import { coarsen, type CoarseStudy } from './coarseStudy.ts';
import { insideBody } from './body.ts';
import { findAirways } from './airways.ts';
import { leftLung, partSides, rightLung } from './sides.ts';
import { refine } from './refine.ts';

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
const smallestLungMl = 40;
/** Vessels narrower than twice this belong to the lung. */
const vesselsMm = 8;
/** Half of a bowel's gas is emptier than this; of a lung, even an emphysematous one, less. */
const gasHu = -965;

/** @param volume in reading order */
export function segmentLungs(volume: Volume, options: LungOptions = {}): LungResult {
  const progress = options.onProgress ?? (() => undefined);
  const study = coarsen(volume);
  progress(0.3);
  const inside = insideBody(study);
  const airways = findAirways(study, inside);
  const lung = aeratedLung(study, inside, airways);
  if (lung === null)
    return { kind: 'none', message: 'No lungs were found: the pictures hold no large air space in a body.' };
  progress(0.5);
  const sides = partSides(study, lung, inside);
  progress(0.6);
  const { closed, dense } = closeSides(study, sides, airways);
  const labels = refine(volume, study, closed, dense, airways);
  progress(1);
  return { kind: 'found', lungs: { grid: volume.grid, labels }, notes: [] };
}

function aeratedLung(study: CoarseStudy, inside: Uint8Array, airways: Uint8Array): Uint8Array | null {
  const { grid, hu } = study;
  const air = select(hu, (value, i) => inside[i] !== 0 && airways[i] === 0 && value < aerationHu);
  const bowel = findBowelGas(study, air);
  for (let i = 0; i < air.length; i++) if (bowel[i] !== 0) air[i] = 0;
  const { labels, sizes } = labelComponents(air, grid.shape, 6);
  const gas = new Uint32Array(sizes.length);
  for (let i = 0; i < labels.length; i++) if (hu[i] < gasHu) gas[labels[i]]++;
  const isLung = sizes.map((size, i) => i > 0 && size * voxelVolumeMl(grid) >= smallestLungMl && gas[i] * 2 < size);
  if (!isLung.includes(true)) return null;
  return select(labels, (label) => isLung[label]);
}

function closeSides({ grid }: CoarseStudy, sides: Uint8Array, airways: Uint8Array) {
  const closed = sides.slice();
  for (const side of [rightLung, leftLung]) {
    const whole = close(
      select(sides, (v) => v === side),
      grid.shape,
      grid.spacingMm,
      vesselsMm,
    );
    for (let i = 0; i < whole.length; i++) if (whole[i] !== 0 && closed[i] === 0 && airways[i] === 0) closed[i] = side;
  }
  return { closed, dense: select(closed, (v, i) => v !== 0 && sides[i] === 0) };
}
