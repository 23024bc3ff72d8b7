/** npm run widen-weights -- OUT.safetensors FILE.safetensors --width N
 *  Lite weights as the same function on a plan of another width, to train on from. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { writeWeights } from '../src/formats/weights.ts';
import { widenWeights } from '../src/lab/training/widenWeights.ts';
import { plans } from '../src/network/plans.ts';
import { uniform } from '../src/volume/random.ts';
import { trainedWeights } from './trainedWeights.ts';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { width: { type: 'string' } } });
const [out, path] = positionals;
const width = Number(values.width);
if (!path || !width) throw new Error('usage: npm run widen-weights -- OUT.safetensors FILE.safetensors --width N');

const narrow = trainedWeights(path, await readFile(path));
await writeFile(out, writeWeights(widenWeights(narrow, plans.lite, { ...plans.lite, width }, uniform(1))));
