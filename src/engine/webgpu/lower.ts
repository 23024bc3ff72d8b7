/** From the network's vocabulary to steps on the device: one lowering per kind of node. */
import type { Graph, NodeOf, Parameter, TensorShape, Weights } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import { inferShapes } from '../../network/shapes.ts';
import {
  blockingOf,
  conv3dKernel,
  outBlocksPerThread,
  type Blocking,
  type ConvShape,
  type ConvSource,
} from './kernels/conv3d.ts';
import { chunksOf, globalAverageKernel, momentsKernel, normTableKernel, partialRows } from './kernels/norm.ts';
import { type Operand } from './kernels/operand.ts';
import {
  averagePoolKernel,
  convTransposeKernel,
  gatherKernel,
  maxPoolKernel,
  pickChannelsKernel,
  weightedSumKernel,
  type Summand,
} from './kernels/small.ts';
import type { Kernel } from './kernels/kernel.ts';
import { blocksOf, bytesOf } from './layout.ts';
import type { DeviceValue, Part, Program, Slot, Step } from './program.ts';
import { rewriteGraph, type PlanNode, type SoftmaxOfSum, type UpConv } from './rewrite.ts';
import { foldUpsampling, foldUpsamplingBias, packCoarse, packConv, packTranspose, padded } from './weights.ts';

type PlanKind = PlanNode['kind'];
type PlanNodeOf<K extends PlanKind> = K extends 'upConv'
  ? UpConv
  : K extends 'softmaxOfSum'
    ? SoftmaxOfSum
    : Extract<PlanNode, { kind: K }>;
type Lower<K extends PlanKind> = (
  node: PlanNodeOf<K>,
  inputs: readonly DeviceValue[],
  context: Lowering,
) => DeviceValue;
type Sizes = readonly [depth: number, rows: number, columns: number];

const sizesOf = ({ shape }: { shape: TensorShape }) => shape.slice(1) as unknown as Sizes;
const voxelsOf = (value: { shape: TensorShape }) => sizeOf(sizesOf(value));
const operandOf = ({ channels, table }: Part): Operand => ({ channels, hasTable: table !== null });
const slotsToRead = ({ slot, table }: Part): Slot[] => (table ? [slot, table] : [slot]);

/** Collects steps, and makes slots. */
class Lowering {
  readonly steps: Step[] = [];
  readonly indexLimits = new Map<string, number>();
  /** Largest number of bytes that a kernel may bind at once. */
  readonly mostBytes: number;
  readonly blocking: Blocking;
  private readonly weights: Weights;
  private readonly readersOf: ReadonlyMap<string, readonly PlanNode[]>;
  private readonly constants = new Map<string, Slot>();

  constructor(weights: Weights, readersOf: ReadonlyMap<string, readonly PlanNode[]>, options: LoweringOptions) {
    this.weights = weights;
    this.readersOf = readersOf;
    this.mostBytes = options.mostBytes;
    this.blocking = options.blocking;
  }

  parameter(name: string): Parameter {
    return this.weights.get(name) as Parameter; // inferShapes has asked for every one
  }

  scalar(name: string): number {
    return this.parameter(name).data[0];
  }

  slot(label: string, bytes: number): Slot {
    return { label, bytes, constant: null };
  }

  /** @param key constants of the same key are stored once */
  constant(key: string, make: () => Float32Array): Slot {
    const made = this.constants.get(key);
    if (made) return made;
    const values = make();
    const slot = { label: key, bytes: values.byteLength, constant: values };
    this.constants.set(key, slot);
    return slot;
  }

  dispatch(kernel: Kernel, slots: readonly Slot[]): void {
    this.steps.push({ kind: 'dispatch', kernel, slots });
  }

  copy(from: Slot, to: Slot, toByte: number, bytes: number): void {
    this.steps.push({ kind: 'copy', from, to, toByte, bytes });
  }

  /** The nodes that read a value, if the caller of the graph does not. */
  readers(name: string): readonly PlanNode[] {
    return this.readersOf.get(name) ?? [];
  }

