/** Every layer kind alone: short cases whose numbers can be checked by hand, and awkward sizes (odd, 1, one more or
 *  less than a workgroup, channels that four does not divide) that are compared with the reference engine. */
import type { GraphNode, LayerKind, NodeOf, Parameter, TensorShape } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import type { HostTensor } from '../contract.ts';
import { graphInput, indices, tensor, type EngineCase } from './engineCase.ts';
import { formulaValues } from './formula.ts';
import { tolerances } from './tolerances.ts';

interface LayerCase<K extends LayerKind> {
  readonly title: string;
  readonly options: Omit<NodeOf<K>, 'kind' | 'name' | 'inputs'>;
  /** A shape alone is filled by the formula. */
  readonly inputs: readonly (HostTensor | TensorShape)[];
  readonly parameters?: Readonly<Record<string, HostTensor | TensorShape>>;
  /** By hand; else the reference engine's. */
  readonly expected?: readonly number[];
}

const range = (length: number) => Array.from({ length }, (_, i) => i);
/** Values of one channel along one row. */
const row = (...values: number[]) => tensor([1, 1, 1, values.length], values);
const vector = (...values: number[]) => tensor([values.length], values);
/** A 3^3 kernel from one channel to one, zero but at the given taps. */
const taps = (at: Readonly<Record<number, number>>) =>
  tensor(
    [1, 1, 3, 3, 3],
    range(27).map((tap) => at[tap] ?? 0),
  );

const convSizes: readonly [from: number, to: number, sizes: TensorShape][] = [
  [1, 1, [1, 1, 1]],
  [1, 2, [5, 6, 7]],
  [2, 3, [4, 4, 4]],
  [3, 5, [3, 5, 9]],
  [4, 4, [2, 7, 65]],
  [5, 17, [4, 3, 8]],
  [7, 4, [1, 9, 16]],
  [8, 12, [6, 8, 10]],
  [16, 16, [3, 17, 33]],
  [17, 3, [2, 5, 4]],
  [9, 6, [5, 1, 63]],
  [32, 20, [4, 6, 6]],
];

const conv3d: LayerCase<'conv3d'>[] = [
  {
    title: 'leaves values alone under a kernel that is one in its centre',
    options: { kernel: 3, stride: 1, pad: 1, weight: 'w' },
    inputs: [tensor([1, 2, 2, 3], range(12))],
    parameters: { w: taps({ 13: 1 }) },
    expected: range(12),
  },
  {
    title: 'counts the voxels inside at corners, edges and faces',
    options: { kernel: 3, stride: 1, pad: 1, weight: 'w' },
    inputs: [tensor([1, 2, 3, 3], Array(18).fill(1))],
    parameters: { w: tensor([1, 1, 3, 3, 3], Array(27).fill(1)) },
    expected: [8, 12, 8, 12, 18, 12, 8, 12, 8, 8, 12, 8, 12, 18, 12, 8, 12, 8],
  },
  {
    title: 'takes depth from the slowest tap and columns from the fastest',
    options: { kernel: 3, stride: 1, pad: 1, weight: 'w' },
    inputs: [tensor([1, 2, 2, 2], range(8))],
    // One slice on (22) times 1, one row on (16) times 10, one column on (14) times 100.
    parameters: { w: taps({ 22: 1, 16: 10, 14: 100 }) },
    expected: [124, 35, 306, 7, 560, 70, 700, 0],
  },
  {
    title: 'starts with its centre on the first voxel at stride 2, even size',
    options: { kernel: 3, stride: 2, pad: 1, weight: 'w' },
    inputs: [row(1, 2, 3, 4)],
    parameters: { w: taps({ 13: 1, 14: 100 }) },
    expected: [201, 403],
  },
  {
    title: 'starts with its centre on the first voxel at stride 2, odd size',
    options: { kernel: 3, stride: 2, pad: 1, weight: 'w' },
    inputs: [row(1, 2, 3, 4, 5)],
    parameters: { w: taps({ 12: 1000, 13: 1, 14: 100 }) },
    expected: [201, 2403, 4005],
  },
  {
    title: 'sums over input channels and adds the bias',
    options: { kernel: 1, stride: 1, pad: 0, weight: 'w', bias: 'b' },
    inputs: [tensor([2, 1, 1, 2], [1, 2, 10, 20])],
    parameters: { w: tensor([2, 2, 1, 1, 1], [1, 1, 3, -1]), b: vector(0.5, 0) },
    expected: [11.5, 22.5, -7, -14],
  },
  {
    title: 'takes every second voxel at kernel 1, stride 2, odd size',
    options: { kernel: 1, stride: 2, pad: 0, weight: 'w' },
    inputs: [row(1, 2, 3, 4, 5)],
    parameters: { w: tensor([1, 1, 1, 1, 1], [2]) },
    expected: [2, 6, 10],
  },
  ...convSizes.flatMap(([from, to, sizes]) =>
    ([1, 2] as const).flatMap((stride) =>
      ([3, 1] as const).map((kernel): LayerCase<'conv3d'> => ({
        title: `${kernel}^3, stride ${stride}, ${from} to ${to} channels at ${sizes.join(' x ')}`,
        options: { kernel, stride, pad: kernel === 3 ? 1 : 0, weight: 'w', ...(stride === 1 && { bias: 'b' }) },
        inputs: [[from, ...sizes]],
        parameters: { w: [to, from, kernel, kernel, kernel], b: [to] },
      })),
    ),
  ),
];

