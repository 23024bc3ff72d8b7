/** npm run average-weights -- OUT.safetensors FILE.safetensors …
 *  The mean of several states of one training run, value by value; of a checkpoint, its running average. */
import { readFile, writeFile } from 'node:fs/promises';
import { writeWeights } from '../src/formats/weights.ts';
import { meanOfWeights } from '../src/network/meanOfWeights.ts';
import { trainedWeights } from './trainedWeights.ts';

const [out, ...paths] = process.argv.slice(2);
if (paths.length === 0) throw new Error('usage: npm run average-weights -- OUT.safetensors FILE.safetensors …');

const states = await Promise.all(paths.map(async (path) => trainedWeights(path, await readFile(path))));
await writeFile(out, writeWeights(meanOfWeights(states)));
