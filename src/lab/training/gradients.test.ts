/** Every layer kind's gradient against central differences. The layer runs in float32, the loss (a fixed random
 *  weighting of the outputs) is summed in float64, and differences are taken along directions in which the
 *  gradient has a large part, so that rounding weighs least. */
import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { lowerNode, lowerNodes, onnxShape } from '../../engine/onnx/lower.ts';
import { OnnxBuilder, sizeOf, type Value } from '../../engine/onnx/onnxBuilder.ts';
import type { GraphNode, LayerKind, NodeOf } from '../../network/graph.ts';
import { emitBackward } from './backward.ts';
import { gradients } from './gradients.ts';
import { gaussian } from '../../volume/random.ts';

interface Case {
  readonly node: GraphNode;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
  readonly indices?: Readonly<Record<string, readonly number[]>>;
  /** Central differences step over a kink where the function has one. */
  readonly smooth?: false;
}
const inputs = ['x'];
const conv = (kernel: 1 | 3, stride: 1 | 2, bias?: string): NodeOf<'conv3d'> => ({
  kind: 'conv3d',
  name: 'y',
  inputs,
  kernel,
  stride,
  pad: kernel === 3 ? 1 : 0,
  weight: 'w',
  bias,
});

const cases: { readonly [K in LayerKind]: readonly Case[] } = {
  conv3d: [
    { node: conv(3, 1, 'b'), inputs: { x: [3, 4, 5, 6] }, parameters: { w: [2, 3, 3, 3, 3], b: [2] } },
    { node: conv(3, 2), inputs: { x: [2, 6, 8, 4] }, parameters: { w: [3, 2, 3, 3, 3] } },
    { node: conv(3, 2), inputs: { x: [2, 5, 7, 3] }, parameters: { w: [3, 2, 3, 3, 3] } },
    { node: conv(1, 1, 'b'), inputs: { x: [3, 2, 5, 3] }, parameters: { w: [4, 3, 1, 1, 1], b: [4] } },
    { node: conv(1, 2), inputs: { x: [1, 4, 6, 5] }, parameters: { w: [2, 1, 1, 1, 1] } },
  ],
  convTranspose3d: [
    {
      node: { kind: 'convTranspose3d', name: 'y', inputs, weight: 'w', bias: 'b' },
      inputs: { x: [3, 2, 3, 4] },
      parameters: { w: [3, 2, 2, 2, 2], b: [2] },
    },
  ],
  averagePool3d: [{ node: { kind: 'averagePool3d', name: 'y', inputs }, inputs: { x: [2, 3, 4, 5] } }],
  maxPool3d: [
    { node: { kind: 'maxPool3d', name: 'y', inputs }, inputs: { x: [2, 4, 4, 6] }, smooth: false },
    { node: { kind: 'maxPool3d', name: 'y', inputs }, inputs: { x: [2, 5, 4, 7] }, smooth: false },
  ],
  groupNorm: [1, 2, 4].map((groups) => ({
    node: { kind: 'groupNorm', name: 'y', inputs, groups, weight: 'w', bias: 'b' },
    inputs: { x: [4, 2, 3, 4] },
    parameters: { w: [4], b: [4] },
  })),
  relu: [{ node: { kind: 'relu', name: 'y', inputs }, inputs: { x: [2, 3, 4, 5] }, smooth: false }],
  add: [{ node: { kind: 'add', name: 'y', inputs: ['x', 'z'] }, inputs: { x: [2, 1, 2, 3], z: [2, 1, 2, 3] } }],
  concat: [{ node: { kind: 'concat', name: 'y', inputs: ['x', 'z'] }, inputs: { x: [2, 1, 2, 3], z: [3, 1, 2, 3] } }],
  stitch: [
    {
      node: { kind: 'stitch', name: 'y', inputs: ['x', 'z'], a: 'a', b: 'b' },
      inputs: { x: [2, 1, 2, 3], z: [2, 1, 2, 3] },
      parameters: { a: [1], b: [1] },
    },
  ],
  scale: [
    { node: { kind: 'scale', name: 'y', inputs, factor: 'f' }, inputs: { x: [2, 1, 2, 3] }, parameters: { f: [1] } },
  ],
  gather3d: [
    {
      node: { kind: 'gather3d', name: 'y', inputs: ['x', 'i', 'j', 'k'] },
      inputs: { x: [2, 3, 4, 5] },
      indices: { i: [2, 0, 2, 2], j: [0, 0, 3], k: [4, 1, 1, 0, 3, 3] },
    },
  ],
  upsample3d: [{ node: { kind: 'upsample3d', name: 'y', inputs, factor: 4 }, inputs: { x: [2, 1, 2, 3] } }],
  weightedSum: [
    {
      node: { kind: 'weightedSum', name: 'y', inputs: ['x', 'z'], factors: [0.25, -3] },
      inputs: { x: [2, 1, 2, 3], z: [2, 1, 2, 3] },
    },
  ],
  secondOfSoftmax: [{ node: { kind: 'secondOfSoftmax', name: 'y', inputs }, inputs: { x: [2, 2, 3, 2] } }],
  sliceChannels: [{ node: { kind: 'sliceChannels', name: 'y', inputs, from: 1, to: 3 }, inputs: { x: [4, 2, 3, 2] } }],
  globalAverage: [{ node: { kind: 'globalAverage', name: 'y', inputs }, inputs: { x: [4, 2, 3, 2] } }],
  concatVectors: [{ node: { kind: 'concatVectors', name: 'y', inputs: ['x', 'z'] }, inputs: { x: [3], z: [4] } }],
  linear: [
    {
      node: { kind: 'linear', name: 'y', inputs, weight: 'w', bias: 'b' },
      inputs: { x: [5] },
      parameters: { w: [3, 5], b: [3] },
    },
  ],
  evidence: [
    {
      node: { kind: 'evidence', name: 'y', inputs, weight: 'w', offset: 2 },
      inputs: { x: [3, 2, 3, 2] },
      parameters: { w: [3, 6] },
    },
  ],
};

