import {
  describeClassifier,
  describeClassifierStem,
  describeParameters,
  describePatch,
} from '../../network/describe.ts';
import type { Parameter, Weights } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import type { Plan } from '../../network/plans.ts';

/** The same function on a wider plan, to train on from (Net2WiderNet, Chen et al., ICLR 2016). Every channel stands
 *  there several times, side by side, which keeps the order within concatenations and the groups of norms; what reads
 *  it gives each copy a share of its weight. Shares differ, or copies would learn the same for ever.
 *  @param random draws from [0, 1)
 *  @throws RangeError where `to` is no multiple of the width, or a tensor of `from` is missing */
export function widenWeights(weights: Weights, from: Plan, to: Plan, random: () => number): Map<string, Parameter> {
  if (to.width % from.width !== 0) throw new RangeError(`width ${to.width} is no multiple of ${from.width}`);
  const transposed = transposedKernels(from);
  const wide = new Map(describeParameters(to).map(({ name, shape }) => [name, shape]));
  return new Map(
    describeParameters(from).map(({ name, shape }) => {
      const narrow = weights.get(name);
      const target = wide.get(name);
      if (!target || narrow?.shape.join() !== shape.join()) throw new RangeError(`no ${name} of shape ${shape.join()}`);
      const read = shape.length === 1 ? null : transposed.has(name) ? 0 : 1;
      return [
        name,
        shape.reduce<Parameter>((kernel, size, axis) => {
          const copies = target[axis] / size;
          return copies === 1 ? kernel : copied(kernel, axis, copies, axis === read ? random : null);
        }, narrow),
      ];
    }),
  );
}

/** Kernels whose first axis is read and second is written. */
function transposedKernels(plan: Plan): Set<string> {
  const graphs = [describeClassifierStem(plan), describePatch(plan, 1), describeClassifier(plan)];
  const nodes = graphs.flatMap(({ graph }) => graph.nodes);
  return new Set(nodes.flatMap((node) => (node.kind === 'convTranspose3d' ? [node.weight] : [])));
}

/** @param random draws the copies' shares; null: each is whole */
function copied({ shape, data }: Parameter, axis: number, copies: number, random: (() => number) | null): Parameter {
  const inner = sizeOf(shape.slice(axis + 1));
  const result = new Float32Array(data.length * copies);
  for (let i = 0; i < data.length; i++) {
    const draws = Array.from({ length: copies }, () => (random ? 0.5 + random() : 1));
    const whole = random ? draws.reduce((sum, draw) => sum + draw) : 1;
    const first = Math.floor(i / inner) * copies * inner + (i % inner);
    draws.forEach((draw, copy) => (result[first + copy * inner] = (data[i] * draw) / whole));
  }
  return { shape: shape.with(axis, shape[axis] * copies), data: result };
}