const convTranspose3d: LayerCase<'convTranspose3d'>[] = [
  {
    title: 'lays its eight taps where they belong',
    options: { weight: 'w', bias: 'b' },
    inputs: [row(1, 10)],
    parameters: { w: tensor([1, 1, 2, 2, 2], range(8)), b: vector(0.5) },
    expected: [0, 1, 0, 10, 2, 3, 20, 30, 4, 5, 40, 50, 6, 7, 60, 70].map((value) => value + 0.5),
  },
  {
    title: 'keeps input and output channels apart',
    options: { weight: 'w', bias: 'b' },
    inputs: [tensor([2, 1, 1, 1], [1, 100])],
    parameters: {
      w: tensor(
        [2, 2, 2, 2, 2],
        [1, 2, 3, 4].flatMap((value) => Array<number>(8).fill(value)),
      ),
      b: vector(0, 0),
    },
    expected: [...Array<number>(8).fill(301), ...Array<number>(8).fill(402)],
  },
  ...convSizes.map(([from, to, sizes]): LayerCase<'convTranspose3d'> => ({
    title: `${from} to ${to} channels at ${sizes.join(' x ')}`,
    options: { weight: 'w', bias: 'b' },
    inputs: [[from, ...sizes]],
    parameters: { w: [from, to, 2, 2, 2], b: [to] },
  })),
];

const averagePool3d: LayerCase<'averagePool3d'>[] = [
  { title: 'divides by 27 at the border too', options: {}, inputs: [row(27, 54)], expected: [3, 3] },
  ...(
    [
      [1, 1, 1, 1],
      [2, 3, 5, 7],
      [1, 4, 8, 65],
      [3, 1, 9, 2],
    ] as const
  ).map((shape) => ({
    title: `[${shape}]`,
    options: {},
    inputs: [shape],
  })),
];

const maxPool3d: LayerCase<'maxPool3d'>[] = [
  {
    title: 'finds a maximum below zero in any of the eight places',
    options: {},
    inputs: [
      tensor(
        [8, 2, 2, 2],
        range(64).map((i) => (i % 8 === Math.floor(i / 8) ? -1 - Math.floor(i / 8) : -9)),
      ),
    ],
    expected: range(8).map((c) => -1 - c),
  },
  {
    title: 'does not look at the last plane of an odd axis',
    options: {},
    inputs: [
      tensor(
        [1, 3, 3, 3],
        range(27).map((i) => i),
      ),
    ],
    expected: [13],
  },
  ...(
    [
      [5, 2, 4, 6],
      [3, 5, 7, 9],
      [1, 2, 2, 131],
    ] as const
  ).map((shape) => ({
    title: `[${shape}]`,
    options: {},
    inputs: [shape],
  })),
];

