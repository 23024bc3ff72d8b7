/** Training studies kept on disk, so that a run on a busy machine spends its time on steps. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { classes } from '../../network/describe.ts';
import type { TrainingStudy } from './trainingStudy.ts';

const intensitySteps = 65535;

/** @param make what makes study number n
 *  @param key everything that its studies depend on: another key, another folder
 *  @param count of studies there are; number n is study n modulo the count */
export function keptOnDisk(
  make: (number: number) => Promise<TrainingStudy>,
  { folder, key, count }: { readonly folder: string; readonly key: unknown; readonly count: number },
): (number: number) => Promise<TrainingStudy> {
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 12);
  return async (number) => {
    const path = join(folder, hash, `${number % count}.gz`);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (bytes) return unpack(gunzipSync(bytes));
    const packed = pack(await make(number % count));
    await mkdir(join(folder, hash), { recursive: true });
    await writeFile(`${path}.${process.pid}.part`, gzipSync(packed, { level: 1 }));
    await rename(`${path}.${process.pid}.part`, path);
    return unpack(packed);
  };
}

/** A line of JSON, then intensities in 16 bits, then lung and lesion as bits 0 and 1 of a byte. */
function pack({ id, depth, trueClass, intensity, lung, lesion }: TrainingStudy): Buffer {
  const voxels = intensity.length;
  const header = Buffer.from(`${JSON.stringify({ id, depth, trueClass, voxels })}\n`);
  const values = Uint16Array.from(intensity, (value) => Math.round(value * intensitySteps));
  const masks = lung.map((value, i) => value | (lesion[i] << 1));
  return Buffer.concat([header, Buffer.from(values.buffer), masks]);
}

function unpack(bytes: Buffer): TrainingStudy {
  const end = bytes.indexOf('\n');
  const header: unknown = JSON.parse(bytes.toString('utf8', 0, end));
  const { id, depth, trueClass, voxels } = header as Pick<TrainingStudy, 'id' | 'depth' | 'trueClass'> & {
    voxels: number;
  };
  if (trueClass !== null && !classes.includes(trueClass)) throw new Error(`a kept study has the class ${trueClass}`);
  const from = end + 1;
  const values = new Uint16Array(bytes.buffer.slice(bytes.byteOffset + from, bytes.byteOffset + from + 2 * voxels));
  const masks = bytes.subarray(from + 2 * voxels);
  return {
    id,
    depth,
    trueClass,
    intensity: Float32Array.from(values, (value) => value / intensitySteps),
    lung: Uint8Array.from(masks, (value) => value & 1),
    lesion: Uint8Array.from(masks, (value) => value >> 1),
  };
}
