/** From the authors' five state dicts to one set of weights (network description, section 9). */
import { describeParameters } from './describe.ts';
import type { Parameter, Weights } from './graph.ts';
import { problemOfWeights } from './model.ts';
import { plans, type PlanName } from './plans.ts';
import type { Preprocessing } from './preprocessing.ts';

/** The files, without their ending, and what their tensors are called here. */
export const checkpointParts = {
  best_stem_cls: 'stem_cls.',
  best_stem_seg: 'stem_seg.',
  best_cls: 'cls.',
  best_seg: 'seg.',
  best_cross_stitch: '',
} as const;
export type CheckpointPart = keyof typeof checkpointParts;

/** How the authors' training saw a study; axes and depth are inferred from their code, not certain. */
export const authorsPreprocessing: Preprocessing = {
  intensity: 'slice',
  lesionInput: 'logit',
  axes: 'xy',
  depth: 'head-first',
};

/** Statistics that the released code collects and never uses. */
const isUnused = (name: string) => /\.(running_mean|running_var|num_batches_tracked)$/.test(name);

/** Joins the state dicts under the network's own names. */
export function joinParts(parts: Readonly<Record<CheckpointPart, Weights>>): Map<string, Parameter> {
  const joined = new Map<string, Parameter>();
  for (const [part, prefix] of Object.entries(checkpointParts)) {
    for (const [name, tensor] of parts[part as CheckpointPart]) {
      if (!isUnused(name)) joined.set(prefix + name, tensor);
    }
  }
  return joined;
}

export type ImportedWeights =
  | { readonly kind: 'imported'; readonly plan: PlanName; readonly weights: Weights }
  | { readonly kind: 'refused'; readonly message: string };

/** Puts weights into the plan's order and checks that they are complete.
 *  @param plan null: full or lite, by the width of the weights */
export function fitToPlan(weights: Weights, plan: PlanName | null): ImportedWeights {
  const fitted = plan ?? planByWidth(weights);
  if (!fitted) {
    const message = 'Tensor stem_seg.bn1.weight, which tells the width of the network, fits no plan or is missing.';
    return { kind: 'refused', message };
  }
  const used = new Map([...weights].filter(([name]) => !isUnused(name)));
  const problem = problemOfWeights(plans[fitted], used);
  if (problem) return { kind: 'refused', message: problem };
  const ordered = describeParameters(plans[fitted]).map(({ name }): [string, Parameter] => [
    name,
    used.get(name) as Parameter,
  ]);
  return { kind: 'imported', plan: fitted, weights: new Map(ordered) };
}

/** Lite before tiny: they have the same weights. */
function planByWidth(weights: Weights): PlanName | null {
  const width = weights.get('stem_seg.bn1.weight')?.shape[0];
  return (['full', 'lite'] as const).find((name) => plans[name].width === width) ?? null;
}
