/** Puts an ONNX graph together operator by operator, with every shape known while it grows: a wrong shape
 *  throws here, where the caller is on the stack, instead of in a runtime that knows only node names. */
import type { OnnxAttribute, OnnxElementType, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../formats/onnx.ts';
import { writeOnnx } from '../../formats/onnx.ts';

/** A value in the graph that is being built. */
export interface Value {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ConvOptions {
  /** One number for all three axes, or [z, y, x]. */
  readonly stride?: number;
  readonly dilation?: number;
  /** Zero padding before and after, [z, y, x, z, y, x]; default none. */
  readonly pads?: readonly number[];
  readonly bias?: Value;
}

const triple = (value: number) => [value, value, value];

/** Sizes after NumPy broadcasting. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  const at = (shape: readonly number[], axis: number) => shape[axis - (rank - shape.length)] ?? 1;
  return Array.from({ length: rank }, (_, axis) => {
    const [one, other] = [at(a, axis), at(b, axis)];
    if (one !== other && one !== 1 && other !== 1) throw new Error(`cannot broadcast [${a}] with [${b}]`);
    return one === 1 ? other : one;
  });
}

export const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

export class OnnxBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers: OnnxTensor[] = [];
  private readonly inputs: OnnxValueInfo[] = [];
  private readonly outputs: OnnxValueInfo[] = [];
  /** Small constants appear hundreds of times in a training graph; each is stored once. */
  private readonly constants = new Map<string, Value>();
  private next = 0;

  input(name: string, shape: readonly number[], type: OnnxElementType = 'float32'): Value {
    this.inputs.push({ name, shape, type });
    return { name, shape };
  }

  /** Gives a value back to whoever runs the graph, under a name of its own. */
  output(name: string, value: Value): void {
    this.nodes.push({ operator: 'Identity', inputs: [value.name], outputs: [name] });
    this.outputs.push({ name, shape: value.shape, type: 'float32' });
  }

  /** Stored in the model. */
  initializer(name: string, shape: readonly number[], data: OnnxTensor['data']): Value {
    if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} values for shape [${shape}]`);
    this.initializers.push({ name, shape, data });
    return { name, shape };
  }

  private constant(key: string, shape: readonly number[], make: () => OnnxTensor['data']): Value {
    const known = this.constants.get(key);
    if (known) return known;
    const value = this.initializer(`constant${this.constants.size}`, shape, make());
    this.constants.set(key, value);
    return value;
  }

  /** int64 vector: shapes, axes, pads. */
  integers(values: readonly number[]): Value {
    return this.constant(`i${values}`, [values.length], () => BigInt64Array.from(values, BigInt));
  }

  scalar(value: number): Value {
    return this.constant(`f${value}`, [], () => Float32Array.of(value));
  }

  filled(shape: readonly number[], value: number): Value {
    return this.constant(`f${shape}=${value}`, shape, () => new Float32Array(sizeOf(shape)).fill(value));
  }

  /** Any operator with one result, whose shape the caller knows. */
  apply(
    operator: string,
    inputs: readonly (Value | null)[],
    shape: readonly number[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): Value {
    const name = `v${this.next++}.${operator}`;
    this.nodes.push({ operator, inputs: inputs.map((input) => input?.name ?? ''), outputs: [name], attributes });
    return { name, shape };
  }

  unary(operator: 'Relu' | 'Sqrt' | 'Exp' | 'Log' | 'Neg' | 'Sign' | 'Sigmoid' | 'Reciprocal', x: Value): Value {
    return this.apply(operator, [x], x.shape);
  }

  private binary(operator: string, a: Value, b: Value): Value {
    return this.apply(operator, [a, b], broadcastShape(a.shape, b.shape));
  }

  add = (a: Value, b: Value) => this.binary('Add', a, b);
  subtract = (a: Value, b: Value) => this.binary('Sub', a, b);
  multiply = (a: Value, b: Value) => this.binary('Mul', a, b);
  divide = (a: Value, b: Value) => this.binary('Div', a, b);
  power = (a: Value, exponent: number) => this.binary('Pow', a, this.scalar(exponent));
  scale = (a: Value, factor: number) => (factor === 1 ? a : this.multiply(a, this.scalar(factor)));

  /** Three spatial axes. x [n, in, d, h, w], weight [out, in, kd, kh, kw]. */
  conv(
    x: Value,
    weight: Value,
    { stride = 1, dilation = 1, pads = [0, 0, 0, 0, 0, 0], bias }: ConvOptions = {},
  ): Value {
    if (weight.shape[1] !== x.shape[1]) {
      throw new Error(`conv: weight ${weight.name} expects ${weight.shape[1]} channels, input has ${x.shape[1]}`);
    }
    const kernel = weight.shape.slice(2);
    const sizes = kernel.map((k, axis) => {
      const padded = x.shape[axis + 2] + pads[axis] + pads[axis + 3];
      return Math.floor((padded - (k - 1) * dilation - 1) / stride) + 1;
    });
    return this.apply('Conv', bias ? [x, weight, bias] : [x, weight], [x.shape[0], weight.shape[0], ...sizes], {
      kernel_shape: kernel,
      strides: triple(stride),
      dilations: triple(dilation),
      pads,
    });
  }

  reshape(x: Value, shape: readonly number[]): Value {
    if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`reshape: [${x.shape}] to [${shape}]`);
    return this.apply('Reshape', [x, this.integers(shape)], shape);
  }

  transpose(x: Value, order: readonly number[]): Value {
    return this.apply(
      'Transpose',
      [x],
      order.map((axis) => x.shape[axis]),
      { perm: order },
    );
  }

  concat(values: readonly Value[], axis: number): Value {
    const shape = [...values[0].shape];
    shape[axis] = values.reduce((sum, value) => sum + value.shape[axis], 0);
    return this.apply('Concat', values, shape, { axis });
  }

  /** Entries [from, to) of one axis. */
  slice(x: Value, axis: number, from: number, to: number): Value {
    const shape = x.shape.with(axis, to - from);
    return this.apply('Slice', [x, this.integers([from]), this.integers([to]), this.integers([axis])], shape);
  }

  /** Zeros before and after, by axis. */
  pad(x: Value, before: readonly number[], after: readonly number[]): Value {
    const shape = x.shape.map((size, axis) => before[axis] + size + after[axis]);
    return this.apply('Pad', [x, this.integers([...before, ...after])], shape);
  }

  /** Voxels from, from + stride, … of the three spatial axes, `sizes` of them. */
  window(x: Value, from: readonly number[], sizes: readonly number[], stride: number): Value {
    const to = from.map((start, axis) => start + (sizes[axis] - 1) * stride + 1);
    const inputs = [from, to, [2, 3, 4], triple(stride)].map((values) => this.integers(values));
    return this.apply('Slice', [x, ...inputs], [...x.shape.slice(0, 2), ...sizes]);
  }

  /** @param index vector of int32 or int64 */
  gather(x: Value, index: Value, axis: number): Value {
    return this.apply('Gather', [x, index], x.shape.with(axis, index.shape[0]), { axis });
  }

  reduce(
    operator: 'ReduceMean' | 'ReduceSum' | 'ReduceSumSquare',
    x: Value,
    axes: readonly number[],
    keep = true,
  ): Value {
    const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
    const shape = keep ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return this.apply(operator, [x, this.integers(axes)], shape, { keepdims: keep ? 1 : 0 });
  }

  /** Batched over the leading axes of either operand. */
  matMul(a: Value, b: Value): Value {
    const lead = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    return this.apply('MatMul', [a, b], [...lead, a.shape[a.shape.length - 2], b.shape[b.shape.length - 1]]);
  }

  /** Kernel 3, stride 1, padding that counts. */
  averagePool3(x: Value): Value {
    return this.apply('AveragePool', [x], x.shape, {
      kernel_shape: triple(3),
      strides: triple(1),
      pads: Array<number>(6).fill(1),
      count_include_pad: 1,
    });
  }

  /** 0, 1, …, length - 1 as int32. */
  integerRange(length: number): Value {
    return this.constant(`r${length}`, [length], () => Int32Array.from({ length }, (_, i) => i));
  }

  /** Ones and zeros, float. */
  compare(operator: 'Equal' | 'Greater' | 'Less', a: Value, b: Value): Value {
    const shape = broadcastShape(a.shape, b.shape);
    return this.apply('Cast', [this.apply(operator, [a, b], shape)], shape, { to: 1 });
  }

  /** The model's bytes. */
  write(name: string): Uint8Array<ArrayBuffer> {
    const { nodes, initializers, inputs, outputs } = this;
    return writeOnnx({ name, nodes, initializers, inputs, outputs });
  }
}
