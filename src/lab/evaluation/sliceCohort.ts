/** Single annotated pictures (MedSeg / COVID-SemiSeg), each read as a study of its own: the picture repeated. CT
 *  numbers come from the picture's grey values by the line that the table gives, where it gives one. */
import { readFile } from 'node:fs/promises';
import { readNifti } from '../../formats/nifti.ts';
import { readingDirection, type Grid } from '../../volume/grid.ts';
import type { CohortStudy } from '../cohort.ts';

/** The pictures are cut to the lungs and their pixel size is unknown: this is taken for their width. */
const widthMm = 300;
/** A lung that reaches a picture's edge would be taken for air around the body: a rim of soft tissue stands in for the
 *  chest wall that was cut off. Nothing in it counts as lesion. */
const [rimMm, rimHu] = [20, 40];
const repeats = 24;
const spacingZMm = 5;

/** @param base path without `_ct.nii.gz`, `_lesion.nii.gz` and `.csv` */
export async function readSliceCohort(base: string): Promise<CohortStudy[]> {
  const [ct, lesion] = await Promise.all([image(`${base}_ct.nii.gz`), image(`${base}_lesion.nii.gz`)]);
  const [header, ...lines] = (await readFile(`${base}.csv`, 'utf8')).trim().split(/\r?\n/);
  const names = header.split(',');
  const pictures = lines.map((line) => Object.fromEntries(line.split(',').map((cell, i) => [names[i], cell])));
  const usual = (name: string) => median(pictures.filter((row) => row[name] !== '').map((row) => Number(row[name])));
  const [usualSlope, usualIntercept] = [usual('est_hu_slope'), usual('est_hu_intercept')];
  const [, canvasRows, canvasColumns] = ct.grid.shape;
  return pictures.map((row) => {
    const [x0, y0, columns, height] = ['x0', 'y0', 'width', 'height'].map((name) => Number(row[name]));
    const slope = row.est_hu_slope === '' ? usualSlope : Number(row.est_hu_slope);
    const intercept = row.est_hu_intercept === '' ? usualIntercept : Number(row.est_hu_intercept);
    const pixelMm = widthMm / columns;
    const rim = Math.ceil(rimMm / pixelMm);
    const [rows, width] = [height + 2 * rim, columns + 2 * rim];
    const area = rows * width;
    const hu = new Int16Array(repeats * area).fill(rimHu);
    const labels = new Uint8Array(hu.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < columns; x++) {
        const from = (Number(row.slice) * canvasRows + y0 + y) * canvasColumns + x0 + x;
        const to = (rim + y) * width + rim + x;
        hu[to] = Math.round(ct.values[from] * slope + intercept);
        labels[to] = lesion.values[from] === 0 ? 0 : 1;
      }
    for (let z = 1; z < repeats; z++) {
      hu.copyWithin(z * area, 0, area);
      labels.copyWithin(z * area, 0, area);
    }
    const grid: Grid = {
      shape: [repeats, rows, width],
      spacingMm: [spacingZMm, pixelMm, pixelMm],
      originMm: [0, 0, 0],
      direction: readingDirection,
    };
    return {
      id: `slice ${row.slice}`,
      patient: row.appearance_group,
      sliceLabels: [],
      trueClass: 'covid19',
      volume: { grid, hu },
      drawnLungs: null,
      lesions: { grid, labels },
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

async function image(path: string) {
  const read = await readNifti(new Uint8Array(await readFile(path)));
  if (read.kind === 'refused') throw new Error(`${path}: ${read.message}`);
  return read;
}
