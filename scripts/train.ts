/** npm run train -- --config NAME|FILE.json [--data FOLDER] [--out FOLDER] [--start WEIGHTS.safetensors] [--threads N]
 *  NAME is a file of src/lab/training/configs. A run that was ended goes on from its last checkpoint. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';
import { train } from '../src/lab/training/train.ts';
import { trainedWeights } from './trainedWeights.ts';
import { readTrainingConfig } from './trainingConfigFile.ts';

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'smoke' },
    data: { type: 'string' },
    out: { type: 'string' },
    start: { type: 'string' },
    threads: { type: 'string' },
  },
});

const config = await readTrainingConfig(values.config);

const reportEvery = Math.max(1, Math.round(config.steps / 100));
await train({
  config,
  runtime,
  out: values.out ?? `.cache/training/${config.name}`,
  dataFolder: values.data,
  threads: Number(values.threads ?? availableParallelism()),
  start: values.start ? trainedWeights(values.start, await readFile(values.start)) : undefined,
  onStep: ({ step, losses, elapsedMs }) => {
    if (step % reportEvery !== 0) return;
    const text = Object.entries(losses).map(([name, loss]) => `${name} ${loss.toFixed(4)}`);
    console.log(`step ${step} of ${config.steps}: ${text.join(', ')} (${Math.round(elapsedMs)} ms)`);
  },
});
