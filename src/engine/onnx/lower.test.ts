import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { GraphInput, GraphNode, Parameter } from '../../network/graph.ts';
import { EngineError, type HostTensor } from '../contract.ts';
import { openNode } from './openNode.ts';

const engine = openNode(runtime, 1);

const tensor = (shape: readonly number[], values: readonly number[]): HostTensor => ({
  shape,
  data: Float32Array.from(values),
});
const index = (...values: number[]): HostTensor => ({ shape: [values.length], data: Int32Array.from(values) });
const range = (length: number) => Array.from({ length }, (_, i) => i);

/** Runs one node. */
async function run(
  node: GraphNode,
  inputs: readonly HostTensor[],
  parameters: Readonly<Record<string, { shape: readonly number[]; values: readonly number[] }>> = {},
): Promise<{ shape: readonly number[]; values: number[] }> {
  const graphInputs = inputs.map(({ shape, data }, i): GraphInput => ({
    name: node.inputs[i],
    shape,
    type: data instanceof Float32Array ? 'float32' : 'int32',
  }));
  const weights = new Map<string, Parameter>(
    Object.entries(parameters).map(([name, { shape, values }]) => [name, { shape, data: Float32Array.from(values) }]),
  );
  const prepared = await engine.prepare(
    { name: node.kind, inputs: graphInputs, nodes: [node], outputs: [node.name] },
    weights,
  );
  const results = await prepared.run(Object.fromEntries(inputs.map((input, i) => [node.inputs[i], input])));
  const { shape } = results[node.name];
  const values = [...(await results[node.name].read())];
  prepared.dispose();
  return { shape, values };
}

describe('lowering to ONNX', () => {
  it('lays the eight taps of a transposed convolution where they belong', async () => {
    const weight = { shape: [1, 1, 2, 2, 2], values: range(8) };
    const { shape, values } = await run(
      { kind: 'convTranspose3d', name: 'y', inputs: ['x'], weight: 'w', bias: 'b' },
      [tensor([1, 1, 1, 2], [1, 10])],
      { w: weight, b: { shape: [1], values: [0.5] } },
    );
    expect(shape).toEqual([1, 2, 2, 4]);
    expect(values).toEqual([0, 1, 0, 10, 2, 3, 20, 30, 4, 5, 40, 50, 6, 7, 60, 70].map((value) => value + 0.5));
  });

  it('keeps input and output channels of a transposed convolution apart', async () => {
    const { values } = await run(
      { kind: 'convTranspose3d', name: 'y', inputs: ['x'], weight: 'w', bias: 'b' },
      [tensor([2, 1, 1, 1], [1, 100])],
      {
        w: { shape: [2, 2, 2, 2, 2], values: [1, 2, 3, 4].flatMap((value) => Array<number>(8).fill(value)) },
        b: { shape: [2], values: [0, 0] },
      },
    );
    expect(values).toEqual([...Array<number>(8).fill(301), ...Array<number>(8).fill(402)]);
  });

  it('starts a strided convolution with its centre on the first voxel', async () => {
    const centreAndNext = { shape: [1, 1, 3, 3, 3], values: range(27).map((tap) => ({ 13: 1, 14: 100 })[tap] ?? 0) };
    const { shape, values } = await run(
      { kind: 'conv3d', name: 'y', inputs: ['x'], kernel: 3, stride: 2, pad: 1, weight: 'w' },
      [tensor([1, 1, 1, 4], [1, 2, 3, 4])],
      { w: centreAndNext },
    );
    expect(shape).toEqual([1, 1, 1, 2]);
    expect(values).toEqual([201, 403]);
  });

  it('divides averages by 27 at the border too', async () => {
    const { values } = await run({ kind: 'averagePool3d', name: 'y', inputs: ['x'] }, [tensor([1, 1, 1, 2], [27, 54])]);
    expect(values).toEqual([3, 3]);
  });

  it('floors odd sizes when pooling', async () => {
    const { shape, values } = await run({ kind: 'maxPool3d', name: 'y', inputs: ['x'] }, [
      tensor(
        [1, 2, 2, 3],
        range(12).map((i) => -i),
      ),
    ]);
    expect(shape).toEqual([1, 1, 1, 1]);
    expect(values).toEqual([-0]);
  });

  it.each([
    { groups: 1, expected: [-3, -1, 1, 3].map((x) => x / Math.sqrt(5)) },
    { groups: 2, expected: [-1, 1, -1, 1] },
  ])('normalises over $groups group(s), then scales and shifts each channel', async ({ groups, expected }) => {
    const { values } = await run(
      { kind: 'groupNorm', name: 'y', inputs: ['x'], groups, weight: 'w', bias: 'b' },
      [tensor([2, 1, 1, 2], [0, 2, 4, 6])],
      { w: { shape: [2], values: [1, 10] }, b: { shape: [2], values: [0, 5] } },
    );
    const affine = expected.map((value, i) => (i < 2 ? value : 10 * value + 5));
    values.forEach((value, i) => expect(value).toBeCloseTo(affine[i], 3));
  });

  it('gathers along depth, rows and columns', async () => {
    const { shape, values } = await run({ kind: 'gather3d', name: 'y', inputs: ['x', 'z', 'r', 'c'] }, [
      tensor([2, 2, 1, 3], range(12)),
      index(1, 1, 0),
      index(0),
      index(2, 0),
    ]);
    expect(shape).toEqual([2, 3, 1, 2]);
    expect(values).toEqual([5, 3, 5, 3, 2, 0, 11, 9, 11, 9, 8, 6]);
  });

  it('repeats voxels in blocks', async () => {
    const { shape, values } = await run({ kind: 'upsample3d', name: 'y', inputs: ['x'], factor: 2 }, [
      tensor([1, 1, 1, 2], [1, 2]),
    ]);
    expect(shape).toEqual([1, 2, 2, 4]);
    expect(values).toEqual([1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2]);
  });

  it('keeps the softmax of far logits finite', async () => {
    const { values } = await run({ kind: 'secondOfSoftmax', name: 'y', inputs: ['x'] }, [
      tensor([2, 1, 1, 3], [0, 500, -500, 0, -500, 500]),
    ]);
    expect(values).toEqual([0.5, 0, 1]);
  });

  it('takes the evidence from the columns of its own unit', async () => {
    const { shape, values } = await run(
      { kind: 'evidence', name: 'y', inputs: ['x'], weight: 'w', offset: 1 },
      [tensor([2, 1, 1, 1], [1, 10])],
      { w: { shape: [3, 4], values: range(12) } },
    );
    expect(shape).toEqual([3, 1, 1, 1]);
    expect(values).toEqual([21, 65, 109]);
  });
});