  /** One part, kept in one buffer.
   *  @throws where it is too large for that: a graph that this engine was not made for */
  part(label: string, channels: number, voxels: number): Part {
    const bytes = bytesOf(channels, voxels);
    if (bytes > this.mostBytes)
      throw new Error(`${label} takes ${bytes} bytes, at most ${this.mostBytes} can be bound`);
    return { channels, slot: this.slot(label, bytes), table: null };
  }

  /** How many channels of a value one buffer holds: whole blocks, and whole threads' worth where that many fit. */
  channelsPerPart(channels: number, voxels: number, blocking: Blocking): number {
    if (bytesOf(channels, voxels) <= this.mostBytes) return channels;
    const blocks = Math.max(1, Math.floor(this.mostBytes / (16 * voxels)));
    const perThread = outBlocksPerThread(channels, blocking);
    return 4 * (blocks < perThread ? blocks : blocks - (blocks % perThread));
  }
}

const value = (shape: TensorShape, parts: readonly Part[]): DeviceValue => ({ shape, parts, upsample: 1 });

/** As one part that holds what it says: nothing waits for its readers. */
function plain(name: string, x: DeviceValue, context: Lowering): DeviceValue {
  const [part] = x.parts;
  if (x.parts.length === 1 && !part.table && x.upsample === 1) return x;
  const joined = x.parts.length === 1 ? x : join(name, x, context);
  if (!joined.parts[0].table && x.upsample === 1) return joined;
  const out = context.part(name, x.shape[0], voxelsOf(x));
  const summand = { ...operandOf(joined.parts[0]), upsample: x.upsample, factor: 1 };
  context.dispatch(weightedSumKernel([summand], sizesOf(x), false), [...slotsToRead(joined.parts[0]), out.slot]);
  return value(x.shape, [out]);
}

/** Every part in its own place, upsampling done. */
const atFullSize = (name: string, x: DeviceValue, context: Lowering) =>
  x.upsample === 1 ? x : plain(name, x, context);

/** All parts in one. */
function join(name: string, x: DeviceValue, context: Lowering, [from, to] = [0, x.shape[0]]): DeviceValue {
  const voxels = voxelsOf(x) / x.upsample ** 3;
  const out = context.part(name, to - from, voxels);
  context.dispatch(pickChannelsKernel(x.parts.map(operandOf), voxels, [from, to]), [
    ...x.parts.flatMap(slotsToRead),
    out.slot,
  ]);
  return { ...x, shape: [to - from, ...sizesOf(x)], parts: [out] };
}

/** Every kernel of one operand does a part at a time. */
function partwise(
  name: string,
  x: DeviceValue,
  out: Sizes,
  context: Lowering,
  make: (operand: Operand) => Kernel,
  more: readonly Slot[] = [],
): DeviceValue {
  const full = atFullSize(name, x, context);
  const parts = full.parts.map((part) => {
    const made = context.part(name, part.channels, sizeOf(out));
    context.dispatch(make(operandOf(part)), [...slotsToRead(part), ...more, made.slot]);
    return made;
  });
  return value([x.shape[0], ...out], parts);
}

/** Sum of values times numbers, part by part where all are parted alike. */
function sum(
  name: string,
  inputs: readonly DeviceValue[],
  factors: readonly number[],
  isSoftmax: boolean,
  context: Lowering,
): DeviceValue {
  const [{ shape }] = inputs;
  const alike = inputs.every(
    ({ parts }) =>
      parts.map(({ channels }) => channels).join() === inputs[0].parts.map(({ channels }) => channels).join(),
  );
  const operands = alike ? inputs : inputs.map((x) => (x.parts.length === 1 ? x : join(name, x, context)));
  const sizes = sizesOf(inputs[0]);
  const parts = operands[0].parts.map((_, i) => {
    const summands = operands.map((x, s): Summand => ({
      ...operandOf(x.parts[i]),
      upsample: x.upsample,
      factor: factors[s],
    }));
    const out = context.part(name, isSoftmax ? 1 : summands[0].channels, sizeOf(sizes));
    context.dispatch(weightedSumKernel(summands, sizes, isSoftmax), [
      ...operands.flatMap((x) => slotsToRead(x.parts[i])),
      out.slot,
    ]);
    return out;
  });
  return value([isSoftmax ? 1 : shape[0], ...sizes], parts);
}

