/** npm run leave-one-out -- --data FOLDER --start WEIGHTS.safetensors [--config NAME|FILE.json] [--only ID,ID] [--out FOLDER]
 *                          [--threads N]
 *  For every annotated patient a model that never saw him: trained on from WEIGHTS, which must not have seen him either,
 *  with the other annotated patients and the training cohort's lungs without infection, then measured on him as
 *  `npm run evaluate` does. What comes after the network is taken from the model lite. Writes `report.html` and
 *  `cases.json`; a run that was ended goes on from its checkpoints. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { openCase, readCohort } from '../src/lab/cohort.ts';
import { evaluateCase, type CaseResult } from '../src/lab/evaluation/evaluate.ts';
import { sourceOf, train } from '../src/lab/training/train.ts';
import { planOf } from '../src/lab/training/trainingConfig.ts';
import { loadManifest } from '../src/network/model.ts';
import { sha256Of } from '../src/network/sha256.ts';
import { modelsFolder } from './modelFolder.ts';
import { trainedWeights } from './trainedWeights.ts';
import { readTrainingConfig } from './trainingConfigFile.ts';
import { writeEvaluation } from './writeEvaluation.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    start: { type: 'string' },
    config: { type: 'string', default: 'lite-lesions-fold' },
    only: { type: 'string' },
    out: { type: 'string', default: '.cache/leave-one-out' },
    threads: { type: 'string' },
  },
});
if (!values.data) throw new Error('--data FOLDER: what the files of the cohorts are named from');
if (!values.start) throw new Error('--start WEIGHTS.safetensors: trained without any annotated patient');
const dataFolder = values.data;
const threads = Number(values.threads ?? availableParallelism());
const config = await readTrainingConfig(values.config);
const plan = planOf(config);
const startBytes = await readFile(values.start);
const start = trainedWeights(values.start, startBytes);
const manifest = await loadManifest((path) => readFile(join(modelsFolder, path)), 'lite');
if (manifest.kind === 'refused') throw new Error(manifest.message);
const { spatialPrior, looksTwice } = manifest.value;

const training = await readCohort('training');
const annotated = [...training, ...(await readCohort('validation'))].filter(
  ({ lesions }) => typeof lesions === 'object',
);
const healthy = training.filter(({ lesions }) => lesions === 'none');
const wanted = values.only?.split(',');

const engine = openNode(runtime, threads);
const cases: CaseResult[] = [];
for (const left of annotated.filter(({ id }) => wanted?.includes(id) ?? true)) {
  const others = [...annotated.filter((row) => row !== left), ...healthy];
  const source = await sourceOf(config, plan, dataFolder, others);
  const weights = await train({ config, source, start, runtime, threads, out: join(values.out, left.id) });
  const result = await evaluateCase(await openCase(left, dataFolder), 'found', {
    plan,
    weights,
    engine,
    spatialPrior,
    looksTwice,
  });
  cases.push(result);
  console.log(`${left.id}, never seen: Dice ${result.dice?.toFixed(3) ?? 'not defined'}`);
}
engine.dispose();

const about = `Annotated patients, each read by a model that never saw him (${config.steps} steps on from ${basename(values.start)}); lungs found.`;
const model = { model: basename(values.start), sha256: await sha256Of(startBytes) };
await writeEvaluation(values.out, 'leave-one-out', model, [{ name: 'leave one patient out', about, cases }]);
