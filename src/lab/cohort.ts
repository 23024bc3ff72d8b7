/** A cohort: studies as NIfTI files or DICOM folders, with masks and labels where somebody made them, listed in a CSV. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readNifti, volumeOfNifti, type NiftiImage } from '../formats/nifti.ts';
import { readDicomFolder } from './dicomFolder.ts';
import { segmentLungs } from '../lungs/segmentLungs.ts';
import { classes, type ClassName } from '../network/describe.ts';
import type { Mask, Volume } from '../volume/grid.ts';

/** What a mask column says in place of a file. `none`: looked at, nothing there. */
export type MaskColumn = { readonly file: string } | 'none' | 'unknown';

/** One row. The CSV has the columns id, ct, lungs, lesions, class and may have slices; files are named from the data's
 *  folder; an empty cell is `unknown`. In lesion files anything but 0 is lesion. */
export interface CohortCase {
  readonly id: string;
  /** A NIfTI file, or a folder of uncompressed DICOM files. */
  readonly ct: string;
  readonly lungs: MaskColumn;
  readonly lesions: MaskColumn;
  readonly trueClass: ClassName | null;
  /** `FILE.csv#CASE`: of that table the rows with CASE in the column `case`; `slice_location` in mm towards the head,
   *  `infection` 0 or 1. */
  readonly slices: string | null;
  /** The CT file holds grey values, 0 to 255 from the first of these HU to the last. */
  readonly greyWindowHu?: readonly [low: number, high: number];
}

/** What a reader said of one slice. */
export interface SliceLabel {
  readonly zMm: number;
  readonly isInfected: boolean;
}

export interface CohortStudy {
  readonly id: string;
  /** Who was scanned: cases of one patient are no independent evidence. */
  readonly patient: string;
  readonly trueClass: ClassName | null;
  readonly volume: Volume;
  /** As drawn by somebody; null where nobody did. */
  readonly drawnLungs: Mask | null;
  /** null: unknown. */
  readonly lesions: Mask | null;
  /** Empty where nobody looked slice by slice. */
  readonly sliceLabels: readonly SliceLabel[];
}

const columns = ['id', 'ct', 'lungs', 'lesions', 'class'] as const;

/** @throws Error where the table cannot be what it should be, naming the line */
export function parseCohort(csv: string): CohortCase[] {
  const [header, ...lines] = csv.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const names = header.split(',').map((name) => name.trim());
  const missing = columns.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`The cohort's table has no column ${missing.join(', ')}.`);
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const cell = (name: (typeof columns)[number] | 'slices') => cells[names.indexOf(name)] ?? '';
    const trueClass = cell('class');
    if (!cell('id') || !cell('ct')) throw new Error(`The cohort's line "${line}" names no study.`);
    if (trueClass !== '' && !isClass(trueClass)) {
      throw new Error(`The cohort's line "${line}" has the class ${trueClass}; known are ${classes.join(', ')}.`);
    }
    return {
      id: cell('id'),
      ct: cell('ct'),
      lungs: maskColumn(cell('lungs')),
      lesions: maskColumn(cell('lesions')),
      trueClass: trueClass === '' ? null : trueClass,
      slices: cell('slices') || null,
    };
  });
}

const isClass = (name: string): name is ClassName => (classes as readonly string[]).includes(name);
const maskColumn = (cell: string): MaskColumn => (cell === '' ? 'unknown' : cell === 'none' ? 'none' : { file: cell });

/** @param cohort a table's path, ending in `.csv`, or a name in src/lab/cohorts */
export async function readCohort(cohort: string): Promise<CohortCase[]> {
  const path = cohort.endsWith('.csv') ? cohort : new URL(`cohorts/${cohort}.csv`, import.meta.url);
  return parseCohort(await readFile(path, 'utf8'));
}

/** @throws Error where a file is missing or refused, or a mask lies on another grid than its study */
export async function openCase(row: CohortCase, dataFolder: string): Promise<CohortStudy> {
  const volume = await openVolume(join(dataFolder, row.ct), row.greyWindowHu);
  const mask = async (column: MaskColumn): Promise<Mask | null> => {
    if (column === 'unknown') return null;
    if (column === 'none') return { grid: volume.grid, labels: new Uint8Array(volume.hu.length) };
    const { grid, values } = await image(join(dataFolder, column.file));
    if (grid.shape.join() !== volume.grid.shape.join())
      throw new Error(`${column.file} is not on the grid of ${row.ct}.`);
    return { grid: volume.grid, labels: Uint8Array.from(values) };
  };
  return {
    id: row.id,
    patient: row.id,
    trueClass: row.trueClass,
    volume,
    drawnLungs: await mask(row.lungs),
    lesions: await mask(row.lesions),
    sliceLabels: row.slices === null ? [] : await readSliceLabels(row.slices, dataFolder),
  };
}

async function openVolume(path: string, greyWindowHu: CohortCase['greyWindowHu']): Promise<Volume> {
  if ((await stat(path)).isDirectory()) return readDicomFolder(path);
  const read = await image(path);
  if (!greyWindowHu) return volumeOfNifti(read);
  const [low, high] = greyWindowHu;
  const huOfGrey = (grey: number) => low + (grey / 255) * (high - low);
  return volumeOfNifti({ ...read, values: Float32Array.from(read.values, huOfGrey) });
}

async function readSliceLabels(column: string, dataFolder: string): Promise<SliceLabel[]> {
  const [file, name] = column.split('#');
  const [header, ...lines] = (await readFile(join(dataFolder, file), 'utf8')).trim().split(/\r?\n/);
  const [which, z, infection] = ['case', 'slice_location', 'infection'].map((title) =>
    header.split(',').indexOf(title),
  );
  const rows = lines.map((line) => line.split(',')).filter((cells) => cells[which] === name);
  if (rows.length === 0) throw new Error(`${file} says nothing of ${name}.`);
  return rows.map((cells) => ({ zMm: Number(cells[z]), isInfected: cells[infection] === '1' }));
}

async function image(path: string): Promise<NiftiImage> {
  const read = await readNifti(new Uint8Array(await readFile(path)));
  if (read.kind === 'refused') throw new Error(`${path}: ${read.message}`);
  return read;
}

/** Lungs as the page finds them. @throws Error where it finds none */
export function foundLungs({ id, volume }: Pick<CohortStudy, 'id' | 'volume'>): Mask {
  const found = segmentLungs(volume);
  if (found.kind === 'none') throw new Error(`${id}: ${found.message}`);
  return found.lungs;
}