const norm = (channels: number) => ({ w: [channels], b: [channels] });
const groupNorm: LayerCase<'groupNorm'>[] = [
  {
    title: 'over all channels, then each channel scaled and shifted',
    options: { groups: 1, weight: 'w', bias: 'b' },
    inputs: [tensor([2, 1, 1, 2], [0, 2, 4, 6])],
    parameters: { w: vector(1, 10), b: vector(0, 5) },
    // Mean 3, biased variance 5.
    expected: [-3, -1, 10, 30].map((value, i) => value / Math.sqrt(5 + 1e-5) + (i < 2 ? 0 : 5)),
  },
  {
    title: 'over each channel alone',
    options: { groups: 2, weight: 'w', bias: 'b' },
    inputs: [tensor([2, 1, 1, 2], [0, 2, 4, 6])],
    parameters: { w: vector(1, 10), b: vector(0, 5) },
    expected: [-1, 1, -10, 10].map((value, i) => value / Math.sqrt(1 + 1e-5) + (i < 2 ? 0 : 5)),
  },
  {
    title: 'gives the bias where all values are alike',
    options: { groups: 2, weight: 'w', bias: 'b' },
    inputs: [tensor([2, 2, 2, 2], Array(16).fill(7))],
    parameters: { w: vector(3, 3), b: vector(-1, 2) },
    expected: [...Array<number>(8).fill(-1), ...Array<number>(8).fill(2)],
  },
  {
    title: 'keeps small differences on a large mean',
    options: { groups: 1, weight: 'w', bias: 'b' },
    inputs: [row(100, 101, 102, 103)],
    parameters: { w: vector(1), b: vector(0) },
    expected: [-1.5, -0.5, 0.5, 1.5].map((value) => value / Math.sqrt(1.25 + 1e-5)),
  },
  {
    title: 'has eps inside the root',
    options: { groups: 1, weight: 'w', bias: 'b' },
    inputs: [row(-0.001, 0.001)],
    parameters: { w: vector(1), b: vector(0) },
    expected: [-0.001, 0.001].map((value) => value / Math.sqrt(1e-6 + 1e-5)),
  },
  ...(
    [
      [2, [4, 3, 5, 7]],
      [2, [6, 1, 1, 1]],
      [17, [17, 2, 3, 4]],
      [2, [10, 4, 16, 33]],
      [5, [5, 1, 1, 1025]],
      [3, [3, 16, 32, 33]],
      [2, [2, 24, 64, 65]],
    ] as const
  ).map(([groups, shape]) => ({
    title: `${groups} groups of [${shape}]`,
    options: { groups, weight: 'w', bias: 'b' },
    inputs: [shape],
    parameters: norm(shape[0]),
  })),
];

const relu: LayerCase<'relu'>[] = [
  { title: 'cuts at zero', options: {}, inputs: [row(-2, -0.5, 0, 0.5, 2)], expected: [0, 0, 0, 0.5, 2] },
  { title: 'odd size', options: {}, inputs: [[3, 5, 7, 11]] },
];

const add: LayerCase<'add'>[] = [
  { title: 'voxel by voxel', options: {}, inputs: [row(1, 2, 3), row(10, 20, 30)], expected: [11, 22, 33] },
  {
    title: 'odd size',
    options: {},
    inputs: [
      [3, 5, 7, 11],
      [3, 5, 7, 11],
    ],
  },
];

