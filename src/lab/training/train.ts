/** A training run: draws samples, takes steps, writes a log and checkpoints, goes on where one ended. */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OnnxRuntime } from '../../engine/onnx/onnxEngine.ts';
import { openNode } from '../../engine/onnx/openNode.ts';
import { readWeights, writeWeights } from '../../formats/weights.ts';
import { describeParameters } from '../../network/describe.ts';
import type { Weights } from '../../network/graph.ts';
import type { Plan } from '../../network/plans.ts';
import { feedsOf, type Sample } from './feeds.ts';
import { initialWeights } from '../../network/initialWeights.ts';
import { uniform } from '../../volume/random.ts';
import { lossNames } from './step.ts';
import { StudyFeatureCache } from './studyFeatures.ts';
import { Trainer, type Losses } from './trainer.ts';
import { learningRateAt, planOf, studiesAt, type TrainingConfig } from './trainingConfig.ts';
import { describeClassStage, describeJointStage, describeLesionStage, type TrainingGraph } from './trainingGraph.ts';
import { readCohort, type CohortCase } from '../cohort.ts';
import { threadedStudies } from './threadedStudies.ts';
import { toyStudies } from './toyStudies.ts';
import { drawPatch, type StudySource, type TrainingStudy } from './trainingStudy.ts';

export interface TrainOptions {
  readonly config: TrainingConfig;
  /** Folder for `log.csv`, `checkpoint.safetensors` and, at the end, `weights.safetensors`. */
  readonly out: string;
  readonly runtime: OnnxRuntime;
  readonly threads: number;
  /** What the files of a cohort are named from. */
  readonly dataFolder?: string | undefined;
  /** To draw from instead of making a source, for several runs on the same studies. */
  readonly source?: StudySource;
  /** To start from instead of chance. A checkpoint in `out` goes before it. */
  readonly start?: Weights;
  /** Stops after so many steps of this call, with a checkpoint; the learning rate keeps to the whole run. Where
   *  that is a multiple of `checkpointEvery` the curve is that of a run that was never stopped. */
  readonly stopAfter?: number;
  readonly onStep?: (line: StepReport) => void;
}
export interface StepReport {
  readonly step: number;
  readonly learningRate: number;
  readonly losses: Losses;
  readonly elapsedMs: number;
}

/** Beside the runs, ignored by git. */
const studyFolder = fileURLToPath(new URL('../../../.cache/studies/', import.meta.url));

/** What the configuration draws from. A source has a thread of its own as long as the program runs.
 *  @param cases in place of the cohort that the configuration names */
export async function sourceOf(
  { studies }: TrainingConfig,
  plan: Plan,
  dataFolder: string | undefined,
  cases?: readonly CohortCase[],
): Promise<StudySource> {
  if (studies.source === 'toy') return toyStudies(plan);
  if (!studies.cohort || !dataFolder)
    throw new Error('A cohort needs its name in the configuration and a data folder.');
  const cohort = cases ?? (await readCohort(studies.cohort));
  const { annotatedShare, addedShare, simulatedShare, severeShare, singleSliceShare } = studies;
  const { distractorShare, patterns, seed } = studies;
  return threadedStudies({
    plan,
    cases: {
      cohort,
      dataFolder,
      annotatedShare,
      addedShare,
      simulatedShare,
      severeShare,
      singleSliceShare,
      distractorShare,
      patterns,
      seed,
    },
    kept: studies.different === undefined ? null : { folder: studyFolder, count: studies.different },
  });
}

/** @returns the weights at the end of this call */
export async function train(options: TrainOptions): Promise<Weights> {
  const { config, out, runtime, threads, onStep } = options;
  const plan = planOf(config);
  const graph = graphOf(config, plan);
  const { fixedScalars = {} } = config;
  const start = options.start ?? initialWeights(describeParameters(plan), config.seed);
  const weights = withScalars(start, fixedScalars);
  const settings = {
    lesion: config.lesionLoss,
    classWeight: config.classLossWeight,
    taskAwareWeight: config.taskAwareWeight,
    fixed: new Set(Object.keys(fixedScalars)),
  };
  const trainer = await Trainer.open({ runtime, threads, graph, settings, averaging: config.averaging, weights });
  const engine = openNode(runtime, threads);
  const features = new StudyFeatureCache(engine, plan, config.refreshEvery, config.studies.atATime);
  await mkdir(out, { recursive: true });
  await resume(trainer, config, out);

  const draw = sampler(config, plan, options.source ?? (await sourceOf(config, plan, options.dataFolder)));
  const last = Math.min(config.steps, trainer.step + (options.stopAfter ?? Infinity));
  let next = trainer.step < last ? draw(trainer.step + 1) : null;
  while (next && trainer.step < last) {
    const step = trainer.step + 1;
    const sample = await next;
    next = step < last ? draw(step + 1) : null; // prepared while the step runs, where the source can
    const started = performance.now();
    const asked = graph.inputs.some(({ name }) => name === 'cStem' || name === 'otherPasted');
    const withPatches = config.stage !== 'lesions';
    const known = asked ? await features.of(sample.study, step, withPatches, () => trainer.weights()) : null;
    const learningRate = learningRateAt(step, config);
    const losses = await trainer.train(feedsOf(graph, plan, sample, known), learningRate);
    const report = { step, learningRate, losses, elapsedMs: performance.now() - started };
    await appendFile(join(out, logName), logLine(report));
    onStep?.(report);
    if (step % config.checkpointEvery === 0 || step === last) {
      await writeCheckpoint(trainer, config, out);
      features.clear(); // a run that goes on from here has none either, and must come to the same
    }
  }
  const result = trainer.averagedWeights();
  if (trainer.step === config.steps) await writeWhole(join(out, 'weights.safetensors'), writeWeights(result));
  engine.dispose();
  await trainer.close();
  return result;
}

