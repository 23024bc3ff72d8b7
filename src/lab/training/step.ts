/** One training step as one ONNX graph: forward, losses, backward, Adam. Parameters and both of Adam's moments are
 *  single vectors that go in and come out. */
import { lowerNodes, onnxShape, type Lowering } from '../../engine/onnx/lower.ts';
import { OnnxBuilder, sizeOf, type Value } from '../../engine/onnx/onnxBuilder.ts';
import type { ParameterDescription } from '../../network/describe.ts';
import type { Parameter, TensorShape, Weights } from '../../network/graph.ts';
import { foldPointwise, unfoldGradient, withFolded } from '../../engine/onnx/rewrite.ts';
import { emitBackward } from './backward.ts';
import { classLoss, lesionLoss, taskAwareLoss, type LesionLossSettings } from './losses.ts';
import type { TrainingGraph } from './trainingGraph.ts';
import { lowerTrainingNode } from './trainingNodes.ts';

/** Where each parameter lies in the one vector that Adam moves. */
export interface ParameterLayout {
  readonly entries: readonly { readonly name: string; readonly shape: TensorShape; readonly offset: number }[];
  readonly size: number;
}

export function layoutOf(parameters: readonly ParameterDescription[]): ParameterLayout {
  let size = 0;
  const entries = parameters.map(({ name, shape }) => {
    const offset = size;
    size += sizeOf(shape);
    return { name, shape, offset };
  });
  return { entries, size };
}

export function packParameters({ entries, size }: ParameterLayout, weights: Weights): Float32Array {
  const vector = new Float32Array(size);
  for (const { name, offset } of entries) {
    const parameter = weights.get(name);
    if (!parameter) throw new Error(`the weights hold no ${name}`);
    vector.set(parameter.data, offset);
  }
  return vector;
}

export function unpackParameters({ entries }: ParameterLayout, vector: Float32Array): Map<string, Parameter> {
  return new Map(
    entries.map(({ name, shape, offset }) => [name, { shape, data: vector.slice(offset, offset + sizeOf(shape)) }]),
  );
}

export interface StepSettings {
  readonly lesion: LesionLossSettings;
  readonly classWeight: number;
  readonly taskAwareWeight: number;
  /** Parameters that stay as they are; none where it is not given. */
  readonly fixed?: ReadonlySet<string>;
}

export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } as const;

/** Names of the step's own inputs and outputs, beside the graph's. */
export const lossNames = ['dice', 'focal', 'class', 'taskAware'] as const;
export type LossName = (typeof lossNames)[number];

export interface EmittedStep {
  readonly model: Uint8Array<ArrayBuffer>;
  readonly layout: ParameterLayout;
  readonly losses: readonly LossName[];
}

/** Inputs: those of the graph, `parameters`, `moment1`, `moment2` [P], `rate` and `spread` [] (Adam's learning rate
 *  and second moment, corrected for their start from zero), and as the graph has them `lung` and `lesionTruth`
 *  [1, Pz, Py, Px], `classTruth` [3], `classWeight` [].
 *  Outputs: `nextParameters`, `nextMoment1`, `nextMoment2`, `gradient` [P] where asked for, each loss [], and
 *  the values named in `extra`, by name. */