const concat: LayerCase<'concat'>[] = [
  {
    title: 'in the order of its inputs',
    options: {},
    inputs: [tensor([2, 1, 1, 2], [1, 2, 3, 4]), row(5, 6), row(7, 8)],
    expected: range(8).map((i) => i + 1),
  },
  {
    title: 'of four odd ones',
    options: {},
    inputs: [
      [2, 3, 5, 7],
      [2, 3, 5, 7],
      [3, 3, 5, 7],
      [1, 3, 5, 7],
    ],
  },
];

const stitch: LayerCase<'stitch'>[] = [
  {
    title: 'weighs the first by a and the second by b',
    options: { a: 'a', b: 'b' },
    inputs: [row(1, 2), row(10, 20)],
    parameters: { a: vector(2), b: vector(0.5) },
    expected: [7, 14],
  },
  {
    title: 'odd size',
    options: { a: 'a', b: 'b' },
    inputs: [
      [3, 5, 7, 11],
      [3, 5, 7, 11],
    ],
    parameters: { a: [1], b: [1] },
  },
];

const scale: LayerCase<'scale'>[] = [
  {
    title: 'by a learned number',
    options: { factor: 'p' },
    inputs: [row(1, -2)],
    parameters: { p: vector(-1.5) },
    expected: [-1.5, 3],
  },
];

const gather3d: LayerCase<'gather3d'>[] = [
  {
    title: 'along depth, rows and columns, again and backwards',
    options: {},
    inputs: [tensor([2, 2, 1, 3], range(12)), indices([1, 1, 0]), indices([0]), indices([2, 0])],
    expected: [5, 3, 5, 3, 2, 0, 11, 9, 11, 9, 8, 6],
  },
  {
    title: 'more than there was',
    options: {},
    inputs: [
      [3, 3, 5, 4],
      indices([0, 0, 1, 2, 2]),
      indices(range(9).map((i) => i >> 1)),
      indices(range(17).map((i) => (i * 3) % 4)),
    ],
  },
];

const upsample3d: LayerCase<'upsample3d'>[] = [
  {
    title: 'in blocks',
    options: { factor: 2 },
    inputs: [row(1, 2)],
    expected: [1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2],
  },
  { title: 'by 4, odd size', options: { factor: 4 }, inputs: [[2, 1, 3, 5]] },
  { title: 'by 8', options: { factor: 8 }, inputs: [[2, 2, 1, 3]] },
];

const weightedSum: LayerCase<'weightedSum'>[] = [
  {
    title: 'of four',
    options: { factors: [0.25, 0.25, 0.5, 1] },
    inputs: [row(4, 8), row(8, 4), row(2, 6), row(100, 200)],
    expected: [104, 206],
  },
  { title: 'of one', options: { factors: [2] }, inputs: [[3, 2, 3, 5]] },
];

const secondOfSoftmax: LayerCase<'secondOfSoftmax'>[] = [
  {
    title: 'stays finite for far logits',
    options: {},
    inputs: [tensor([2, 1, 1, 4], [0, 500, -500, 0, 0, -500, 500, Math.log(3)])],
    expected: [0.5, 0, 1, 0.75],
  },
  { title: 'odd size', options: {}, inputs: [[2, 3, 5, 7]] },
];

const sliceChannels: LayerCase<'sliceChannels'>[] = [
  {
    title: 'from the middle',
    options: { from: 1, to: 3 },
    inputs: [tensor([4, 1, 1, 2], range(8))],
    expected: [2, 3, 4, 5],
  },
];

const globalAverage: LayerCase<'globalAverage'>[] = [
  { title: 'of each channel', options: {}, inputs: [tensor([2, 1, 1, 3], [1, 2, 6, 0, 0, -3])], expected: [3, -1] },
  { title: 'of one voxel', options: {}, inputs: [[5, 1, 1, 1]] },
  { title: 'of many', options: {}, inputs: [[9, 7, 33, 65]] },
];