interface ConvCall {
  readonly name: string;
  readonly sources: readonly { readonly part: Part; readonly isCoarse: boolean }[];
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly in: Sizes;
  readonly out: Sizes;
  readonly outChannels: number;
  readonly bias: ConvShape['bias'];
  /** Packed weights and bias of output channels [from, to). */
  readonly packed: (source: ConvSource, index: number, from: number, to: number, blocking: Blocking) => Float32Array;
  readonly biasOf: (from: number, to: number) => Float32Array;
}

function convolve(call: ConvCall, context: Lowering): DeviceValue {
  const { name, outChannels, out } = call;
  const sources = call.sources.map(({ part, isCoarse }): ConvSource => ({ ...operandOf(part), isCoarse }));
  const blocking = blockingOf(call, context.blocking);
  const perPart = context.channelsPerPart(outChannels, sizeOf(out), blocking);
  const parts: Part[] = [];
  for (let from = 0; from < outChannels; from += perPart) {
    const to = Math.min(from + perPart, outChannels);
    const made = context.part(name, to - from, sizeOf(out));
    const weights = context.constant(`${name}.weights ${from}`, () =>
      concatenated(sources.map((source, i) => call.packed(source, i, from, to, blocking))),
    );
    const bias = call.bias === 'none' ? [] : [context.constant(`${name}.bias ${from}`, () => call.biasOf(from, to))];
    const shape = { ...call, sources, outChannels: to - from, blocking };
    context.dispatch(conv3dKernel(shape), [
      ...call.sources.flatMap(({ part }) => slotsToRead(part)),
      ...[weights, ...bias, made.slot],
    ]);
    parts.push(made);
  }
  return value([outChannels, ...out], parts);
}

