/** The network's three graphs as training joins them: one task alone, or both with the study's classifier input
 *  live. Nothing of the network is written a second time here; only inputs are renamed and joined. */
import {
  classes,
  classificationFeatureShape,
  describeClassifier,
  describeClassifierStem,
  describePatch,
  withOutputs,
  type Described,
  type ParameterDescription,
} from '../../network/describe.ts';
import type { GraphInput } from '../../network/graph.ts';
import type { Plan } from '../../network/plans.ts';
import { parametersOf } from './backward.ts';
import type { TrainingNode } from './trainingNodes.ts';

/** `lesions` and `classes` are stage one, each task alone; `joint` is stage two. */
export type Stage = 'lesions' | 'classes' | 'joint';
/** `given`: C-stem comes in as values (made once a study, not trained). `trained`: it is part of the step. */
export type ClassifierStem = 'given' | 'trained';
/** Scales of the task-aware loss, and their weights e for heads 1, 2, 3 (evidence of units 3, 2, 1). */
export const taskAwareScales = {
  none: [],
  single: [{ head: 3, unit: 1, factor: 1 }],
  multi: [
    { head: 1, unit: 3, factor: 0.25 },
    { head: 2, unit: 2, factor: 0.25 },
    { head: 3, unit: 1, factor: 0.5 },
  ],
} as const;
export type TaskAware = keyof typeof taskAwareScales;

export interface TrainingGraph {
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly TrainingNode[];
  /** Values that losses are taken of, and where the patch's heads lie. */
  readonly logits: string | null;
  readonly scores: string | null;
  readonly gaps: readonly {
    readonly name: string;
    readonly factor: number;
    /** Voxels of the patch from one voxel of the head to the next. */
    readonly stride: number;
  }[];
  readonly parameters: readonly ParameterDescription[];
}

function renamed({ graph, parameters }: Described, names: Readonly<Record<string, string>>) {
  const rename = (name: string) => names[name] ?? name;
  const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map(rename) }) as TrainingNode);
  const inputs = graph.inputs.filter(({ name }) => !(name in names));
  return { nodes, inputs, used: usedParameters(nodes, parameters) };
}

function usedParameters(nodes: readonly TrainingNode[], parameters: readonly ParameterDescription[]) {
  const read = new Set(nodes.flatMap(parametersOf));
  return parameters.filter(({ name }) => read.has(name));
}

const indexInputs = (name: string, [d, h, w]: readonly number[]): GraphInput[] => [
  { name: `${name}Z`, shape: [d], type: 'int32' },
  { name: `${name}Y`, shape: [h], type: 'int32' },
  { name: `${name}X`, shape: [w], type: 'int32' },
];
const indexNames = (name: string) => [`${name}Z`, `${name}Y`, `${name}X`];

/** Lesion subnet with its stem and stitch. Inputs as of the patch graph; with a trained stem `slices` instead of
 *  `cStem`. */
export function describeLesionStage(plan: Plan, classifierStem: ClassifierStem): TrainingGraph {
  const stem = describeClassifierStem(plan);
  const withStem = classifierStem === 'trained';
  const first = withStem ? renamed(stem, {}) : { nodes: [], inputs: [], used: [] };
  const patch = renamed(withOutputs(describePatch(plan, 1), ['logits']), withStem ? { cStem: stem.roles.cStem } : {});
  return {
    inputs: [...first.inputs, ...patch.inputs],
    nodes: [...first.nodes, ...patch.nodes],
    logits: 'logits',
    scores: null,
    gaps: [],
    parameters: [...first.used, ...patch.used],
  };
}

/** Classifier, alone. With a trained stem, as in the paper's first stage: `slices`, `lesion` (the true lesions, masked
 *  by the lungs) and `pasted` (zeros). With a given one the rest of the network stays as it is, and `cStem`, `lesion`
 *  and `pasted` are what it makes of the study, so that lesions that are trained already are not disturbed. */
export function describeClassStage(plan: Plan, classifierStem: ClassifierStem): TrainingGraph {
  const withStem = classifierStem === 'trained';
  const stem = describeClassifierStem(plan);
  const first = withStem ? renamed(stem, {}) : { nodes: [], inputs: [], used: [] };
  const classifier = renamed(
    withOutputs(describeClassifier(plan), ['scores']),
    withStem ? { cStem: stem.roles.cStem } : {},
  );
  return {
    inputs: [...first.inputs, ...classifier.inputs],
    nodes: [...first.nodes, ...classifier.nodes],
    logits: null,
    scores: describeClassifier(plan).roles.scores,
    gaps: [],
    parameters: [...first.used, ...classifier.used],
  };
}

