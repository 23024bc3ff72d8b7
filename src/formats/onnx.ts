/** Writes ONNX models. Encoding only: the project makes models and never reads one.
 *
 *  An ONNX file is a protobuf message. Protobuf has two things that matter here: a field is a key
 *  (number << 3 | wire type) and a value, and a value is either a varint (7 bits a byte, lowest first) or a
 *  run of bytes with its length before it (strings, tensors' raw data, nested messages). Field numbers are
 *  those of onnx.proto3 (IR version 8, which belongs to operator set 18). */

export type OnnxElementType = 'float32' | 'int32' | 'int64' | 'bool';

/** `raw_data` is little endian, so the host's typed arrays go in as they lie. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array;
}
export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxElementType;
  readonly shape: readonly number[];
}
/** A number is an integer attribute; floats say so, because 1 could be either. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };
export interface OnnxNode {
  readonly operator: string;
  /** '' leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}
export interface OnnxGraph {
  readonly name: string;
  /** In running order. */
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export const onnxOperatorSet = 18;
const irVersion = 8;

const elementTypes: Record<OnnxElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };

/** Pieces of an encoded message, joined only once at the end: weights are copied a single time. */
interface Encoded {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;
}

function join(parts: readonly Encoded[]): Encoded {
  return { pieces: parts.flatMap(({ pieces }) => pieces), length: parts.reduce((sum, { length }) => sum + length, 0) };
}

function bytes(piece: Uint8Array): Encoded {
  return { pieces: [piece], length: piece.length };
}

/** Negative numbers are two's complement in 64 bits, hence always ten bytes. */
function varint(value: number): Encoded {
  let rest = BigInt.asUintN(64, BigInt(value));
  const out: number[] = [];
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    out.push(rest === 0n ? low : low | 128);
  } while (rest !== 0n);
  return bytes(Uint8Array.from(out));
}

function int(field: number, value: number): Encoded {
  return join([varint(field << 3), varint(value)]);
}

function float(field: number, value: number): Encoded {
  return join([varint((field << 3) | 5), bytes(new Uint8Array(Float32Array.of(value).buffer))]);
}

function block(field: number, content: Encoded): Encoded {
  return join([varint((field << 3) | 2), varint(content.length), content]);
}

function message(field: number, ...parts: readonly Encoded[]): Encoded {
  return block(field, join(parts));
}

function text(field: number, value: string): Encoded {
  return block(field, bytes(new TextEncoder().encode(value)));
}

function packedInts(field: number, values: readonly number[]): Encoded {
  return block(field, join(values.map(varint)));
}

/** AttributeProto: the value's own field, and in field 20 which of them it is. */
function attribute(name: string, value: OnnxAttribute): Encoded {
  const content = (): Encoded[] => {
    if (typeof value === 'number') return [int(3, value), int(20, 2)];
    if (typeof value === 'string') return [text(4, value), int(20, 3)];
    if ('float' in value) return [float(2, value.float), int(20, 1)];
    return [packedInts(8, value), int(20, 7)];
  };
  return message(5, text(1, name), ...content());
}

function node({ operator, inputs, outputs, attributes = {} }: OnnxNode): Encoded {
  return message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, outputs[0]),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );
}

function dataType(data: OnnxTensor['data']): OnnxElementType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

function initializer({ name, shape, data }: OnnxTensor): Encoded {
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(5, packedInts(1, shape), int(2, elementTypes[dataType(data)]), text(8, name), block(9, bytes(raw)));
}

function valueInfo(field: number, { name, type, shape }: OnnxValueInfo): Encoded {
  const dimensions = shape.map((size) => message(1, int(1, size)));
  return message(field, text(1, name), message(2, message(1, int(1, elementTypes[type]), message(2, ...dimensions))));
}

/** The bytes of an .onnx file.
 *  @returns a buffer of its own, so that it can be transferred */
export function writeOnnx(graph: OnnxGraph): Uint8Array<ArrayBuffer> {
  const graphMessage = message(
    7,
    ...graph.nodes.map(node),
    text(2, graph.name),
    ...graph.initializers.map(initializer),
    ...graph.inputs.map((info) => valueInfo(11, info)),
    ...graph.outputs.map((info) => valueInfo(12, info)),
  );
  const { pieces, length } = join([
    int(1, irVersion),
    text(2, 'deepsc-ct-viewer'),
    graphMessage,
    message(8, text(1, ''), int(2, onnxOperatorSet)),
  ]);
  const file = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    file.set(piece, at);
    at += piece.length;
  }
  return file;
}
