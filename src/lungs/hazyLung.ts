import { flood } from '../volume/flood.ts';
import { open, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Denser than gas and lighter than fat there is nothing in a chest but lung, and blurred borders, which are thin. */
const [gasHu, fatHu] = [-900, -140];
/** Borders are thinner than twice this. */
const thinMm = 4;

/** Adds what joins the aerated lungs and is neither gas nor as dense as tissue: thick ground glass, and islands of
 *  aerated lung within it.
 *  @param sides aerated lungs, 1 right, 2 left
 *  @returns sides with the hazy parts */
export function withHazy(
  { hu, grid: { shape, spacingMm } }: CoarseStudy,
  inside: Uint8Array,
  sides: Uint8Array,
  airways: Uint8Array,
): Uint8Array {
  const free = (i: number) => inside[i] !== 0 && sides[i] === 0 && airways[i] === 0;
  const hazy = select(hu, (value, i) => value > gasHu && value < fatHu && free(i));
  // The diaphragm's dome, seen edge on, is blurred over no more than one slice.
  const thick = open(hazy, shape, spacingMm, Math.max(thinMm, ...spacingMm));
  const allowed = select(sides, (side, i) => side !== 0 || thick[i] !== 0);
  return flood(sides, allowed, new Uint8Array(hu.length), shape);
}
