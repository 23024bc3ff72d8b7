import { z } from 'zod';
import { patterns } from '../../simulation/lesionPlan.ts';
import { plans, type Plan } from '../../network/plans.ts';
import { describedLesionLoss } from './losses.ts';

/** Everything a run depends on, beside the code. The same file gives the same curve. */
export const trainingConfigSchema = z.strictObject({
  name: z.string().min(1),
  plan: z.enum(['full', 'lite', 'tiny']),
  /** Smaller patches than the plan's make more steps an hour. Multiples of 8. */
  patch: z.tuple([z.int().multipleOf(8), z.int().multipleOf(8), z.int().multipleOf(8)]).optional(),
  /** Base width in place of the plan's. */
  width: z.int().multipleOf(8).optional(),
  /** One convolution in place of each inception block. */
  stem: z.enum(['plain']).optional(),
  /** Scalars of the network (the stitches', `cls.p`) that keep a value, by name: without exchange 1, 0, 1, 0. */
  fixedScalars: z.record(z.string(), z.number()).optional(),
  stage: z.enum(['lesions', 'classes', 'joint']),
  /** Whether the classifier's stem is trained too: in the lesion stage it is not, in the class stage it is, where
   *  nothing else is said. */
  classifierStem: z.enum(['given', 'trained']).optional(),
  /** Joint stage only. */
  taskAware: z.enum(['none', 'single', 'multi']).default('multi'),
  steps: z.int().positive(),
  learningRate: z.number().positive(),
  /** The rate rises over so many steps, then falls to zero at the last. */
  warmUpSteps: z.int().nonnegative().default(0),
  /** What a step leaves of the weights' running average; 0: none. */
  averaging: z.number().min(0).lt(1).default(0),
  seed: z.int().default(1),
  lesionLoss: z
    .strictObject({
      dice: z.number(),
      focal: z.number(),
      gamma: z.number().nonnegative(),
      backgroundWeight: z.number(),
      lesionWeight: z.number(),
    })
    .default(describedLesionLoss),
  classLossWeight: z.number().default(1),
  taskAwareWeight: z.number().default(10),
  /** Steps after which what comes of a study without gradient is made anew. */
  refreshEvery: z.int().positive().default(200),
  studies: z.strictObject({
    source: z.enum(['toy', 'cohort']),
    /** Of the source `cohort`: a file of src/lab/cohorts, and what share of studies are annotated cases; of the rest,
     *  lungs without infection, what share gets simulated disease. */
    cohort: z.string().optional(),
    annotatedShare: z.number().min(0).max(1).default(0.5),
    simulatedShare: z.number().min(0).max(1).default(0.7),
    /** What share of annotated cases gets simulated disease beside their own. */
    addedShare: z.number().min(0).max(1).optional(),
    /** Of simulated disease, what share takes a fifth of the lungs and more. */
    severeShare: z.number().min(0).max(1).optional(),
    /** Of all studies, what share is one slice repeated. */
    singleSliceShare: z.number().min(0).max(1).optional(),
    /** Of lungs without infection, what share gets what only looks like it. */
    distractorShare: z.number().min(0).max(1).default(0),
    /** What simulated lesions look like; all where it is not given. */
    patterns: z.array(z.enum(patterns)).min(1).optional(),
    /** Another one gives other studies, to a run that goes on from another. */
    seed: z.int().nonnegative().optional(),
    /** So many different studies, kept on disk; where it is not given every number is another one, made anew. */
    different: z.int().positive().optional(),
    /** Studies to draw from at a time; after every `stepsPerStudy` steps the oldest makes room for a new one. */
    atATime: z.int().positive(),
    stepsPerStudy: z.int().positive(),
    /** Steps on the first study alone, then on two, and so on up to `atATime`: from many at once a network that starts
     *  from chance learns next to nothing for hundreds of steps (docs/training.md). */
    growEvery: z.int().positive().optional(),
  }),
  checkpointEvery: z.int().positive().default(200),
});
export type TrainingConfig = z.infer<typeof trainingConfigSchema>;

/** The plan with the configuration's patch, width and stem. */
export function planOf({ plan, patch, width, stem }: TrainingConfig): Plan {
  return { ...plans[plan], ...(patch && { patch }), ...(width && { width }), ...(stem && { stem }) };
}

/** Numbers of the studies that step 1, 2, … draws from: the first, and how many. */
export function studiesAt(
  step: number,
  { atATime, stepsPerStudy, growEvery }: TrainingConfig['studies'],
): { first: number; count: number } {
  const grown = growEvery === undefined ? 0 : growEvery * (atATime - 1);
  if (growEvery !== undefined && step <= grown) return { first: 0, count: 1 + Math.floor((step - 1) / growEvery) };
  return { first: Math.floor((step - grown) / stepsPerStudy), count: atATime };
}

/** At step 1, 2, …: a linear rise, then a linear fall to zero behind the last step. */
export function learningRateAt(step: number, { learningRate, warmUpSteps, steps }: TrainingConfig): number {
  const rise = warmUpSteps === 0 ? 1 : Math.min(1, step / warmUpSteps);
  return learningRate * rise * (1 - (step - 1) / steps);
}