/** @throws Error when the network has no such scalar */
function withScalars(weights: Weights, scalars: Readonly<Record<string, number>>): Weights {
  const changed = Object.entries(scalars).map(([name, value]) => {
    if (weights.get(name)?.data.length !== 1) throw new Error(`the network has no scalar ${name}`);
    return [name, { shape: [1], data: Float32Array.of(value) }] as const;
  });
  return new Map([...weights, ...changed]);
}

function graphOf(config: TrainingConfig, plan: Plan): TrainingGraph {
  return {
    lesions: () => describeLesionStage(plan, config.classifierStem ?? 'given'),
    classes: () => describeClassStage(plan, config.classifierStem ?? 'trained'),
    joint: () => describeJointStage(plan, config.taskAware),
  }[config.stage]();
}

/** Chance depends on seed and step alone, so a resumed run draws what the whole one would have drawn. */
function sampler(config: TrainingConfig, plan: Plan, source: StudySource): (step: number) => Promise<Sample> {
  const studies = keptStudies(source, config.studies.atATime);
  return async (step) => {
    const random = uniform(config.seed * 1_000_003 + step);
    for (let i = 0; i < 3; i++) random(); // neighbouring seeds begin alike
    const { first, count } = studiesAt(step, config.studies);
    const study = await studies(first + Math.floor(random() * count));
    void studies(first + count).catch(() => undefined); // soon asked for; what fails is told then
    // Sources give the classes equally often, or are told in what shares.
    return { study, patch: drawPatch(study, plan, random), classWeight: 1 };
  };
}

/** A source's latest studies, each made once. */
function keptStudies(source: StudySource, limit: number): (number: number) => Promise<TrainingStudy> {
  const kept = new Map<number, Promise<TrainingStudy>>();
  return (number) => {
    const study = kept.get(number) ?? source.study(number);
    kept.set(number, study);
    for (const oldest of [...kept.keys()].sort((a, b) => a - b)) if (kept.size > limit + 2) kept.delete(oldest);
    return study;
  };
}

const logName = 'log.csv';
const checkpointName = 'checkpoint.safetensors';
const logHeader = `step,learningRate,${lossNames.join()},ms\n`;

function logLine({ step, learningRate, losses, elapsedMs }: StepReport): string {
  const numbers = lossNames.map((name) => losses[name]?.toPrecision(6) ?? '');
  return `${[step, learningRate.toPrecision(4), ...numbers, Math.round(elapsedMs)].join()}\n`;
}

/** Whole or not at all: a run may be ended at any time. */
async function writeWhole(path: string, bytes: Uint8Array | string): Promise<void> {
  await writeFile(`${path}.part`, bytes);
  await rename(`${path}.part`, path);
}

async function writeCheckpoint(trainer: Trainer, config: TrainingConfig, out: string): Promise<void> {
  const metadata = { step: String(trainer.step), config: JSON.stringify(config) };
  await writeWhole(join(out, checkpointName), writeWeights(trainer.snapshot(), metadata));
}

/** Goes on from a checkpoint in the folder, if there is one, and cuts the log back to it.
 *  @throws Error when the checkpoint is of another configuration or damaged */
async function resume(trainer: Trainer, config: TrainingConfig, out: string): Promise<void> {
  const log = join(out, logName);
  const file = await readFile(join(out, checkpointName)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (!file) return writeWhole(log, logHeader);
  const checkpoint = readWeights(file);
  if (checkpoint.kind === 'refused') throw new Error(`${out}/${checkpointName}: ${checkpoint.message}`);
  if (checkpoint.metadata.config !== JSON.stringify(config)) {
    throw new Error(`${out} holds a checkpoint of another configuration; choose another folder, or delete it.`);
  }
  const step = Number(checkpoint.metadata.step);
  trainer.restore(checkpoint.tensors, step);
  const lines = (await readFile(log, 'utf8')).split('\n');
  await writeWhole(log, `${lines.slice(0, step + 1).join('\n')}\n`);
}
