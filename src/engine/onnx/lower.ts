/** From the network's vocabulary to ONNX: one lowering per layer kind. Features are [1, C, D, H, W], vectors [n]. */
import type { Graph, GraphNode, LayerKind, NodeOf, Parameter, Weights } from '../../network/graph.ts';
import { OnnxBuilder, type Value } from './onnxBuilder.ts';
import { foldPointwise, withFolded } from './rewrite.ts';

export const normEpsilon = 1e-5;

/** What a lowering may ask for. */
export interface Lowering {
  readonly onnx: OnnxBuilder;
  parameter(name: string): Value;
}

type Lower<K extends LayerKind> = (node: NodeOf<K>, inputs: readonly Value[], context: Lowering) => Value;

const samePads = (pad: number) => Array<number>(6).fill(pad);

/** [1, 8 C, D, H, W], channels ordered (z, y, x, C) by parity, to [1, C, 2D, 2H, 2W]. */
function depthToSpace(onnx: OnnxBuilder, x: Value): Value {
  const [, channels, d, h, w] = x.shape;
  const c = channels / 8;
  const split = onnx.reshape(x, [2, 2, 2, c, d, h, w]);
  return onnx.reshape(onnx.transpose(split, [3, 4, 0, 5, 1, 6, 2]), [1, c, 2 * d, 2 * h, 2 * w]);
}

/** [1, C, 2D, 2H, 2W] back to [1, 8 C, D, H, W]. */
export function depthToSpaceInverse(onnx: OnnxBuilder, x: Value): Value {
  const [, c, d, h, w] = x.shape;
  const split = onnx.reshape(x, [c, d / 2, 2, h / 2, 2, w / 2, 2]);
  return onnx.reshape(onnx.transpose(split, [2, 4, 6, 0, 1, 3, 5]), [1, 8 * c, d / 2, h / 2, w / 2]);
}

/** Every engine has 1^3 convolutions, and runs them at full speed; 3D transposed ones it runs slowly or not at
 *  all. With kernel = stride no two inputs meet in one output, so this is the same sum. */
function convTranspose(x: Value, weight: Value, bias: Value, onnx: OnnxBuilder): Value {
  const [from, to] = weight.shape;
  const byParity = onnx.reshape(onnx.transpose(weight, [2, 3, 4, 1, 0]), [8 * to, from, 1, 1, 1]);
  const bias8 = onnx.concat(Array<Value>(8).fill(bias), 0);
  return depthToSpace(onnx, onnx.conv(x, byParity, { bias: bias8 }));
}

/** Parameters [C] against features [1, C, D, H, W]. */
export const perChannel = (onnx: OnnxBuilder, parameter: Value) =>
  onnx.reshape(parameter, [1, parameter.shape[0], 1, 1, 1]);

/** Instance norm is the operator; a group is an instance of a channel as long as the whole group. */
function groupNorm(x: Value, groups: number, weight: Value, bias: Value, onnx: OnnxBuilder): Value {
  const normalise = (values: Value, scale: Value, shift: Value) =>
    onnx.apply('InstanceNormalization', [values, scale, shift], values.shape, { epsilon: { float: normEpsilon } });
  const [, channels, d, h, w] = x.shape;
  if (groups === channels) return normalise(x, weight, bias);
  const grouped = onnx.reshape(x, [1, groups, (channels / groups) * d * h * w]);
  const normed = normalise(grouped, onnx.filled([groups], 1), onnx.filled([groups], 0));
  const scaled = onnx.multiply(onnx.reshape(normed, x.shape), perChannel(onnx, weight));
  return onnx.add(scaled, perChannel(onnx, bias));
}

/** Nearest: [1, C, D, 1, H, 1, W, 1] broadcast to [1, C, D, f, H, f, W, f]. */
export function upsample(onnx: OnnxBuilder, x: Value, factor: number): Value {
  const [, c, d, h, w] = x.shape;
  const expanded = [1, c, d, factor, h, factor, w, factor];
  const apart = onnx.reshape(x, [1, c, d, 1, h, 1, w, 1]);
  const repeated = onnx.apply('Expand', [apart, onnx.integers(expanded)], expanded);
  return onnx.reshape(repeated, [1, c, d * factor, h * factor, w * factor]);
}

