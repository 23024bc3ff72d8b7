/** The gradient of every layer kind, in plain ONNX operators that every runtime has: what reaches a layer's
 *  inputs and parameters, given what reaches its output. Features are [1, C, D, H, W], vectors [n]. */
import { depthToSpaceInverse, normEpsilon, perChannel, type Lowering } from '../../engine/onnx/lower.ts';
import type { OnnxBuilder, Value } from '../../engine/onnx/onnxBuilder.ts';
import type { LayerKind, NodeOf } from '../../network/graph.ts';
import { convInputGradient, convWeightGradient, pointwiseWeightGradient } from './convGradients.ts';

export interface Incoming extends Lowering {
  readonly inputs: readonly Value[];
  readonly output: Value;
  /** Derivative of the loss by the output. */
  readonly gradient: Value;
}
/** Each entry adds its operators only when it is called: nobody asks for the derivative by the voxels. */
export interface Outgoing {
  /** In the order of the node's inputs; index vectors have none. */
  readonly inputs: readonly (() => Value)[];
  readonly parameters?: Readonly<Record<string, () => Value>>;
}
type Gradient<K extends LayerKind> = (node: NodeOf<K>, incoming: Incoming) => Outgoing;

const overSpace = [2, 3, 4];

/** Sum over all voxels, by channel: [1, C, D, H, W] -> [C]. */
function channelSums(onnx: OnnxBuilder, x: Value): Value {
  const rows = onnx.reshape(x, [x.shape[1], x.shape[2] * x.shape[3] * x.shape[4]]);
  return onnx.reduce('ReduceSum', rows, [1], false);
}

/** Sum of a product, as the learned scalar's shape [1]. */
function dot(onnx: OnnxBuilder, a: Value, b: Value): Value {
  const product = onnx.multiply(a, b);
  const total = onnx.reduce(
    'ReduceSum',
    product,
    product.shape.map((_, axis) => axis),
    false,
  );
  return onnx.reshape(total, [1]);
}

/** With x^ = (x - mean) / s over a group of m values and g = weight * gradient:
 *  dx = (g - mean(g) - x^ mean(g x^)) / s, where the two means follow from each channel's own sums. */
function groupNorm(groups: number, weightName: string, biasName: string, incoming: Incoming): Outgoing {
  const { onnx, inputs, gradient, parameter } = incoming;
  const x = inputs[0];
  const [, channels, d, h, w] = x.shape;
  const inGroup = (channels / groups) * d * h * w;
  const grouped = onnx.reshape(x, [groups, inGroup]);
  const centred = onnx.subtract(grouped, onnx.reduce('ReduceMean', grouped, [1]));
  const variance = onnx.scale(onnx.reduce('ReduceSumSquare', centred, [1]), 1 / inGroup);
  const inverse = onnx.unary('Reciprocal', onnx.unary('Sqrt', onnx.add(variance, onnx.scalar(normEpsilon))));
  const normed = onnx.reshape(onnx.multiply(centred, inverse), x.shape);
  const weight = parameter(weightName);
  const byWeight = channelSums(onnx, onnx.multiply(gradient, normed));
  const byBias = channelSums(onnx, gradient);

  const groupMean = (perChannelSums: Value) => {
    const weighted = onnx.reshape(onnx.multiply(weight, perChannelSums), [groups, channels / groups]);
    return onnx.scale(onnx.reduce('ReduceSum', weighted, [1]), 1 / inGroup);
  };
  const byInput = () => {
    const flat = (value: Value) => onnx.reshape(value, [groups, inGroup]);
    const scaled = flat(onnx.multiply(gradient, perChannel(onnx, weight)));
    const along = onnx.multiply(flat(normed), groupMean(byWeight));
    const rest = onnx.subtract(onnx.subtract(scaled, groupMean(byBias)), along);
    return onnx.reshape(onnx.multiply(rest, inverse), x.shape);
  };
  return { inputs: [byInput], parameters: { [weightName]: () => byWeight, [biasName]: () => byBias } };
}

