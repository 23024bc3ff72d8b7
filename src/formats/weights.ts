/** Weights as safetensors: an 8-byte little-endian header length, a JSON header that names every tensor's type,
 *  shape and byte range, then the values. Float32 is written; other floats are read as float32. */
import { fromBrainFloat, fromHalf } from './halfFloats.ts';

/** Row-major, last axis fastest. The network's `Parameter`, which this room may not import. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export interface ReadWeights {
  readonly kind: 'read';
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free text by key. */
  readonly metadata: Readonly<Record<string, string>>;
}
export interface RefusedWeights {
  readonly kind: 'refused';
  readonly message: string;
}

interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [from: number, to: number];
}

interface ValueType {
  readonly bytes: number;
  readonly decode: (values: DataView, at: number) => number;
}
const valueTypes: Readonly<Record<string, ValueType>> = {
  F64: { bytes: 8, decode: (values, at) => values.getFloat64(at, true) },
  F32: { bytes: 4, decode: (values, at) => values.getFloat32(at, true) },
  F16: { bytes: 2, decode: (values, at) => fromHalf(values.getUint16(at, true)) },
  BF16: { bytes: 2, decode: (values, at) => fromBrainFloat(values.getUint16(at, true)) },
};
const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/** @returns a buffer of its own; values start at a multiple of 8 */
export function writeWeights(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = { __metadata__: metadata };
  let length = 0;
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== sizeOf(shape)) throw new Error(`${name}: ${data.length} values for shape [${shape}]`);
    header[name] = { dtype: 'F32', shape, data_offsets: [length, (length += data.byteLength)] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(start + length).fill(0x20, 8, start); // the header is padded with spaces
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true);
  file.set(text, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

export function readWeights(file: Uint8Array): ReadWeights | RefusedWeights {
  const refused = (message: string): RefusedWeights => ({ kind: 'refused', message });
  if (file.length < 8) return refused('This is not a safetensors file: it is too short to hold a header.');
  const headerLength = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const start = 8 + headerLength;
  if (start > file.length) return refused('This safetensors file is cut off in its header, or is of another format.');
  const header = parseHeader(file.subarray(8, start));
  if (!header) return refused('The header of this safetensors file cannot be read.');
  const tensors = new Map<string, StoredTensor>();
  let taken = 0;
  for (const [name, entry] of Object.entries(header.entries)) {
    const problem = problemOf(entry, file.length - start);
    if (problem) return refused(`Tensor ${name.slice(0, 100)} of this safetensors file ${problem}.`);
    const [from, to] = entry.data_offsets;
    taken += to - from;
    // A small file could name any number of large tensors otherwise.
    if (taken > file.length - start) return refused('The tensors of this safetensors file overlap.');
    tensors.set(name, { shape: entry.shape, data: decode(entry.dtype, file.subarray(start + from, start + to)) });
  }
  return { kind: 'read', tensors, metadata: header.metadata };
}

function decode(dtype: string, bytes: Uint8Array): Float32Array {
  // Copied, since the file may begin at any byte of its buffer and a Float32Array may not. Not by slice: Node's
  // Buffer is a Uint8Array whose slice does not copy.
  if (dtype === 'F32') return new Float32Array(new Uint8Array(bytes).buffer);
  const type = valueTypes[dtype];
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.length / type.bytes }, (_, i) => type.decode(values, i * type.bytes));
}

function parseHeader(
  bytes: Uint8Array,
): { entries: Record<string, HeaderEntry>; metadata: Record<string, string> } | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null;
    const { __metadata__: metadata = {}, ...entries } = parsed as Record<string, never>;
    const notes = Object.entries(metadata ?? {}).filter(
      (note): note is [string, string] => typeof note[1] === 'string',
    );
    return { entries, metadata: Object.fromEntries(notes) };
  } catch {
    return null;
  }
}

/** What is wrong with an entry, to follow "Tensor … of this safetensors file". */
function problemOf(entry: Partial<HeaderEntry> | null, available: number): string | null {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const { dtype, shape, data_offsets: offsets } = entry ?? {};
  if (!Array.isArray(shape) || !shape.every(isCount)) return 'has no shape';
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) return 'has no place in the file';
  if (typeof dtype !== 'string' || !Object.hasOwn(valueTypes, dtype)) {
    return `holds ${typeof dtype === 'string' ? dtype.slice(0, 20) : 'unnamed'} values; only ${Object.keys(valueTypes).join(', ')} are read`;
  }
  if (offsets[1] > available) return 'is cut off';
  if (offsets[1] - offsets[0] !== sizeOf(shape) * valueTypes[dtype].bytes)
    return 'is of another size than its shape says';
  return null;
}