describe('the ONNX engine', () => {
  it('says in plain words which input has the wrong shape', async () => {
    const prepared = await engine.prepare(
      {
        name: 'r',
        inputs: [{ name: 'x', shape: [1, 1, 1, 2], type: 'float32' }],
        nodes: [{ kind: 'relu', name: 'y', inputs: ['x'] }],
        outputs: ['y'],
      },
      new Map(),
    );
    await expect(prepared.run({ x: tensor([1, 1, 1, 3], [1, 2, 3]) })).rejects.toThrow(
      'graph r: input x is [1,1,1,3], expected [1,1,1,2]',
    );
    prepared.dispose();
    await expect(prepared.run({})).rejects.toThrow('after it was disposed');
  });

  it('turns what the runtime throws into an EngineError', async () => {
    const node: GraphNode = { kind: 'gather3d', name: 'y', inputs: ['x', 'z', 'r', 'c'] };
    const outside = run(node, [tensor([1, 1, 1, 1], [0]), index(5), index(0), index(0)]);
    await expect(outside).rejects.toBeInstanceOf(EngineError);
    await expect(outside).rejects.toMatchObject({ code: 'failed' });
  });

  it('says when memory ran out', async () => {
    const full = { ...runtime, InferenceSession: { create: () => Promise.reject(new Error('std::bad_alloc')) } };
    const preparing = openNode(full, 1).prepare({ name: 'patch', inputs: [], nodes: [], outputs: [] }, new Map());
    await expect(preparing).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'There was not enough memory while preparing the patch.',
    });
  });

  it('feeds the result of one graph to the next, and refuses a foreign tensor', async () => {
    const graph = {
      name: 'r',
      inputs: [{ name: 'x', shape: [1, 1, 1, 2], type: 'float32' as const }],
      nodes: [{ kind: 'relu' as const, name: 'y', inputs: ['x'] }],
      outputs: ['y'],
    };
    const prepared = await engine.prepare(graph, new Map());
    const first = await prepared.run({ x: tensor([1, 1, 1, 2], [-1, 2]) });
    const second = await prepared.run({ x: first.y });
    first.y.dispose();
    expect([...(await second.y.read())]).toEqual([0, 2]);
    const other = await openNode(runtime, 1).prepare(graph, new Map());
    await expect(other.run({ x: second.y })).rejects.toThrow('another engine');
  });
});
