/** The paper's ablations: what each leaves out, and the runs that train it. */
import { trainingConfigSchema, type TrainingConfig } from '../training/trainingConfig.ts';

export interface Variant {
  readonly name: string;
  /** The subnets it has. What it lacks is neither trained nor measured. */
  readonly tasks: readonly ('classes' | 'lesions')[];
  /** What departs from the whole network in every run. */
  readonly differs?: Pick<Partial<TrainingConfig>, 'stem' | 'fixedScalars'>;
  /** What departs in the second stage alone: until there the runs are the whole network's. */
  readonly differsJointly?: Pick<Partial<TrainingConfig>, 'taskAware' | 'taskAwareWeight'>;
}

const both = ['classes', 'lesions'] as const;

export const variants: readonly Variant[] = [
  { name: 'whole network', tasks: both },
  { name: 'without classification', tasks: ['lesions'], differs: { fixedScalars: { alpha_2: 1, beta_2: 0 } } },
  // Nothing of the lesions counts, which is what zeros in their place come to, and nothing of the patches' features.
  { name: 'without segmentation', tasks: ['classes'], differs: { fixedScalars: { 'cls.p': 0, beta_1: 0 } } },
  {
    name: 'without cross-stitch',
    tasks: both,
    differs: { fixedScalars: { alpha_1: 1, beta_1: 0, alpha_2: 1, beta_2: 0 } },
  },
  { name: 'without task-aware loss', tasks: both, differsJointly: { taskAwareWeight: 0 } },
  { name: 'task-aware loss at one scale', tasks: both, differsJointly: { taskAware: 'single' } },
  { name: 'plain convolution for inception', tasks: both, differs: { stem: 'plain' } },
];

export interface Budget {
  /** Of each run: every subnet takes so many alone and as many in the second stage. */
  readonly steps: number;
  readonly seed: number;
}

/** Stage one's rate is the paper's; stage two's is three times it, as in the shipped run: these runs are short. */
const rates = { alone: 0.001, joint: 0.0003 } as const;
/** The shipped run's; at the paper's 10 short runs lose the lesions (docs/training.md). */
export const taskAwareWeight = 0.02;
const studiesAtATime = 24;

/** A variant's runs, each from the weights of the one before. The classifier comes first, so that the lesion subnet
 *  meets the C-stem that it will be joined with. Runs of one name are the same run, whichever variant asks. */
export function runsOf({ name, tasks, differs, differsJointly }: Variant, { steps, seed }: Budget): TrainingConfig[] {
  const config = (stage: TrainingConfig['stage'], suffix: string, learningRate: number, more: object = {}) =>
    trainingConfigSchema.parse({
      name: `${stage}${suffix}`,
      plan: 'tiny',
      stage,
      steps,
      seed,
      learningRate,
      warmUpSteps: Math.min(50, Math.floor(steps / 10)),
      lesionLoss: { dice: 1, focal: 1, gamma: 0, backgroundWeight: 1, lesionWeight: 1 },
      taskAwareWeight,
      averaging: 0.99,
      checkpointEvery: 100,
      studies: {
        source: 'cohort',
        cohort: 'training',
        annotatedShare: 0,
        simulatedShare: 0.667,
        distractorShare: 0.65,
        patterns: ['groundGlass', 'mixed', 'consolidation'],
        different: 64,
        atATime: studiesAtATime,
        stepsPerStudy: 16,
        ...(stage === 'lesions' && learningRate === rates.alone && { growEvery: Math.ceil(steps / 100) }),
      },
      ...differs,
      ...more,
    });
  const own = differs ? `, ${name}` : '';
  const alone = tasks.map((task) => config(task, own, rates.alone));
  const last =
    tasks.length === 2
      ? config('joint', differs || differsJointly ? `, ${name}` : '', rates.joint, differsJointly)
      : config(tasks[0], `, second stage${own}`, rates.joint);
  return [...alone, last];
}
