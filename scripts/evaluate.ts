/** npm run evaluate -- --data FOLDER [--cohort NAME|FILE.csv | --layout NAME] [--simulated N [--patterns NAME,NAME]]
 *                     [--slices BASE] [--model NAME | --weights FILE] [--no-prior] [--one-look]
 *                     [--lungs found|drawn] [--out FOLDER] [--threads N]
 *  Runs a model over a cohort (docs/training.md), or over FOLDER as a public collection comes, and writes `report.html`
 *  and `cases.json`. With --simulated, not over the cohort itself but over N studies with simulated disease in each of its lungs without lesions. BASE names
 *  annotated single pictures: BASE_ct.nii.gz, BASE_lesion.nii.gz, BASE.csv; each is read as a study of 24 equal slices.
 *  --no-prior leaves out what the surroundings of a voxel say (`src/network/spatialPrior.ts`), --one-look the second
 *  look (`secondLook.ts`). */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import * as runtime from 'onnxruntime-node';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { foundLungs, openCase, readCohort } from '../src/lab/cohort.ts';
import { evaluateCase, type CaseResult } from '../src/lab/evaluation/evaluate.ts';
import { readLayout } from '../src/lab/cohortLayouts.ts';
import type { CohortResult } from '../src/lab/evaluation/report.ts';
import { simulatedStudies } from '../src/lab/evaluation/simulatedCohort.ts';
import { readSliceCohort } from '../src/lab/evaluation/sliceCohort.ts';
import { loadModel } from '../src/network/model.ts';
import { sha256Of } from '../src/network/sha256.ts';
import { patterns, type Pattern } from '../src/simulation/lesionPlan.ts';
import { modelsFolder } from './modelFolder.ts';
import { trainedWeights } from './trainedWeights.ts';
import { writeEvaluation } from './writeEvaluation.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    cohort: { type: 'string' },
    layout: { type: 'string' },
    slices: { type: 'string' },
    simulated: { type: 'string' },
    patterns: { type: 'string' },
    model: { type: 'string', default: 'lite' },
    weights: { type: 'string' },
    'no-prior': { type: 'boolean', default: false },
    'one-look': { type: 'boolean', default: false },
    lungs: { type: 'string', default: 'found' },
    out: { type: 'string', default: '.cache/evaluation' },
    threads: { type: 'string' },
  },
});
if (values.lungs !== 'found' && values.lungs !== 'drawn') throw new Error('--lungs is found or drawn');
const lungsFrom = values.lungs;

/** A shipped model, with its own weights or those of a file; of a training checkpoint the running average. */
async function openModel() {
  const model = await loadModel((path) => readFile(join(modelsFolder, path)), values.model);
  if (model.kind === 'refused') throw new Error(model.message);
  const { plan, weights, sha256, manifest } = model.value;
  const spatialPrior = values['no-prior'] ? undefined : manifest.spatialPrior;
  const looksTwice = values['one-look'] ? false : manifest.looksTwice;
  if (!values.weights) return { plan, weights, sha256, spatialPrior, looksTwice, name: values.model };
  const bytes = await readFile(values.weights);
  return {
    plan,
    spatialPrior,
    looksTwice,
    weights: trainedWeights(values.weights, bytes),
    sha256: await sha256Of(bytes),
    name: basename(values.weights),
  };
}

function patternNamed(name: string): Pattern {
  const known = patterns.find((pattern) => pattern === name);
  if (!known) throw new Error(`--patterns are of ${patterns.join(', ')}`);
  return known;
}

const model = await openModel();
const engine = openNode(runtime, Number(values.threads ?? availableParallelism()));
const cohorts: CohortResult[] = [];

async function measured(study: Parameters<typeof evaluateCase>[0]): Promise<CaseResult> {
  const result = await evaluateCase(study, lungsFrom, { ...model, engine });
  const { id, dice, sensitivity, calledShare, sliceAuc, classProbabilities, failure } = result;
  const number = (value: number | null) => value?.toFixed(3) ?? '–';
  console.log(
    `${id}: Dice ${number(dice)}, sensitivity ${number(sensitivity)}, called ${calledShare === null ? '–' : (100 * calledShare).toFixed(2)} %, ` +
      `AUC of slices ${number(sliceAuc)}, classes ${classProbabilities?.map(number).join(' ') ?? '–'} ${failure ?? ''}`,
  );
  return result;
}

/** The cohort's own table where there is one, else what the data's folder is known to look like. */
async function rowsOf(cohort: string | undefined, layout: string | undefined, dataFolder: string) {
  if (cohort === undefined) return readLayout(layout ?? '', dataFolder);
  return readCohort(cohort);
}

if (values.cohort ?? values.layout) {
  if (!values.data) throw new Error('--data FOLDER: what the files of the cohort are named from');
  const rows = await rowsOf(values.cohort, values.layout, values.data);
  const name = basename(values.cohort ?? values.layout ?? '', '.csv');
  const cases: CaseResult[] = [];
  if (values.simulated) {
    const allowed = values.patterns ? values.patterns.split(',').map(patternNamed) : undefined;
    for (const [seed, row] of rows.filter(({ lesions }) => lesions === 'none').entries()) {
      const host = await openCase(row, values.data);
      for (const study of simulatedStudies(host, foundLungs(host), seed, Number(values.simulated), allowed))
        cases.push(await measured(study));
    }
    const about = `Simulated disease (${(allowed ?? patterns).join(', ')}) in lungs that training never saw, lungs ${lungsFrom}.`;
    cohorts.push({ name: `${name}, simulated`, about, cases });
  } else {
    for (const row of rows) cases.push(await measured(await openCase(row, values.data)));
    cohorts.push({ name, about: `Whole studies, lungs ${lungsFrom}.`, cases });
  }
}
if (values.slices) {
  const cases: CaseResult[] = [];
  for (const study of await readSliceCohort(values.slices)) cases.push(await measured(study));
  const about = `Single annotated pictures, each repeated to a study of 24 slices; CT numbers estimated, lungs ${lungsFrom}.`;
  cohorts.push({ name: basename(values.slices), about, cases });
}
engine.dispose();

await writeEvaluation(values.out, 'evaluate', { model: model.name, sha256: model.sha256 }, cohorts);