/** Every maximum of a block gets the block's gradient. Ties share nothing, but after a ReLU they are zeros,
 *  whose own derivative is zero. */
function maxPool({ onnx, inputs, output, gradient }: Incoming): Value {
  const [, c, d, h, w] = output.shape;
  const covered = overSpace.reduce((x, axis) => {
    const even = 2 * output.shape[axis];
    return even === x.shape[axis] ? x : onnx.slice(x, axis, 0, even);
  }, inputs[0]);
  const blocks = onnx.reshape(covered, [1, c, d, 2, h, 2, w, 2]);
  const asBlocks = (value: Value) => onnx.reshape(value, [1, c, d, 1, h, 1, w, 1]);
  const isMaximum = onnx.compare('Equal', blocks, asBlocks(output));
  const spread = onnx.reshape(onnx.multiply(isMaximum, asBlocks(gradient)), covered.shape);
  const missing = inputs[0].shape.map((size, axis) => size - covered.shape[axis]);
  if (missing.every((size) => size === 0)) return spread;
  return onnx.pad(spread, [0, 0, 0, 0, 0], missing);
}

/** Adds up what was taken from the same place: multiplication with the 0/1 matrix that says what came from where. */
function scatterAdd({ onnx, inputs, gradient }: Incoming): Value {
  const sizes = inputs[0].shape;
  const origin = (axis: number, index: Value) => {
    const places = onnx.integerRange(sizes[axis]);
    const column = onnx.reshape(index, [index.shape[0], 1]);
    return onnx.compare('Equal', column, places); // [taken, size]
  };
  const [, z, y, x] = inputs;
  const [, c, d, h] = gradient.shape;
  const columns = onnx.matMul(onnx.reshape(gradient, [c * d * h, gradient.shape[4]]), origin(4, x));
  const rows = onnx.matMul(onnx.transpose(origin(3, y), [1, 0]), onnx.reshape(columns, [c * d, h, sizes[4]]));
  const slices = onnx.matMul(onnx.transpose(origin(2, z), [1, 0]), onnx.reshape(rows, [c, d, sizes[3] * sizes[4]]));
  return onnx.reshape(slices, sizes);
}

/** The gradient's part of each concatenated value. */
function parts({ onnx, inputs, gradient }: Incoming, axis: number): (() => Value)[] {
  let from = 0;
  return inputs.map(({ shape }) => {
    const start = from;
    from += shape[axis];
    return () => onnx.slice(gradient, axis, start, start + shape[axis]);
  });
}