const concatVectors: LayerCase<'concatVectors'>[] = [
  {
    title: 'in order',
    options: {},
    inputs: [vector(1, 2), vector(3), vector(4, 5, 6)],
    expected: [1, 2, 3, 4, 5, 6],
  },
];

const linear: LayerCase<'linear'>[] = [
  {
    title: 'adds its bias',
    options: { weight: 'w', bias: 'b' },
    inputs: [vector(1, 10, 100)],
    parameters: { w: tensor([2, 3], range(6)), b: vector(0.5, -0.5) },
    expected: [210.5, 542.5],
  },
  {
    title: '448 to 3',
    options: { weight: 'w', bias: 'b' },
    inputs: [[448]],
    parameters: { w: [3, 448], b: [3] },
  },
];

const evidence: LayerCase<'evidence'>[] = [
  {
    title: 'takes the columns of its own unit',
    options: { weight: 'w', offset: 1 },
    inputs: [tensor([2, 1, 1, 1], [1, 10])],
    parameters: { w: tensor([3, 4], range(12)) },
    expected: [21, 65, 109],
  },
  {
    title: 'odd size',
    options: { weight: 'w', offset: 6 },
    inputs: [[7, 3, 5, 9]],
    parameters: { w: [3, 13] },
  },
];

const cases: { readonly [K in LayerKind]: readonly LayerCase<K>[] } = {
  conv3d,
  convTranspose3d,
  averagePool3d,
  maxPool3d,
  groupNorm,
  relu,
  add,
  concat,
  stitch,
  scale,
  gather3d,
  upsample3d,
  weightedSum,
  secondOfSoftmax,
  sliceChannels,
  globalAverage,
  concatVectors,
  linear,
  evidence,
};

const toleranceOf: { readonly [K in LayerKind]: number } = {
  conv3d: tolerances.layer,
  convTranspose3d: tolerances.layer,
  averagePool3d: tolerances.layer,
  maxPool3d: tolerances.moved,
  groupNorm: tolerances.norm,
  relu: tolerances.moved,
  add: tolerances.layer,
  concat: tolerances.moved,
  stitch: tolerances.layer,
  scale: tolerances.layer,
  gather3d: tolerances.moved,
  upsample3d: tolerances.moved,
  weightedSum: tolerances.layer,
  secondOfSoftmax: tolerances.layer,
  sliceChannels: tolerances.moved,
  globalAverage: tolerances.layer,
  concatVectors: tolerances.moved,
  linear: tolerances.layer,
  evidence: tolerances.layer,
};

export const layerCases: readonly EngineCase[] = (Object.keys(cases) as LayerKind[]).flatMap((kind) =>
  (cases[kind] as readonly LayerCase<LayerKind>[]).map((layerCase) => asEngineCase(kind, layerCase)),
);

function asEngineCase(
  kind: LayerKind,
  { title, options, inputs, parameters, expected }: LayerCase<LayerKind>,
): EngineCase {
  const given = (value: HostTensor | TensorShape, seed: string): HostTensor =>
    'data' in value ? value : { shape: value, data: formulaValues(seed, sizeOf(value)) };
  const tensors = Object.fromEntries(inputs.map((input, i) => [`x${i}`, given(input, `${kind}.x${i}`)]));
  const node = { ...options, kind, name: 'y', inputs: Object.keys(tensors) } as GraphNode;
  const weights = Object.entries(parameters ?? {}).map(([name, value]): [string, Parameter] => {
    const { shape, data } = given(value, `${kind}.${name}`);
    return [name, { shape, data: data as Float32Array }];
  });
  return {
    name: `${kind}: ${title}`,
    graph: {
      name: kind,
      inputs: Object.entries(tensors).map(([name, value]) => graphInput(name, value)),
      nodes: [node],
      outputs: ['y'],
    },
    weights: new Map(weights),
    inputs: tensors,
    expected: expected ? { y: expected } : {},
    tolerance: toleranceOf[kind],
  };
}
