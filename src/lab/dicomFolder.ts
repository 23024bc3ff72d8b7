/** A study of a cohort that lies there as DICOM files, without a browser and hence without codecs. */
import { openAsBlob } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeNative } from '../formats/dicom/decodeNative.ts';
import { openFiles } from '../formats/openFiles.ts';
import { readSeries } from '../formats/readSeries.ts';
import type { Volume } from '../volume/grid.ts';

/** The chest CT in the folder that suits best, as the page would choose it.
 *  @throws Error where there is none, or where its files are compressed */
export async function readDicomFolder(folder: string): Promise<Volume> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = await Promise.all(paths.map(async (path) => ({ name: path, data: await openAsBlob(path) })));
  const [best] = (await openFiles(files)).series;
  if (!best) throw new Error(`${folder}: no series in it`);
  const read = await readSeries(best, { decode: decodeNative });
  if (read.kind === 'refused') throw new Error(`${folder}: ${read.message}`);
  return read.volume;
}