export const gradients: { readonly [K in LayerKind]: Gradient<K> } = {
  conv3d: ({ stride, pad, weight, bias }, { onnx, inputs: [x], gradient, parameter }) => ({
    inputs: [() => convInputGradient(onnx, x.shape, parameter(weight), gradient, stride, pad)],
    parameters: {
      [weight]: () => convWeightGradient(onnx, x, parameter(weight).shape, gradient, stride, pad),
      ...(bias && { [bias]: () => channelSums(onnx, gradient) }),
    },
  }),

  /** As lowered: a 1^3 convolution to 8 C channels, then depth to space. */
  convTranspose3d: ({ weight, bias }, { onnx, inputs: [x], gradient, parameter }) => {
    const [from, to] = parameter(weight).shape;
    const byParity = depthToSpaceInverse(onnx, gradient);
    const kernel = () => onnx.reshape(onnx.transpose(parameter(weight), [0, 2, 3, 4, 1]), [from, 8 * to, 1, 1, 1]);
    return {
      inputs: [() => onnx.conv(byParity, kernel())],
      parameters: {
        [weight]: () => {
          const flat = pointwiseWeightGradient(onnx, x, byParity); // [8 to, from]
          return onnx.transpose(onnx.reshape(flat, [2, 2, 2, to, from]), [4, 3, 0, 1, 2]);
        },
        [bias]: () => channelSums(onnx, gradient),
      },
    };
  },

  /** Symmetric: it is its own adjoint. */
  averagePool3d: (_, { onnx, gradient }) => ({ inputs: [() => onnx.averagePool3(gradient)] }),
  maxPool3d: (_, incoming) => ({ inputs: [() => maxPool(incoming)] }),
  groupNorm: ({ groups, weight, bias }, incoming) => groupNorm(groups, weight, bias, incoming),
  relu: (_, { onnx, output, gradient }) => ({
    inputs: [() => onnx.multiply(gradient, onnx.unary('Sign', output))],
  }),
  add: (_, { gradient }) => ({ inputs: [() => gradient, () => gradient] }),
  concat: (_, incoming) => ({ inputs: parts(incoming, 1) }),

  stitch: ({ a, b }, { onnx, inputs: [first, second], gradient, parameter }) => ({
    inputs: [() => onnx.multiply(gradient, parameter(a)), () => onnx.multiply(gradient, parameter(b))],
    parameters: { [a]: () => dot(onnx, gradient, first), [b]: () => dot(onnx, gradient, second) },
  }),

  scale: ({ factor }, { onnx, inputs: [x], gradient, parameter }) => ({
    inputs: [() => onnx.multiply(gradient, parameter(factor))],
    parameters: { [factor]: () => dot(onnx, gradient, x) },
  }),

  gather3d: (_, incoming) => ({ inputs: [() => scatterAdd(incoming)] }),

  /** Sums over blocks; average pooling is the fastest operator that sums blocks. */
  upsample3d: ({ factor }, { onnx, inputs: [x], gradient }) => ({
    inputs: [
      () => {
        const size = [factor, factor, factor];
        const mean = onnx.apply('AveragePool', [gradient], x.shape, { kernel_shape: size, strides: size });
        return onnx.scale(mean, factor ** 3);
      },
    ],
  }),

  weightedSum: ({ factors }, { onnx, gradient }) => ({
    inputs: factors.map((factor) => () => onnx.scale(gradient, factor)),
  }),

  /** p = logistic(second - first). */
  secondOfSoftmax: (_, { onnx, output, gradient }) => ({
    inputs: [
      () => {
        const slope = onnx.multiply(output, onnx.subtract(onnx.scalar(1), output));
        const second = onnx.multiply(gradient, slope);
        return onnx.concat([onnx.unary('Neg', second), second], 1);
      },
    ],
  }),

  sliceChannels: ({ from, to }, { onnx, inputs: [x], gradient }) => ({
    inputs: [() => onnx.pad(gradient, [0, from, 0, 0, 0], [0, x.shape[1] - to, 0, 0, 0])],
  }),

  globalAverage: (_, { onnx, inputs: [x], gradient }) => ({
    inputs: [
      () => {
        const share = onnx.scale(gradient, 1 / (x.shape[2] * x.shape[3] * x.shape[4]));
        return onnx.apply('Expand', [perChannel(onnx, share), onnx.integers(x.shape)], x.shape);
      },
    ],
  }),

  concatVectors: (_, incoming) => ({ inputs: parts(incoming, 0) }),

  linear: ({ weight, bias }, { onnx, inputs: [x], gradient, parameter }) => {
    const [to, from] = parameter(weight).shape;
    return {
      inputs: [() => onnx.reshape(onnx.matMul(onnx.reshape(gradient, [1, to]), parameter(weight)), [from])],
      parameters: {
        [weight]: () => onnx.multiply(onnx.reshape(gradient, [to, 1]), onnx.reshape(x, [1, from])),
        [bias]: () => gradient,
      },
    };
  },

  evidence: ({ weight, offset }, { onnx, inputs: [x], gradient, parameter }) => {
    const [classCount, all] = parameter(weight).shape;
    const channels = x.shape[1];
    return {
      inputs: [
        () => {
          const columns = onnx.slice(parameter(weight), 1, offset, offset + channels);
          return onnx.conv(gradient, onnx.reshape(onnx.transpose(columns, [1, 0]), [channels, classCount, 1, 1, 1]));
        },
      ],
      parameters: {
        [weight]: () => onnx.pad(pointwiseWeightGradient(onnx, x, gradient), [0, offset], [0, all - offset - channels]),
      },
    };
  },
};
