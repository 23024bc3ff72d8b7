/** Lungs and lesions as NIfTI on the source's own axes; where the geometry was corrected, on the corrected grid. */
import { unnumberedLesion } from '../../volume/grid.ts';
import { writeNifti } from '../../formats/nifti.ts';
import type { ReadSeries } from '../../formats/series.ts';
import type { Kept } from './readStudy.ts';

/** In the map of numbers, parts too small to be counted. */
export const unnumberedInNifti = 32767;

/** 1 right, 2 left; empty without lungs. */
export function lungsNifti(read: ReadSeries, diagnosis: Kept): Uint8Array<ArrayBuffer> {
  const { grid, hu } = read.volume;
  const labels = diagnosis.lungs?.labels ?? new Uint8Array(hu.length);
  return writeNifti(grid, labels, described('lungs: 1 right, 2 left', read, diagnosis), read.exportOrder);
}

/** 1 where there is lesion, parts too small to be counted among them; empty where none are shown. */
export function lesionsNifti(read: ReadSeries, diagnosis: Kept): Uint8Array<ArrayBuffer> {
  const { grid, hu } = read.volume;
  const mask = new Uint8Array(hu.length);
  const labels = diagnosis.network?.lesions.labels ?? mask;
  for (let i = 0; i < mask.length; i++) if (labels[i] !== 0) mask[i] = 1;
  return writeNifti(grid, mask, described('lesions', read, diagnosis), read.exportOrder);
}

/** Each lesion by its number, `unnumberedInNifti` for what is too small to be counted. */
export function lesionNumbersNifti(read: ReadSeries, diagnosis: Kept): Uint8Array<ArrayBuffer> {
  const { grid, hu } = read.volume;
  const numbers = new Int16Array(hu.length);
  const labels = diagnosis.network?.lesions.labels ?? numbers;
  for (let i = 0; i < numbers.length; i++) numbers[i] = labels[i] === unnumberedLesion ? unnumberedInNifti : labels[i];
  return writeNifti(grid, numbers, described('lesion numbers', read, diagnosis), read.exportOrder);
}

/** In the 79 letters that NIfTI has, the most needed first. */
function described(what: string, { notes }: ReadSeries, { model, fromFile }: Kept): string {
  const corrected = notes.some(({ severity }) => severity === 'corrected') ? ', corrected grid' : '';
  return `${what}${corrected}; research use only; ${model ? `${model.name} ${model.version}` : `from a ${fromFile?.format}`}`;
}
