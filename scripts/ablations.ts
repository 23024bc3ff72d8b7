/** npm run ablations -- --data FOLDER [--out FOLDER] [--steps N] [--seeds 1,2] [--studies N] [--threads N]
 *  Trains every variant of `src/lab/ablations/variants.ts` with the same steps (N a run), measures all of them on so many
 *  simulated studies in each of the validation cohort's lungs without lesions, writes `table.md` and `cases.json`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { ablationTable, type AblationCase } from '../src/lab/ablations/ablationTable.ts';
import { measureVariant, type TrainedVariant } from '../src/lab/ablations/measureVariant.ts';
import { trainVariant } from '../src/lab/ablations/trainVariant.ts';
import { runsOf, taskAwareWeight, variants } from '../src/lab/ablations/variants.ts';
import { foundLungs, openCase, readCohort } from '../src/lab/cohort.ts';
import { simulatedStudies } from '../src/lab/evaluation/simulatedCohort.ts';
import { sourceOf } from '../src/lab/training/train.ts';
import { planOf } from '../src/lab/training/trainingConfig.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    out: { type: 'string', default: '.cache/ablations' },
    steps: { type: 'string', default: '600' },
    seeds: { type: 'string', default: '1' },
    studies: { type: 'string', default: '6' },
    threads: { type: 'string', default: '1' },
  },
});
if (!values.data) throw new Error('--data FOLDER: what the files of the cohorts are named from');
const dataFolder = values.data;
const steps = Number(values.steps);
const studiesEach = Number(values.studies);
const threads = Number(values.threads);
const seeds = values.seeds.split(',').map(Number);

const [first] = runsOf(variants[0], { steps, seed: seeds[0] });
const source = await sourceOf(first, planOf(first), dataFolder);
const trained: TrainedVariant[] = [];
for (const seed of seeds)
  for (const variant of variants) {
    const started = performance.now();
    const out = join(values.out, `${steps} steps, seed ${seed}`);
    const weights = await trainVariant(variant, { steps, seed }, { runtime, threads, source, dataFolder, out });
    const [run] = runsOf(variant, { steps, seed });
    trained.push({ variant: variant.name, seed, plan: planOf(run), weights });
    console.log(`seed ${seed}, ${variant.name}: trained in ${Math.round((performance.now() - started) / 1000)} s`);
  }

const engine = openNode(runtime, threads);
const cases: AblationCase[] = [];
const hosts = (await readCohort('validation')).filter(({ lesions }) => lesions === 'none');
for (const [place, row] of hosts.entries()) {
  const host = await openCase(row, dataFolder);
  for (const study of simulatedStudies(host, foundLungs(host), place, studiesEach)) {
    for (const one of trained) cases.push(await measureVariant(one, study, engine));
    console.log(`measured on ${study.id}`);
  }
}
engine.dispose();

const { name, patch } = planOf(first);
const table = `${steps} steps a run: each subnet that a variant has alone, then the second stage, so ${2 * steps} for every subnet. Plan
${name}, patch ${patch.join(' x ')}, task-aware weight ${taskAwareWeight}, seeds ${seeds.join(', ')}; ${studiesEach} simulated studies in each of
${hosts.length} lungs that training never saw. Mean (deviation) [95 % interval by patient].

${ablationTable(variants, cases)}`;
await mkdir(values.out, { recursive: true });
await writeFile(join(values.out, 'table.md'), table);
await writeFile(join(values.out, 'cases.json'), `${JSON.stringify(cases, null, 1)}\n`);
console.log(`\n${table}`);
