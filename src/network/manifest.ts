/** What a model says of itself: `manifest.json` beside its weights. */
import * as z from 'zod';
import { classes } from './describe.ts';
import { plans } from './plans.ts';

// Zod compiles its checks with `new Function` where it may; the page's security policy forbids that.
z.config({ jitless: true });

export const modelName = z.string().regex(/^[a-z0-9][a-z0-9.-]*$/, 'small letters, digits, dots and hyphens');

/** What speaks for a model: nothing, studies made by the simulator, real annotated scans as well, or a clinical
 *  study. */
export const evidenceLevels = ['none', 'simulated', 'annotated', 'clinical'] as const;
export type EvidenceLevel = (typeof evidenceLevels)[number];

const weightsFile = z.strictObject({
  file: z.string().regex(/^[\w-]+\.safetensors$/, 'the name of a .safetensors file in the same folder'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, '64 hexadecimal digits'),
});
/** Made when needed: untrained weights are not worth a download. */
const seeded = z.strictObject({ seeded: z.int().min(0).max(0xffffffff) });

export const manifestSchema = z.strictObject({
  name: modelName,
  version: z.string().min(1),
  /** A few words for the page: what this is and what it is not. */
  card: z.string().min(1),
  plan: z.enum(Object.keys(plans) as [keyof typeof plans, ...(keyof typeof plans)[]]),
  /** In the order of the scores. */
  classes: z.tuple([z.literal(classes[0]), z.literal(classes[1]), z.literal(classes[2])]),
  preprocessing: z.strictObject({
    intensity: z.enum(['window', 'slice']),
    lesionInput: z.enum(['probability', 'logit']),
    axes: z.enum(['yx', 'xy']),
    depth: z.enum(['feet-first', 'head-first']),
  }),
  /** How the surroundings of a voxel count (`spatialPrior.ts`). Where it is absent they do not. */
  spatialPrior: z
    .strictObject({
      neighbourhoodMm: z.number().min(1).max(100),
      expected: z.number().gt(0).lt(1),
      strength: z.number().min(0).max(1),
    })
    .optional(),
  /** Lesions are the mean of two looks (`secondLook.ts`). Where it is absent there is one. */
  looksTwice: z.boolean().optional(),
  weights: z.union([weightsFile, seeded]),
  /** How it was trained, in words. */
  training: z.string().min(1),
  evidence: z.enum(evidenceLevels),
  /** Of the classifier. `untrained`, or `unproven`: trained, but its scores were found to say nothing about real
   *  scans. Neither is shown. Where it is absent the classifier is as trained as the rest. */
  scores: z.enum(['trained', 'untrained', 'unproven']).optional(),
  /** False: nobody has shown that these weights do what they are said to do. */
  verified: z.boolean(),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** `index.json` of the models' folder. */
export const modelIndexSchema = z.strictObject({
  default: modelName,
  models: z.array(modelName).min(1),
});
export type ModelIndex = z.infer<typeof modelIndexSchema>;

/** Whether a reader is shown the model's class scores. */
export const givesScores = ({ scores = 'trained' }: Manifest) => scores === 'trained';

/** What the page may say: a model that is not verified has no evidence, whatever it claims. */
export function statedEvidence({ evidence, verified }: Manifest): EvidenceLevel {
  return verified ? evidence : 'none';
}

/** Zod's findings in one line. */
export function wordsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ');
}