type Arrays = Readonly<Record<string, Float32Array>>;

/** One session that gives the layer's output and, for a given derivative by it, everything behind it. Inputs and
 *  parameters alike are fed. */
async function openCase({ node, inputs, parameters = {}, indices = {} }: Case) {
  const onnx = new OnnxBuilder();
  const values = new Map<string, Value>();
  for (const [name, shape] of Object.entries(inputs)) values.set(name, onnx.input(name, onnxShape(shape)));
  for (const [name, index] of Object.entries(indices)) values.set(name, onnx.input(name, [index.length], 'int32'));
  const fed = new Map(Object.entries(parameters).map(([name, shape]) => [name, onnx.input(name, shape)]));
  const context = { onnx, parameter: (name: string) => fed.get(name) as Value };
  const forward = lowerNodes([node], values, (one, operands) => lowerNode(one, operands, context));
  const output = forward.get('y') as Value;
  const seed = onnx.input('seed', output.shape);
  const derivatives = emitBackward(
    {
      nodes: [node],
      values: forward,
      seeds: new Map([['y', seed]]),
      isTrained: () => true,
      inputs: Object.keys(inputs),
    },
    context,
  );
  onnx.output('result', output);
  const named = { ...inputs, ...parameters };
  for (const name of Object.keys(named)) {
    onnx.output(`d.${name}`, (derivatives.parameters.get(name) ?? derivatives.values.get(name)) as Value);
  }
  const session = await runtime.InferenceSession.create(onnx.write('case'), { intraOpNumThreads: 1 });
  const run = async (at: Arrays, seedValues: Float32Array) => {
    const feeds = Object.fromEntries([
      ...Object.entries(at).map(([name, data]) => {
        const shape = name in inputs ? onnxShape(inputs[name]) : (parameters[name] as readonly number[]);
        return [name, new runtime.Tensor('float32', data, shape)] as const;
      }),
      ...Object.entries(indices).map(
        ([name, index]) => [name, new runtime.Tensor('int32', Int32Array.from(index), [index.length])] as const,
      ),
      ['seed', new runtime.Tensor('float32', seedValues, output.shape)] as const,
    ]);
    const results = await session.run(feeds);
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
  };
  return { run, named, outputSize: sizeOf(output.shape) };
}

/** How far the difference quotient along a direction lies from what the gradient says, in units of the
 *  gradient's length. The direction is half gradient, where rounding weighs least, half chance: a gradient with
 *  parts missing is right along itself. */
async function disagreement(
  loss: (at: Float32Array) => Promise<number>,
  at: Float32Array,
  gradient: Float32Array,
  step: number,
  random: () => number,
): Promise<number> {
  const length = (vector: Float32Array) => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  const chance = gradient.map(random);
  const [long, wide] = [length(gradient), length(chance)];
  const direction = gradient.map((value, i) => value / long + chance[i] / wide);
  const moved = (sign: number) => at.map((value, i) => value + sign * step * direction[i]);
  const quotient = ((await loss(moved(1))) - (await loss(moved(-1)))) / (2 * step);
  return Math.abs(quotient - gradient.reduce((sum, value, i) => sum + value * direction[i], 0)) / long;
}

describe('gradients of layer kinds agree with central differences', () => {
  it('covers every kind', () => expect(Object.keys(cases).sort()).toEqual(Object.keys(gradients).sort()));

  const all = Object.values(cases).flat();
  it.each(all.map((one, i) => [`${i} ${one.node.kind}`, one] as const))('%s', async (_, one) => {
    const { run, named, outputSize } = await openCase(one);
    const random = gaussian(7);
    const draw = (length: number) => Float32Array.from({ length }, random);
    const at = Object.fromEntries(Object.entries(named).map(([name, shape]) => [name, draw(sizeOf(shape))]));
    const seed = draw(outputSize);
    const found = await run(at, seed);
    for (const name of Object.keys(named)) {
      const loss = async (moved: Float32Array) => {
        const { result } = await run({ ...at, [name]: moved }, seed);
        return result.reduce((sum, value, i) => sum + value * seed[i], 0);
      };
      const step = one.smooth === false ? 1e-3 : 1e-2;
      const off = await disagreement(loss, at[name], found[`d.${name}`], step, random);
      expect(off, `${one.node.kind} by ${name}`).toBeLessThan(2e-3);
    }
  });
});
