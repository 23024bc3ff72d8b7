import type { CoarseStudy } from './coarseStudy.ts';
import type { LungNote, LungNoteCode } from './segmentLungs.ts';
import { leftLung, rightLung, type HowParted } from './sides.ts';

/** More lung than this in the first or the last slice: there was more beyond. */
const cutMm2 = 800;
/** Lung that touches the edge of the field of view. */
const sideMm2 = 400;
/** Grown lungs hold 2 litres and more even breathed out; spacings may lie, so far less is asked for. */
const smallMl = 700;
/** Right and left differ by a fifth; far more speaks of collapse, fluid or a lung taken out. */
const unevenShare = 0.45;
/** Vessels and rounding make some. */
const denseMl = 40;

/** @param sides coarse labels, dense parts included
 *  @param dense 1 where dense tissue at the pleura was taken in
 *  @param parted how right and left were told apart */
export function noteOddities(study: CoarseStudy, sides: Uint8Array, dense: Uint8Array, parted: HowParted): LungNote[] {
  const notes: LungNote[] = [];
  const note = (code: LungNoteCode, message: string) => notes.push({ code, message });
  const { first, last, side, rightMl, leftMl, addedMl } = measure(study, sides, dense);

  if (last > cutMm2) note('cut-at-top', 'The top of the lungs lies outside the pictures and is missing.');
  if (first > cutMm2) note('cut-at-bottom', 'The lower end of the lungs lies outside the pictures and is missing.');
  if (side > sideMm2) note('cut-at-side', 'Part of the lungs lies outside the field of view and is missing.');
  if (leftMl === 0) note('right-only', 'Only a right lung was found.');
  if (rightMl === 0) note('left-only', 'Only a left lung was found.');
  if (rightMl + leftMl < smallMl) {
    note(
      'small',
      `The lungs found hold only ${Math.round(rightMl + leftMl)} ml: most of them is not seen or holds no air.`,
    );
  }
  const [smaller, larger] = rightMl < leftMl ? ['right', 'left'] : ['left', 'right'];
  if (Math.min(rightMl, leftMl) > 0 && Math.min(rightMl, leftMl) < unevenShare * Math.max(rightMl, leftMl)) {
    note('uneven', `The ${smaller} lung is far smaller than the ${larger}: collapsed lung or fluid may be left out.`);
  }
  if (addedMl > denseMl) {
    note('dense-parts-added', `${Math.round(addedMl)} ml of dense tissue at the chest wall is counted as lung.`);
  }
  if (parted === 'by-plane')
    note('sides-uncertain', 'Right and left lung are not clearly apart; the spine parts them.');
  if (parted === 'by-picture') {
    note('sides-uncertain', 'Right and left were told by the middle of the picture, for lack of a spine.');
  }
  return notes;
}

function measure({ grid, padding }: CoarseStudy, sides: Uint8Array, dense: Uint8Array) {
  const [depth, rows, columns] = grid.shape;
  const [mz, my, mx] = grid.spacingMm;
  const voxels = [0, 0, 0];
  let [first, last, side, added] = [0, 0, 0, 0];
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        if (sides[i] === 0) continue;
        voxels[sides[i]]++;
        if (dense[i] !== 0) added++;
        if (z === 0) first++;
        if (z === depth - 1) last++;
        const atEdge = x === 0 || x === columns - 1 || y === 0 || y === rows - 1;
        if (atEdge || padding[i - 1] || padding[i + 1] || padding[i - columns] || padding[i + columns]) side++;
      }
  const ml = (count: number) => (count * mz * my * mx) / 1000;
  return {
    first: first * my * mx,
    last: last * my * mx,
    side: side * mz * (my + mx) * 0.5,
    rightMl: ml(voxels[rightLung]),
    leftMl: ml(voxels[leftLung]),
    addedMl: ml(added),
  };
}