function concatenated(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((length, array) => length + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}

/** Output channels [from, to) of a kernel. */
function outChannelsOf({ shape, data }: Parameter, from: number, to: number): Parameter {
  const each = data.length / shape[0];
  return { shape: [to - from, ...shape.slice(1)], data: data.subarray(from * each, to * each) };
}

/** First input channel of each part. */
function offsets(parts: readonly Part[], start = 0): number[] {
  let at = start;
  return parts.map(({ channels }) => {
    at += channels;
    return at - channels;
  });
}

function conv(
  node: { name: string; kernel: 1 | 3; stride: 1 | 2; pad: number },
  x: DeviceValue,
  weight: Parameter,
  bias: Parameter | null,
  context: Lowering,
): DeviceValue {
  const full = atFullSize(node.name, x, context);
  const first = offsets(full.parts);
  const out = sizesOf(full).map((size) => Math.floor((size + 2 * node.pad - node.kernel) / node.stride) + 1);
  return convolve(
    {
      ...{ name: node.name, kernel: node.kernel, stride: node.stride },
      sources: full.parts.map((part) => ({ part, isCoarse: false })),
      in: sizesOf(full),
      out: out as unknown as Sizes,
      outChannels: weight.shape[0],
      bias: bias ? 'channel' : 'none',
      packed: (source, i, from, to, blocking) => packConv(source, first[i], outChannelsOf(weight, from, to), blocking),
      biasOf: (from, to) => padded((bias as Parameter).data.subarray(from, to)),
    },
    context,
  );
}

const identityRow = (floor: number) => Float32Array.from([1, 0, floor].flatMap((row) => Array<number>(4).fill(row)));
/** Scale 1, shift 0, cut at zero: a ReLU that waits. */
function reluTable(channels: number, context: Lowering): Slot {
  return context.constant(`relu ${channels}`, () =>
    concatenated(Array.from({ length: blocksOf(channels) }, () => identityRow(0))),
  );
}

/** Norm of one part's channels in whole groups: the part as it is, with a table. */
function normed(
  name: string,
  part: Part,
  voxels: number,
  { groups, weight, bias, cutsAtZero }: { groups: number; weight: Slot; bias: Slot; cutsAtZero: boolean },
  context: Lowering,
): Part {
  const blocks = blocksOf(part.channels);
  const partial = context.slot(`${name} moments`, 16 * partialRows * blocks * chunksOf(voxels));
  const table = context.slot(`${name} table`, 16 * 3 * blocks);
  context.dispatch(momentsKernel(part.channels, voxels), [part.slot, partial]);
  context.dispatch(normTableKernel(part.channels, chunksOf(voxels), groups, cutsAtZero), [
    partial,
    weight,
    bias,
    table,
  ]);
  return { ...part, table };
}

const lowerings: { readonly [K in PlanKind]: Lower<K> } = {
  conv3d: (node, [x], context) =>
    conv(node, x, context.parameter(node.weight), node.bias ? context.parameter(node.bias) : null, context),

  upConv: ({ name, up, conv: { weight, bias } }, [coarse, ...others], context) => {
    const [upWeight, convWeight] = [context.parameter(up.weight), context.parameter(weight)];
    const low = atFullSize(name, coarse, context);
    const fine = others.map((x) => atFullSize(name, x, context)).flatMap(({ parts }) => parts);
    const between = upWeight.shape[1];
    const first = [...offsets(low.parts), ...offsets(fine, between)];
    const size = sizesOf(low).map((n) => 2 * n) as unknown as Sizes;
    const channels = low.shape[0];
    const kernel = foldUpsampling(upWeight, convWeight);
    /** The kernel's rows for output channels [from, to) and one part's input channels. */
    const partOf = (source: ConvSource, start: number, from: number, to: number) => {
      const values = new Float32Array((to - from) * source.channels * 64);
      for (let o = from; o < to; o++) {
        const row = (o * channels + start) * 64;
        values.set(kernel.subarray(row, row + source.channels * 64), (o - from) * source.channels * 64);
      }
      return values;
    };
    return convolve(
      {
        ...{ name, kernel: 3, stride: 1, in: size, out: size, outChannels: convWeight.shape[0], bias: 'place' },
        sources: [
          ...low.parts.map((part) => ({ part, isCoarse: true })),
          ...fine.map((part) => ({ part, isCoarse: false })),
        ],
        packed: (source, i, from, to, blocking) =>
          source.isCoarse
            ? packCoarse(source, partOf(source, first[i], from, to), to - from, blocking)
            : packConv(source, first[i], outChannelsOf(convWeight, from, to), blocking),
        biasOf: (from, to) => {
          const own = bias ? outChannelsOf(context.parameter(bias), from, to) : null;
          return foldUpsamplingBias(context.parameter(up.bias), outChannelsOf(convWeight, from, to), own);
        },
      },
      context,
    );
  },

  convTranspose3d: ({ name, weight, bias }, [x], context) => {
    const full = atFullSize(name, x, context);
    const source = full.parts.length === 1 ? full : join(name, full, context);
    const [, to] = context.parameter(weight).shape;
    const sizes = sizesOf(source);
    const out = context.part(name, to, 8 * sizeOf(sizes));
    context.dispatch(convTransposeKernel(operandOf(source.parts[0]), sizes, to), [
      ...slotsToRead(source.parts[0]),
      context.constant(`${name}.weights`, () => packTranspose(context.parameter(weight))),
      context.constant(`${name}.bias`, () => padded(context.parameter(bias).data)),
      out.slot,
    ]);
    return value([to, ...sizes.map((size) => 2 * size)], [out]);
  },

  averagePool3d: ({ name }, [x], context) =>
    partwise(name, x, sizesOf(x), context, (operand) => averagePoolKernel(operand, sizesOf(x))),

  maxPool3d: ({ name }, [x], context) => {
    const out = sizesOf(x).map((size) => Math.floor(size / 2)) as unknown as Sizes;
    return partwise(name, x, out, context, (operand) => maxPoolKernel(operand, sizesOf(x), out));
  },

  /** A ReLU that alone reads the norm goes into the same table. */
  groupNorm: ({ name, groups, weight, bias }, [x], context) => {
    const channels = x.shape[0];
    const isWaiting = x.parts.some(({ table }) => table) || x.upsample > 1;
    const ready = isWaiting ? plain(name, x, context) : x;
    const perChannel = groups === channels;
    const source = perChannel || ready.parts.length === 1 ? ready : join(name, ready, context);
    const cutsAtZero = isCutAtZero(name, context);
    const first = offsets(source.parts);
    const own = (parameter: string, from: number, count: number) =>
      context.constant(`${parameter} ${from}`, () => context.parameter(parameter).data.slice(from, from + count));
    const parts = source.parts.map((part, i) => {
      const affine = {
        weight: own(weight, first[i], part.channels),
        bias: own(bias, first[i], part.channels),
      };
      return normed(
        name,
        part,
        voxelsOf(source),
        { groups: perChannel ? part.channels : groups, ...affine, cutsAtZero },
        context,
      );
    });
    return value(x.shape, parts);
  },

  relu: ({ name, inputs: [input] }, [x], context) => {
    if (isCutAtZero(input, context) && x.parts.every(({ table }) => table)) return x;
    const ready = x.parts.some(({ table }) => table) ? plain(name, x, context) : x;
    return { ...ready, parts: ready.parts.map((part) => ({ ...part, table: reluTable(part.channels, context) })) };
  },

  add: ({ name }, inputs, context) => sum(name, inputs, [1, 1], false, context),

  /** Nothing moves, unless channels would not begin with a block. */
  concat: ({ name }, inputs, context) => {
    const full = inputs.map((x) => atFullSize(name, x, context));
    const channels = full.reduce((count, { shape }) => count + shape[0], 0);
    const all = value(
      [channels, ...sizesOf(full[0])],
      full.flatMap(({ parts }) => parts),
    );
    const isWhole = all.parts.every((part, i) => part.channels % 4 === 0 || i === all.parts.length - 1);
    return isWhole ? all : join(name, all, context);
  },

  stitch: ({ name, a, b }, inputs, context) =>
    sum(name, inputs, [context.scalar(a), context.scalar(b)], false, context),

  scale: ({ name, factor }, inputs, context) => sum(name, inputs, [context.scalar(factor)], false, context),

  gather3d: ({ name, inputs }, [x, z, y, columns], context) => {
    const out = [z, y, columns].map(({ shape }) => shape[0]) as unknown as Sizes;
    sizesOf(x).forEach((size, axis) => {
      const index = inputs[axis + 1];
      context.indexLimits.set(index, Math.min(size, context.indexLimits.get(index) ?? size));
    });
    const indices = [z, y, columns].map(({ parts }) => parts[0].slot);
    return partwise(name, x, out, context, (operand) => gatherKernel(operand, sizesOf(x), out), indices);
  },

  upsample3d: ({ name, factor }, [x], context) => {
    const full = atFullSize(name, x, context);
    return { ...full, shape: [x.shape[0], ...sizesOf(x).map((size) => size * factor)], upsample: factor };
  },

  weightedSum: ({ name, factors }, inputs, context) => sum(name, inputs, factors, false, context),

  softmaxOfSum: ({ name, factors }, inputs, context) => sum(name, inputs, factors, true, context),

  secondOfSoftmax: ({ name }, inputs, context) => sum(name, inputs, [1], true, context),

  sliceChannels: ({ name, from, to }, [x], context) => join(name, atFullSize(name, x, context), context, [from, to]),

  globalAverage: ({ name }, [x], context) => {
    const full = atFullSize(name, x, context);
    const out = context.slot(name, 4 * x.shape[0]);
    const first = offsets(full.parts);
    full.parts.forEach((part, i) =>
      context.dispatch(globalAverageKernel(operandOf(part), voxelsOf(x), first[i]), [...slotsToRead(part), out]),
    );
    return vector(x.shape[0], out);
  },

  concatVectors: ({ name }, inputs, context) => {
    const length = inputs.reduce((count, { shape }) => count + shape[0], 0);
    const out = context.slot(name, 4 * length);
    let at = 0;
    for (const { shape, parts } of inputs) {
      context.copy(parts[0].slot, out, 4 * at, 4 * shape[0]);
      at += shape[0];
    }
    return vector(length, out);
  },

  linear: ({ name, weight, bias }, [x], context) => {
    const { shape, data } = context.parameter(weight);
    const out = context.slot(name, 4 * shape[0]);
    const [weights, biases] = [
      context.constant(weight, () => data.slice()),
      context.constant(bias, () => context.parameter(bias).data.slice()),
    ];
    context.steps.push({
      kind: 'linear',
      from: shape[1],
      to: shape[0],
      slots: [x.parts[0].slot, weights, biases, out],
    });
    return vector(shape[0], out);
  },

  /** The linear layer's columns for this unit, as a 1^3 convolution. */
  evidence: ({ name, weight, offset }, [x], context) => {
    const { shape, data } = context.parameter(weight);
    const channels = x.shape[0];
    const columns = new Float32Array(shape[0] * channels);
    for (let j = 0; j < shape[0]; j++)
      columns.set(data.subarray(j * shape[1] + offset, j * shape[1] + offset + channels), j * channels);
    const kernel = { shape: [shape[0], channels, 1, 1, 1], data: columns };
    return conv({ name, kernel: 1, stride: 1, pad: 0 }, x, kernel, null, context);
  },
};

/** Vectors have no channels to speak of; no kernel for features reads them. */
const vector = (length: number, slot: Slot): DeviceValue => value([length], [{ channels: length, slot, table: null }]);

function isCutAtZero(name: string, context: Lowering): boolean {
  const readers = context.readers(name);
  return readers.length === 1 && readers[0].kind === 'relu';
}

/** Typescript cannot see that a node and the lowering of its kind belong together. */
function lowerNode(node: PlanNode, inputs: readonly DeviceValue[], context: Lowering): DeviceValue {
  const lower = lowerings[node.kind] as Lower<PlanKind>;
  return lower(node as NodeOf<'relu'>, inputs, context);
}

export interface LoweringOptions {
  /** That one binding may hold. */
  readonly mostBytes: number;
  readonly blocking: Blocking;
}

export function lowerGraph(graph: Graph, weights: Weights, options: LoweringOptions): Program {
  inferShapes(graph, weights);
  const rewritten = rewriteGraph(graph, weights);
  const readersOf = new Map<string, PlanNode[]>();
  for (const node of rewritten.nodes)
    for (const name of node.inputs) readersOf.set(name, [...(readersOf.get(name) ?? []), node]);
  // The caller is a reader of its own, and no ReLU.
  for (const name of graph.outputs) readersOf.set(name, []);
  const context = new Lowering(rewritten.weights, readersOf, options);

  const inputs = new Map(
    graph.inputs.map(({ name, shape }): [string, DeviceValue] => {
      const isFeatures = shape.length === 4;
      return [
        name,
        isFeatures ? inputFeatures(name, shape, context) : vector(shape[0], context.slot(name, 4 * shape[0])),
      ];
    }),
  );
  const values = new Map(inputs);
  for (const node of rewritten.nodes) {
    const operands = node.inputs.map((name) => values.get(name) as DeviceValue);
    values.set(node.name, lowerNode(node, operands, context));
  }
  const outputs = new Map(
    graph.outputs.map((name): [string, DeviceValue] => {
      const found = values.get(name) as DeviceValue;
      return [name, found.shape.length === 4 ? plain(name, found, context) : found];
    }),
  );
  return { steps: context.steps, inputs, outputs, indexLimits: context.indexLimits };
}

function inputFeatures(name: string, shape: TensorShape, context: Lowering): DeviceValue {
  return value(shape, [context.part(name, shape[0], sizeOf(shape.slice(1)))]);
}
