/** npm run evaluate -- --data FOLDER [--cohort NAME|FILE.csv] [--slices BASE] [--model NAME | --weights FILE]
 *                     [--lungs found|drawn] [--out FOLDER] [--threads N]
 *  Runs a model over a cohort (docs/training.md) and writes `report.html` and `cases.json`. BASE names annotated single
 *  pictures: BASE_ct.nii.gz, BASE_lesion.nii.gz, BASE.csv; each is read as a study of 24 equal slices. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { readWeights } from '../src/formats/weights.ts';
import { openCase, readCohort } from '../src/lab/cohort.ts';
import { evaluateCase, type CaseResult } from '../src/lab/evaluation/evaluate.ts';
import { cohortRows, writeReport, type CohortResult } from '../src/lab/evaluation/report.ts';
import { readSliceCohort } from '../src/lab/evaluation/sliceCohort.ts';
import { averageOf } from '../src/lab/training/trainer.ts';
import { loadModel, sha256Of } from '../src/network/model.ts';
import { plans } from '../src/network/plans.ts';
import { modelsFolder } from './modelFolder.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    cohort: { type: 'string' },
    slices: { type: 'string' },
    model: { type: 'string', default: 'lite' },
    weights: { type: 'string' },
    lungs: { type: 'string', default: 'found' },
    out: { type: 'string', default: '.cache/evaluation' },
    threads: { type: 'string' },
  },
});
if (values.lungs !== 'found' && values.lungs !== 'drawn') throw new Error('--lungs is found or drawn');
const lungsFrom = values.lungs;

/** A shipped model, or lite weights from a file; of a training checkpoint the running average. */
async function openModel() {
  if (!values.weights) {
    const model = await loadModel((path) => readFile(join(modelsFolder, path)), values.model);
    if (model.kind === 'refused') throw new Error(model.message);
    return { plan: model.value.plan, weights: model.value.weights, sha256: model.value.sha256, name: values.model };
  }
  const bytes = await readFile(values.weights);
  const file = readWeights(bytes);
  if (file.kind === 'refused') throw new Error(`${values.weights}: ${file.message}`);
  return {
    plan: plans.lite,
    weights: averageOf(file.tensors),
    sha256: await sha256Of(bytes),
    name: basename(values.weights),
  };
}

const model = await openModel();
const engine = openNode(runtime, Number(values.threads ?? availableParallelism()));
const cohorts: CohortResult[] = [];

async function measured(study: Parameters<typeof evaluateCase>[0]): Promise<CaseResult> {
  const result = await evaluateCase(study, lungsFrom, { ...model, engine });
  const { id, dice, calledShare, failure } = result;
  console.log(`${id}: Dice ${dice?.toFixed(3) ?? '–'}, called ${(100 * calledShare).toFixed(2)} % ${failure ?? ''}`);
  return result;
}

if (values.cohort) {
  if (!values.data) throw new Error('--data FOLDER: what the files of the cohort are named from');
  const path = values.cohort.endsWith('.csv')
    ? values.cohort
    : fileURLToPath(new URL(`../src/lab/cohorts/${values.cohort}.csv`, import.meta.url));
  const cases: CaseResult[] = [];
  for (const row of await readCohort(path)) cases.push(await measured(await openCase(row, values.data)));
  cohorts.push({ name: basename(values.cohort, '.csv'), about: `Whole studies, lungs ${lungsFrom}.`, cases });
}
if (values.slices) {
  const cases: CaseResult[] = [];
  for (const study of await readSliceCohort(values.slices)) cases.push(await measured(study));
  const about = `Single annotated pictures, each repeated to a study of 24 slices; CT numbers estimated, lungs ${lungsFrom}.`;
  cohorts.push({ name: basename(values.slices), about, cases });
}
engine.dispose();

await mkdir(values.out, { recursive: true });
const command = `npm run evaluate -- ${process.argv.slice(2).join(' ')}`;
const words = { model: model.name, sha256: model.sha256, command };
await writeFile(join(values.out, 'report.html'), writeReport(words, cohorts));
await writeFile(join(values.out, 'cases.json'), `${JSON.stringify({ ...words, cohorts }, null, 1)}\n`);
for (const cohort of cohorts) {
  console.log(`\n${cohort.name}`);
  for (const [name, text] of cohortRows(cohort)) console.log(`${name}: ${text}`);
}