/** Both tasks. The patch being trained is pasted with gradient; `otherPasted` and `otherLesion` hold the study's
 *  other patches without. Beyond the patch graph's inputs:
 *  - `pasteZ/Y/X` [S/2], [G/4], [G/4]: for every classifier position the patch's L-stem voxel (any where the patch
 *    does not reach), `lesionZ/Y/X` likewise for its lesion map;
 *  - `pasteMask`, `lesionMask` [1, S/2, G/4, G/4]: 1 where the patch reaches (and, for lesions, in the lungs);
 *  - `evidence1..3Z/Y/X`: for every voxel of the head that a unit is compared with, the evidence voxel. */
export function describeJointStage(plan: Plan, taskAware: TaskAware): TrainingGraph {
  const stemDescription = describeClassifierStem(plan);
  const patchDescription = describePatch(plan, 1);
  const classifierDescription = describeClassifier(plan);
  const shape = classificationFeatureShape(plan);
  const scales = taskAwareScales[taskAware];

  const cStem = stemDescription.roles.cStem;
  const stem = renamed(stemDescription, {});
  const patch = renamed(patchDescription, { cStem });
  const classifier = renamed(classifierDescription, { cStem, pasted: 'pasted.study', lesion: 'lesion.study' });
  const glue: TrainingNode[] = [
    { kind: 'masked', name: 'pasted.live', inputs: [patchDescription.roles.pasted, 'pasteMask'] },
    { kind: 'add', name: 'pasted.study', inputs: ['pasted.live', 'otherPasted'] },
    {
      kind: 'gather3d',
      name: 'lesion.taken',
      inputs: [patchDescription.roles.probability, ...indexNames('lesion')],
    },
    { kind: 'masked', name: 'lesion.live', inputs: ['lesion.taken', 'lesionMask'] },
    { kind: 'add', name: 'lesion.study', inputs: ['lesion.live', 'otherLesion'] },
  ];
  const comparisons = scales.map(({ head, unit }) =>
    compareNodes(patchDescription.roles[`head${head}`], classifierDescription.roles[`evidence${unit}`], unit),
  );
  const headShape = (head: number) => plan.patch.map((size) => size / 2 ** (4 - head));
  const inputs: GraphInput[] = [
    ...stem.inputs,
    ...patch.inputs.filter(({ name }) => !name.startsWith('paste')),
    ...indexInputs('paste', shape),
    ...indexInputs('lesion', shape),
    { name: 'pasteMask', shape: [1, ...shape], type: 'float32' },
    { name: 'lesionMask', shape: [1, ...shape], type: 'float32' },
    { name: 'otherPasted', shape: [plan.width, ...shape], type: 'float32' },
    { name: 'otherLesion', shape: [1, ...shape], type: 'float32' },
    ...scales.flatMap(({ head, unit }) => indexInputs(`evidence${unit}`, headShape(head))),
  ];
  return {
    inputs,
    nodes: [...stem.nodes, ...patch.nodes, ...glue, ...classifier.nodes, ...comparisons.flat()],
    logits: patchDescription.roles.logits,
    scores: classifierDescription.roles.scores,
    gaps: scales.map(({ head, unit, factor }) => ({ name: `gap${unit}`, factor, stride: 2 ** (4 - head) })),
    parameters: [...stem.used, ...patch.used, ...classifier.used],
  };
}

/** Lesion channel of a head minus the mean evidence for the two pneumonias at the same places. */
function compareNodes(head: string, evidence: string, unit: number): TrainingNode[] {
  const row = (name: (typeof classes)[number]): TrainingNode => {
    const from = classes.indexOf(name);
    return { kind: 'sliceChannels', name: `${evidence}.${name}`, inputs: [evidence], from, to: from + 1 };
  };
  const lesion = `gap${unit}.head`;
  const pneumonia = `gap${unit}.evidence`;
  return [
    row('covid19'),
    row('cap'),
    {
      kind: 'weightedSum',
      name: `${evidence}.pneumonia`,
      inputs: [`${evidence}.covid19`, `${evidence}.cap`],
      factors: [0.5, 0.5],
    },
    {
      kind: 'gather3d',
      name: pneumonia,
      inputs: [`${evidence}.pneumonia`, ...indexNames(`evidence${unit}`)],
    },
    { kind: 'sliceChannels', name: lesion, inputs: [head], from: 1, to: 2 },
    { kind: 'weightedSum', name: `gap${unit}`, inputs: [lesion, pneumonia], factors: [1, -1] },
  ];
}
