/** Writes what `torch.save` writes for a state dict, for tests: real bytes to read, and to break. */
import { zipSync } from 'fflate';

export interface SavedTensor {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  /** Class of the storage in the module torch. */
  readonly storage: string;
  readonly length: number;
  readonly bytes: Uint8Array;
}

type Piece = string | number | Uint8Array | readonly Piece[];
const bytesOf = (piece: Piece): number[] => {
  if (typeof piece === 'number') return [piece];
  if (typeof piece === 'string') return [...new TextEncoder().encode(piece)];
  return piece instanceof Uint8Array ? [...piece] : piece.flatMap(bytesOf);
};
export const pickle = (...pieces: Piece[]) => Uint8Array.from(bytesOf([0x80, 2, ...pieces, '.']));

const little = (value: number, bytes: number) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value), true);
  return new Uint8Array(view.buffer, 0, bytes);
};
export const text = (value: string): Piece => ['X', little(value.length, 4), value];
const int = (value: number): Piece => ['J', little(value, 4)];
const tuple = (...items: Piece[]): Piece => ['(', ...items, 't'];
export const global = (module: string, name: string): Piece => ['c', module, '\n', name, '\n'];
export const orderedDict: Piece = [global('collections', 'OrderedDict'), ')R'];

export function tensor({ shape, strides, offset, storage, length }: SavedTensor, key: string, legacy = false): Piece {
  const id = [text('storage'), global('torch', storage), text(key), text('cpu'), int(length), ...(legacy ? ['N'] : [])];
  const args = [
    tuple(...id),
    'Q',
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    0x89,
    orderedDict,
  ];
  return [global('torch._utils', '_rebuild_tensor_v2'), tuple(...args), 'R'];
}

export type StateDict = Readonly<Record<string, SavedTensor>>;

function dict(tensors: StateDict, legacy: boolean): Piece {
  const items = Object.entries(tensors).flatMap(([name, saved], i) => [text(name), tensor(saved, String(i), legacy)]);
  // A real state dict carries version notes as an attribute.
  return [orderedDict, '(', ...items, 'u', '}', text('_metadata'), orderedDict, 's', 'b'];
}

export function zipFile(tensors: StateDict, data = pickle(dict(tensors, false))): Uint8Array {
  const storages = Object.values(tensors).map(({ bytes }, i): [string, Uint8Array] => [`archive/data/${i}`, bytes]);
  return zipSync({ 'archive/data.pkl': data, ...Object.fromEntries(storages) }, { level: 0 });
}

export function legacyFile(tensors: StateDict): Uint8Array {
  const magic = [0x8a, 10, Uint8Array.of(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19)];
  const values = Object.values(tensors);
  const parts = [
    pickle(...magic),
    pickle('M', little(1001, 2)),
    pickle('}', text('little_endian'), 0x88, 's'),
    pickle(dict(tensors, true)),
    pickle(']', '(', ...values.map((_, i) => text(String(i))), 'e'),
    ...values.flatMap(({ length, bytes }) => [little(length, 8), bytes]),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A contiguous float32 tensor. */
export function floats(shape: readonly number[], values: ArrayLike<number>): SavedTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return { shape, strides, offset: 0, storage: 'FloatStorage', length: values.length, bytes };
}
