/** npm run average-weights -- OUT.safetensors FILE.safetensors …
 *  The mean of several states of one training run, value by value; of a checkpoint, its running average. */
import { readFile, writeFile } from 'node:fs/promises';
import { readWeights, writeWeights } from '../src/formats/weights.ts';
import { averageOf } from '../src/lab/training/trainer.ts';
import { meanOfWeights } from '../src/network/meanOfWeights.ts';

const [out, ...paths] = process.argv.slice(2);
if (paths.length === 0) throw new Error('usage: npm run average-weights -- OUT.safetensors FILE.safetensors …');

async function read(path: string) {
  const file = readWeights(await readFile(path));
  if (file.kind === 'refused') throw new Error(`${path}: ${file.message}`);
  return averageOf(file.tensors);
}

await writeFile(out, writeWeights(meanOfWeights(await Promise.all(paths.map(read)))));
