/** The network's graphs out of tfjs's own operators, as one would write them without kernels of one's own: the
 *  yardstick for speed. Features are [1, D, H, W, C]; operators that give zeros at rank 5 are gone around. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Engine, EngineTensor, HostTensor } from '../src/engine/contract.ts';
import type { Graph, GraphNode, Parameter, TensorShape } from '../src/network/graph.ts';
import { inferShapes } from '../src/network/shapes.ts';

type Tf = typeof tfjs;
type Tensor5 = tfjs.Tensor5D;
const epsilon = 1e-5;

/** @param tf with its webgpu backend set */
export function createStockTfjs(tf: Tf): Engine {
  return {
    description: { kind: 'webgpu', label: 'stock tfjs-webgpu' },
    dispose: () => {},
    prepare: async (graph, weights) => {
      const shapes = inferShapes(graph, weights);
      const parameters = new Map<string, tfjs.Tensor>();
      const parameter = (name: string, make: (given: Parameter) => tfjs.Tensor) => {
        const made = parameters.get(name) ?? tf.keep(tf.tidy(() => make(weights.get(name) as Parameter)));
        parameters.set(name, made);
        return made;
      };
      return {
        run: async (inputs) => {
          const results = tf.tidy(() => runGraph(tf, graph, shapes, inputs as Record<string, HostTensor>, parameter));
          return Object.fromEntries(
            graph.outputs.map((name, i) => [name, engineTensor(results[i], shapes.get(name) ?? [])]),
          );
        },
        dispose: () => tf.dispose([...parameters.values()]),
      };
    },
  };
}

function engineTensor(tensor: tfjs.Tensor, shape: TensorShape): EngineTensor {
  return { shape, read: async () => (await tensor.data()) as Float32Array, dispose: () => tensor.dispose() };
}

type Parameters = (name: string, make: (given: Parameter) => tfjs.Tensor) => tfjs.Tensor;

function runGraph(
  tf: Tf,
  graph: Graph,
  shapes: ReadonlyMap<string, TensorShape>,
  inputs: Readonly<Record<string, HostTensor>>,
  parameter: Parameters,
): tfjs.Tensor[] {
  const values = new Map<string, tfjs.Tensor>(
    graph.inputs.map(({ name, shape, type }) => {
      const { data } = inputs[name];
      if (type === 'int32') return [name, tf.tensor1d(data, 'int32')];
      return [name, tf.transpose(tf.tensor(data, [1, ...shape]), [0, 2, 3, 4, 1])];
    }),
  );
  for (const node of graph.nodes) {
    const operands = node.inputs.map((name) => values.get(name) as tfjs.Tensor);
    values.set(node.name, lower(tf, node, operands, parameter));
  }
  return graph.outputs.map((name) => {
    const value = values.get(name) as tfjs.Tensor;
    return (shapes.get(name) ?? []).length === 4 ? tf.transpose(value, [0, 4, 1, 2, 3]) : value;
  });
}

function lower(tf: Tf, node: GraphNode, operands: readonly tfjs.Tensor[], parameter: Parameters): tfjs.Tensor {
  const [x] = operands as readonly Tensor5[];
  const scalar = (name: string) => parameter(name, ({ data }) => tf.tensor(data, [1, 1, 1, 1, 1]));
  const perChannel = (name: string) => parameter(name, ({ data }) => tf.tensor(data, [1, 1, 1, 1, data.length]));
  switch (node.kind) {
    case 'conv3d': {
      const filter = parameter(node.weight, ({ shape, data }) =>
        tf.transpose(tf.tensor(data, [...shape]), [2, 3, 4, 1, 0]),
      ) as Tensor5;
      // Its `same` is wrong for kernels below the stride; numbers are taken, though not typed.
      const pad = (node.kernel === 1 ? 'valid' : node.pad) as 'valid';
      const result = tf.conv3d(x, filter, node.stride, pad);
      return node.bias ? tf.add(result, perChannel(node.bias)) : result;
    }
    case 'convTranspose3d': {
      const filter = parameter(node.weight, ({ shape, data }) =>
        tf.transpose(tf.tensor(data, [...shape]), [2, 3, 4, 1, 0]),
      ) as Tensor5;
      const [, d, h, w] = x.shape;
      const shape: [number, number, number, number, number] = [1, 2 * d, 2 * h, 2 * w, filter.shape[3]];
      return tf.add(tf.conv3dTranspose(x, filter, shape, 2, 'same'), perChannel(node.bias));
    }
    // Its own average leaves the padding out of the count.
    case 'averagePool3d':
      return tf.conv3d(x, tf.fill([3, 3, 3, 1, 1], 1 / 27) as Tensor5, 1, 1 as unknown as 'same');
    case 'maxPool3d':
      return tf.maxPool3d(x, 2, 2, 'valid');
    case 'groupNorm': {
      const [, d, h, w, c] = x.shape;
      const grouped = tf.reshape(x, [d * h * w, node.groups, c / node.groups]);
      const { mean, variance } = tf.moments(grouped, [0, 2], true);
      const normed = tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, epsilon)));
      return tf.add(tf.mul(tf.reshape(normed, x.shape), perChannel(node.weight)), perChannel(node.bias));
    }
    case 'relu':
      return tf.relu(x);
    case 'add':
      return tf.add(x, operands[1]);
    case 'concat':
      return tf.concat([...operands], 4);
    case 'stitch':
      return tf.add(tf.mul(x, scalar(node.a)), tf.mul(operands[1], scalar(node.b)));
    case 'scale':
      return tf.mul(x, scalar(node.factor));
    case 'gather3d':
      return operands
        .slice(1)
        .reduce<tfjs.Tensor>((value, index, axis) => tf.gather(value, index as tfjs.Tensor1D, axis + 1), x);
    case 'upsample3d':
      return [1, 2, 3].reduce<tfjs.Tensor>((value, axis) => {
        const index = Int32Array.from({ length: x.shape[axis] * node.factor }, (_, i) => Math.floor(i / node.factor));
        return tf.gather(value, tf.tensor1d(index, 'int32'), axis);
      }, x);
    case 'weightedSum':
      return operands.map((value, i) => tf.mul(value, node.factors[i])).reduce((a, b) => tf.add(a, b));
    case 'secondOfSoftmax': {
      const [background, lesion] = tf.split(x, 2, 4);
      return tf.sigmoid(tf.sub(lesion, background));
    }
    default:
      throw new Error(`the yardstick has no ${node.kind}: only stems and patches are measured`);
  }
}
