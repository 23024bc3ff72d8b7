/** PyTorch's tensors: a view with strides into a storage of one type. */
import { fromBrainFloat, fromHalf } from '../halfFloats.ts';
import type { StoredTensor } from '../weights.ts';
import { CheckpointProblem } from './refusal.ts';

type Decode = (bytes: DataView, at: number) => number;
interface StorageType {
  readonly bytes: number;
  readonly decode: Decode;
}

export const storageTypes: Readonly<Record<string, StorageType>> = {
  'torch.FloatStorage': { bytes: 4, decode: (view, at) => view.getFloat32(at, true) },
  'torch.DoubleStorage': { bytes: 8, decode: (view, at) => view.getFloat64(at, true) },
  'torch.HalfStorage': { bytes: 2, decode: (view, at) => fromHalf(view.getUint16(at, true)) },
  'torch.BFloat16Storage': { bytes: 2, decode: (view, at) => fromBrainFloat(view.getUint16(at, true)) },
  // Counters beside the weights, such as num_batches_tracked.
  'torch.LongStorage': { bytes: 8, decode: (view, at) => Number(view.getBigInt64(at, true)) },
  'torch.IntStorage': { bytes: 4, decode: (view, at) => view.getInt32(at, true) },
  'torch.ShortStorage': { bytes: 2, decode: (view, at) => view.getInt16(at, true) },
  'torch.CharStorage': { bytes: 1, decode: (view, at) => view.getInt8(at) },
  'torch.ByteStorage': { bytes: 1, decode: (view, at) => view.getUint8(at) },
  'torch.BoolStorage': { bytes: 1, decode: (view, at) => view.getUint8(at) },
};

/** Values somewhere in the file. */
export class Storage {
  readonly type: StorageType;
  readonly key: string;
  readonly length: number;
  constructor(type: StorageType, key: string, length: number) {
    this.type = type;
    this.key = key;
    this.length = length;
  }
}

/** A tensor whose values are not read yet: the older form stores them behind the pickle. */
export class TensorView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** @param name for messages
 *  @param bytes of the view's storage */
export function readTensor(name: string, view: TensorView, bytes: Uint8Array | undefined): StoredTensor {
  const { storage, offset, shape, strides } = view;
  if (!bytes || bytes.length < storage.length * storage.type.bytes) {
    throw new CheckpointProblem(`The file is cut off: the values of tensor ${name} are not all there.`);
  }
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const size = shape.reduce((product, n) => product * n, 1);
  const last = shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis], offset);
  const fits = [offset, ...shape, ...strides].every(isCount) && shape.length === strides.length;
  // Rows that overlap may ask for far more values than there are.
  if (!fits || size > storage.length || (size > 0 && last >= storage.length)) {
    throw new CheckpointProblem(`The file is damaged: tensor ${name} reaches beyond its values.`);
  }
  const data = new Float32Array(size);
  const values = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < size; i++) {
    data[i] = storage.type.decode(values, at * storage.type.bytes);
    // On to the next index, the last axis first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return { shape, data };
}
