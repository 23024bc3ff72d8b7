import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { describePatch } from '../../network/describe.ts';
import type { GraphNode, Parameter } from '../../network/graph.ts';
import { plans } from '../../network/plans.ts';
import { OnnxBuilder, sizeOf, type Value } from './onnxBuilder.ts';
import { lowerNode, lowerNodes, onnxShape } from './lower.ts';
import { foldPointwise, withFolded } from './rewrite.ts';

const pointwise: GraphNode = { kind: 'conv3d', name: 'a', inputs: ['x'], kernel: 1, stride: 1, pad: 0, weight: 'wa' };
const spatial: GraphNode = { kind: 'conv3d', name: 'y', inputs: ['a'], kernel: 3, stride: 2, pad: 1, weight: 'wy' };
const shapes: Readonly<Record<string, readonly number[]>> = { wa: [4, 2, 1, 1, 1], wy: [3, 4, 3, 3, 3] };
const fold = (nodes: readonly GraphNode[], keep: readonly string[] = []) =>
  foldPointwise(nodes, new Set(keep), (name) => shapes[name]);

async function run(nodes: readonly GraphNode[], rewrite: boolean): Promise<Float32Array> {
  const onnx = new OnnxBuilder();
  const wave = (length: number, phase: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase));
  const weights = new Map<string, Parameter>(
    Object.entries(shapes).map(([name, shape], i) => [name, { shape, data: wave(sizeOf(shape), i) }]),
  );
  const stored = (name: string) => onnx.initializer(name, shapes[name], (weights.get(name) as Parameter).data);
  const folded = rewrite ? fold(nodes) : { nodes, kernels: [] };
  const shape = onnxShape([2, 5, 6, 7]);
  const context = { onnx, parameter: withFolded(onnx, stored, folded.kernels) };
  const values = lowerNodes(folded.nodes, new Map([['x', onnx.input('x', shape)]]), (node, operands) =>
    lowerNode(node, operands, context),
  );
  onnx.output('result', values.get('y') as Value);
  const session = await runtime.InferenceSession.create(onnx.write('fold'));
  const { result } = await session.run({ x: new runtime.Tensor('float32', wave(sizeOf(shape), 9), shape) });
  return result.data as Float32Array;
}

describe('folding a pointwise convolution into the one behind it', () => {
  it('changes nothing but rounding, at the border too', async () => {
    const [plain, folded] = [await run([pointwise, spatial], false), await run([pointwise, spatial], true)];
    const largest = Math.max(...plain.map(Math.abs));
    folded.forEach((value, i) => expect(Math.abs(value - plain[i])).toBeLessThan(1e-5 * largest));
  });

  it('folds both such branches of a stem, and nothing else of a patch', () => {
    const { graph, parameters } = describePatch(plans.lite, 4);
    const known = new Map(parameters.map(({ name, shape }) => [name, shape]));
    const { nodes, kernels } = foldPointwise(graph.nodes, new Set(graph.outputs), (name) => known.get(name) ?? []);
    expect(kernels.map(({ second }) => second)).toEqual(['stem_seg.branch22.weight', 'stem_seg.branch32.weight']);
    expect(nodes.length).toBe(graph.nodes.length - 2);
  });

  it.each<[string, readonly GraphNode[], readonly string[]]>([
    ['the value between is asked for', [pointwise, spatial], ['a']],
    ['something else reads it', [pointwise, spatial, { kind: 'relu', name: 'r', inputs: ['a'] }], []],
    ['the first has a bias, which the padding has not', [{ ...pointwise, bias: 'b' }, spatial], []],
    [
      'a ReLU stands between',
      [pointwise, { kind: 'relu', name: 'r', inputs: ['a'] }, { ...spatial, inputs: ['r'] }],
      [],
    ],
  ])('leaves it alone where %s', (_, nodes, keep) => {
    expect(fold(nodes, keep)).toEqual({ nodes, kernels: [] });
  });
});