export const lowerings: { readonly [K in LayerKind]: Lower<K> } = {
  conv3d: ({ stride, pad, weight, bias }, [x], { onnx, parameter }) =>
    onnx.conv(x, parameter(weight), { stride, pads: samePads(pad), bias: bias ? parameter(bias) : undefined }),

  convTranspose3d: ({ weight, bias }, [x], { onnx, parameter }) =>
    convTranspose(x, parameter(weight), parameter(bias), onnx),

  averagePool3d: (_, [x], { onnx }) => onnx.averagePool3(x),

  maxPool3d: (_, [x], { onnx }) =>
    onnx.apply('MaxPool', [x], [...x.shape.slice(0, 2), ...x.shape.slice(2).map((size) => Math.floor(size / 2))], {
      kernel_shape: [2, 2, 2],
      strides: [2, 2, 2],
    }),

  groupNorm: ({ groups, weight, bias }, [x], { onnx, parameter }) =>
    groupNorm(x, groups, parameter(weight), parameter(bias), onnx),

  relu: (_, [x], { onnx }) => onnx.unary('Relu', x),

  add: (_, [a, b], { onnx }) => onnx.add(a, b),

  concat: (_, inputs, { onnx }) => onnx.concat(inputs, 1),

  stitch: ({ a, b }, [first, second], { onnx, parameter }) =>
    onnx.add(onnx.multiply(first, parameter(a)), onnx.multiply(second, parameter(b))),

  scale: ({ factor }, [x], { onnx, parameter }) => onnx.multiply(x, parameter(factor)),

  /** Depth first: it leaves the fewest rows for the axes along which a gather moves single values. */
  gather3d: (_, [x, z, y, columns], { onnx }) => onnx.gather(onnx.gather(onnx.gather(x, z, 2), y, 3), columns, 4),

  upsample3d: ({ factor }, [x], { onnx }) => upsample(onnx, x, factor),

  weightedSum: ({ factors }, inputs, { onnx }) =>
    inputs.map((input, index) => onnx.scale(input, factors[index])).reduce((sum, term) => onnx.add(sum, term)),

  /** Of two channels, softmax is the logistic function of their difference. */
  secondOfSoftmax: (_, [x], { onnx }) =>
    onnx.unary('Sigmoid', onnx.subtract(onnx.slice(x, 1, 1, 2), onnx.slice(x, 1, 0, 1))),

  sliceChannels: ({ from, to }, [x], { onnx }) => onnx.slice(x, 1, from, to),

  globalAverage: (_, [x], { onnx }) => onnx.reshape(onnx.reduce('ReduceMean', x, [2, 3, 4]), [x.shape[1]]),

  concatVectors: (_, inputs, { onnx }) => onnx.concat(inputs, 0),

  linear: ({ weight, bias }, [x], { onnx, parameter }) => {
    const [to, from] = parameter(weight).shape;
    const row = onnx.reshape(x, [1, from]);
    const result = onnx.apply('Gemm', [row, parameter(weight), parameter(bias)], [1, to], { transB: 1 });
    return onnx.reshape(result, [to]);
  },

  /** The linear layer's columns for this unit, as a 1^3 convolution. */
  evidence: ({ weight, offset }, [x], { onnx, parameter }) => {
    const channels = x.shape[1];
    const columns = onnx.slice(parameter(weight), 1, offset, offset + channels);
    return onnx.conv(x, onnx.reshape(columns, [columns.shape[0], channels, 1, 1, 1]));
  },
};

/** Typescript cannot see that a node and the lowering of its kind belong together. */
export function lowerNode(node: GraphNode, inputs: readonly Value[], context: Lowering): Value {
  const lower = lowerings[node.kind] as Lower<LayerKind>;
  return lower(node, inputs, context);
}

/** Shape of a graph's value as ONNX sees it: features get their batch of one. */
export const onnxShape = (shape: readonly number[]) => (shape.length === 4 ? [1, ...shape] : shape);

function shapeOf(weights: Weights, name: string): readonly number[] {
  const parameter = weights.get(name);
  if (!parameter) throw new Error(`the weights hold no ${name}`);
  return parameter.shape;
}

/** Parameters as constants of the model, each stored once. */
export function storedParameters(onnx: OnnxBuilder, weights: Weights): (name: string) => Value {
  const stored = new Map<string, Value>();
  return (name) => {
    const known = stored.get(name);
    if (known) return known;
    const value = onnx.initializer(name, shapeOf(weights, name), (weights.get(name) as Parameter).data);
    stored.set(name, value);
    return value;
  };
}

/** Adds nodes to a model under construction.
 *  @param inputs what the nodes may read, by name
 *  @param lower adds one node; training has nodes of its own beside the network's
 *  @returns every value, by name */
export function lowerNodes<
  Node extends { readonly kind: string; readonly name: string; readonly inputs: readonly string[] },
>(
  nodes: readonly Node[],
  inputs: ReadonlyMap<string, Value>,
  lower: (node: Node, operands: readonly Value[]) => Value,
): ReadonlyMap<string, Value> {
  const values = new Map(inputs);
  for (const node of nodes) {
    const operands = node.inputs.map((name) => {
      const value = values.get(name);
      if (!value) throw new Error(`${node.kind} ${node.name}: there is no value ${name}`);
      return value;
    });
    values.set(node.name, lower(node, operands));
  }
  return values;
}

/** A graph with its weights as one ONNX model; inputs and outputs keep their names.
 *  @returns the model's bytes, and the outputs' shapes without the batch */
export function lowerGraph(
  graph: Graph,
  weights: Weights,
): { model: Uint8Array<ArrayBuffer>; outputShapes: Readonly<Record<string, readonly number[]>> } {
  const onnx = new OnnxBuilder();
  const inputs = new Map(graph.inputs.map(({ name, shape, type }) => [name, onnx.input(name, onnxShape(shape), type)]));
  const { nodes, kernels } = foldPointwise(graph.nodes, new Set(graph.outputs), (name) => shapeOf(weights, name));
  const context = { onnx, parameter: withFolded(onnx, storedParameters(onnx, weights), kernels) };
  const values = lowerNodes(nodes, inputs, (node, operands) => lowerNode(node, operands, context));
  const outputShapes: Record<string, readonly number[]> = {};
  for (const name of graph.outputs) {
    const value = values.get(name);
    if (!value) throw new Error(`graph ${graph.name} makes no ${name}`);
    onnx.output(name, value);
    outputShapes[name] = value.shape.length === 5 ? value.shape.slice(1) : value.shape;
  }
  return { model: onnx.write(graph.name), outputShapes };
}
