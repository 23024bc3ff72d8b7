/** The vocabulary in which the network is written down once, as data. Every engine, the ONNX writer and
 *  the training gradients read the same graphs. Tensors are channels x depth x rows x columns
 *  ([C, D, H, W], batch is always 1), or [n] for vectors. */

export type TensorShape = readonly number[];

interface NodeBase {
  /** Name of the value that this node makes; unique in its graph. */
  readonly name: string;
  /** Names of graph inputs or of earlier nodes. */
  readonly inputs: readonly string[];
}

/** Cubic kernel, same stride and zero padding on every axis; weight [out, in, k, k, k]. Input index of output o, tap t: o * stride + t - pad. */
export interface Conv3d extends NodeBase {
  readonly kind: 'conv3d';
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly pad: 0 | 1;
  readonly weight: string;
  readonly bias?: string;
}
/** Kernel 2, stride 2; weight [in, out, 2, 2, 2] (PyTorch's order), with bias. */
export interface ConvTranspose3d extends NodeBase {
  readonly kind: 'convTranspose3d';
  readonly weight: string;
  readonly bias: string;
}
/** Kernel 3, stride 1, pad 1, always divides by 27. */
export interface AveragePool3d extends NodeBase {
  readonly kind: 'averagePool3d';
}
/** Kernel 2, stride 2, sizes floored. */
export interface MaxPool3d extends NodeBase {
  readonly kind: 'maxPool3d';
}
/** Biased variance, eps 1e-5, affine per channel. groups = channels is instance norm. */
export interface GroupNorm extends NodeBase {
  readonly kind: 'groupNorm';
  readonly groups: number;
  readonly weight: string;
  readonly bias: string;
}
export interface Relu extends NodeBase {
  readonly kind: 'relu';
}
export interface Add extends NodeBase {
  readonly kind: 'add';
}
/** Along channels. */
export interface Concat extends NodeBase {
  readonly kind: 'concat';
}
/** a * first + b * second, both learned scalars (parameters of shape [1]). */
export interface Stitch extends NodeBase {
  readonly kind: 'stitch';
  readonly a: string;
  readonly b: string;
}
/** Times a learned scalar (parameter of shape [1]). */
export interface Scale extends NodeBase {
  readonly kind: 'scale';
  readonly factor: string;
}
/** out[c, z, y, x] = first[c, iz[z], iy[y], ix[x]]; inputs: values, then three int32 index vectors. */
export interface Gather3d extends NodeBase {
  readonly kind: 'gather3d';
}
/** Nearest: every voxel repeated `factor` times along depth, rows and columns. */
export interface Upsample3d extends NodeBase {
  readonly kind: 'upsample3d';
  readonly factor: number;
}
/** Sum of the inputs times fixed numbers. */
export interface WeightedSum extends NodeBase {
  readonly kind: 'weightedSum';
  readonly factors: readonly number[];
}
/** Softmax over two channels, second one: [2, D, H, W] -> [1, D, H, W]. */
export interface SecondOfSoftmax extends NodeBase {
  readonly kind: 'secondOfSoftmax';
}
/** Channels [from, to) of the input. */
export interface SliceChannels extends NodeBase {
  readonly kind: 'sliceChannels';
  readonly from: number;
  readonly to: number;
}
/** Mean over depth, rows and columns: [C, D, H, W] -> [C]. */
export interface GlobalAverage extends NodeBase {
  readonly kind: 'globalAverage';
}
/** Concatenation of vectors: [n], [m] -> [n + m]. */
export interface ConcatVectors extends NodeBase {
  readonly kind: 'concatVectors';
}
/** weight [out, in] times vector plus bias [out]. */
export interface Linear extends NodeBase {
  readonly kind: 'linear';
  readonly weight: string;
  readonly bias: string;
}
/** Class activation: out[j] = sum over channels i of weight[j, offset + i] * in[i]; [C, D, H, W] -> [classes, D, H, W]. */
export interface Evidence extends NodeBase {
  readonly kind: 'evidence';
  readonly weight: string;
  readonly offset: number;
}

export type GraphNode =
  | Conv3d
  | ConvTranspose3d
  | AveragePool3d
  | MaxPool3d
  | GroupNorm
  | Relu
  | Add
  | Concat
  | Stitch
  | Scale
  | Gather3d
  | Upsample3d
  | WeightedSum
  | SecondOfSoftmax
  | SliceChannels
  | GlobalAverage
  | ConcatVectors
  | Linear
  | Evidence;
export type LayerKind = GraphNode['kind'];
export type NodeOf<K extends LayerKind> = Extract<GraphNode, { kind: K }>;

export interface GraphInput {
  readonly name: string;
  readonly shape: TensorShape;
  readonly type: 'float32' | 'int32';
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  /** In running order. */
  readonly nodes: readonly GraphNode[];
  /** Names of the values to give back. */
  readonly outputs: readonly string[];
}

export interface Parameter {
  readonly shape: TensorShape;
  /** Row-major, last axis fastest, in PyTorch's memory order. */
  readonly data: Float32Array;
}
/** Parameters by name, such as `stem_seg.branch1.weight`. */
export type Weights = ReadonlyMap<string, Parameter>;
