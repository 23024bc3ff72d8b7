import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeSampleStudy, type SampleOptions } from '../src/simulation/sampleStudy.ts';

/** The sample study as DICOM files in a folder, which is made where it is missing. @returns how many */
export async function writeSampleStudy(folder: string, options: SampleOptions): Promise<number> {
  await mkdir(folder, { recursive: true });
  const files = makeSampleStudy(options);
  for (const { name, data } of files) {
    await writeFile(join(folder, basename(name)), new Uint8Array(await data.arrayBuffer()));
  }
  return files.length;
}