export function emitStep(graph: TrainingGraph, settings: StepSettings, extra: readonly string[] = []): EmittedStep {
  const onnx = new OnnxBuilder();
  const layout = layoutOf(graph.parameters);
  const parameters = onnx.input('parameters', [layout.size]);
  const byName = new Map(
    layout.entries.map(({ name, shape, offset }) => [
      name,
      onnx.reshape(onnx.slice(parameters, 0, offset, offset + sizeOf(shape)), shape),
    ]),
  );
  const stored = (name: string) => byName.get(name) as Value;
  const { nodes, kernels } = foldPointwise(graph.nodes, new Set(), (name) => stored(name).shape);
  const context: Lowering = { onnx, parameter: withFolded(onnx, stored, kernels) };
  const inputs = new Map(graph.inputs.map(({ name, shape, type }) => [name, onnx.input(name, onnxShape(shape), type)]));
  const values = lowerNodes(nodes, inputs, (node, operands) => lowerTrainingNode(node, operands, context));
  const { losses, seeds } = emitLosses(onnx, graph, values, settings);
  const derivatives = new Map(emitBackward({ nodes, values, seeds, isTrained: () => true }, context).parameters);
  for (const { name, first, second } of kernels) {
    const both = unfoldGradient(onnx, stored(first), stored(second), derivatives.get(name) as Value);
    derivatives.set(first, both.first).set(second, both.second);
  }
  const pieces = layout.entries.map(({ name, shape }) => {
    const derivative = settings.fixed?.has(name) ? undefined : derivatives.get(name);
    return derivative ? onnx.reshape(derivative, [sizeOf(shape)]) : onnx.filled([sizeOf(shape)], 0);
  });
  const gradient = onnx.concat(pieces, 0);
  emitAdam(onnx, parameters, gradient);
  onnx.output('gradient', gradient);
  for (const name of extra) onnx.output(name, values.get(name) as Value);
  for (const [name, value] of losses) onnx.output(name, value);
  return { model: onnx.write('training step'), layout, losses: [...losses.keys()] };
}

function emitLosses(
  onnx: OnnxBuilder,
  graph: TrainingGraph,
  values: ReadonlyMap<string, Value>,
  settings: StepSettings,
): { losses: ReadonlyMap<LossName, Value>; seeds: ReadonlyMap<string, Value> } {
  const losses = new Map<LossName, Value>();
  const seeds = new Map<string, Value>();
  const value = (name: string) => values.get(name) as Value;
  const take = (name: LossName, loss: Value, from: ReadonlyMap<string, Value>) => {
    losses.set(name, loss);
    for (const [target, seed] of from) seeds.set(target, seed);
  };
  if (graph.logits) {
    const logits = value(graph.logits);
    const shape = logits.shape.with(1, 1);
    const lung = onnx.input('lung', shape);
    const lesion = lesionLoss(onnx, graph.logits, logits, onnx.input('lesionTruth', shape), lung, settings.lesion);
    take('dice', lesion.dice, lesion.seeds);
    take('focal', lesion.focal, lesion.seeds);
    if (graph.gaps.length > 0) {
      const gaps = graph.gaps.map(({ name, factor, stride }) => {
        const gap = value(name);
        return { name, gap, factor, lung: onnx.window(lung, [0, 0, 0], gap.shape.slice(2), stride) };
      });
      const taskAware = taskAwareLoss(onnx, gaps, settings.taskAwareWeight);
      take('taskAware', taskAware.value, taskAware.seeds);
    }
  }
  if (graph.scores) {
    const scores = value(graph.scores);
    const truth = onnx.input('classTruth', scores.shape);
    const loss = classLoss(onnx, graph.scores, scores, truth, onnx.input('classWeight', []), settings.classWeight);
    take('class', loss.value, loss.seeds);
  }
  return { losses, seeds };
}

/** Kingma and Ba's algorithm 1, with both corrections folded into two numbers that the host computes. */
function emitAdam(onnx: OnnxBuilder, parameters: Value, gradient: Value): void {
  const mix = (name: string, fresh: Value, beta: number) =>
    onnx.add(onnx.scale(onnx.input(name, parameters.shape), beta), onnx.scale(fresh, 1 - beta));
  const moment1 = mix('moment1', gradient, adam.beta1);
  const moment2 = mix('moment2', onnx.multiply(gradient, gradient), adam.beta2);
  const spread = onnx.multiply(onnx.unary('Sqrt', moment2), onnx.input('spread', []));
  const step = onnx.divide(moment1, onnx.add(spread, onnx.scalar(adam.epsilon)));
  onnx.output('nextParameters', onnx.subtract(parameters, onnx.multiply(step, onnx.input('rate', []))));
  onnx.output('nextMoment1', moment1);
  onnx.output('nextMoment2', moment2);
}

/** Adam's two numbers at step 1, 2, … */
export function adamNumbers(learningRate: number, step: number): { rate: number; spread: number } {
  return { rate: learningRate / (1 - adam.beta1 ** step), spread: 1 / Math.sqrt(1 - adam.beta2 ** step) };
}
