/** The two containers of `torch.save`: a zip of a pickle and raw storages (since 1.6), and before that a row of
 *  pickles with the storages behind them. */
import { unzipSync } from 'fflate';
import { PickledTuple, readPickle, type Pickled, type PickleOptions } from './pickle.ts';
import { CheckpointProblem, cutOff } from './refusal.ts';
import { Storage, storageTypes, TensorView } from './tensors.ts';

export interface TorchFile {
  /** What was saved; tensors are TensorViews, dicts Maps. */
  readonly value: Pickled;
  /** Bytes of each storage. */
  readonly storages: ReadonlyMap<string, Uint8Array>;
}

/** More than any model that is read here. */
const mostBytes = 2 ** 31;
/** A zip may promise anything, and room is made for what it promises. Weights hardly pack at all. */
const mostRatio = 100;
const free = 2 ** 20;

/** @throws CheckpointProblem */
export function readTorchFile(file: Uint8Array): TorchFile {
  const isZip = file[0] === 0x50 && file[1] === 0x4b;
  if (isZip) return readZip(file);
  if (file[0] === 0x80) return readLegacy(file);
  throw new CheckpointProblem('This is not a PyTorch checkpoint: it is neither a zip nor a pickle.');
}

function readZip(file: Uint8Array): TorchFile {
  let entries: Record<string, Uint8Array>;
  let promised = 0;
  try {
    entries = unzipSync(file, {
      filter: ({ originalSize }) => {
        promised += originalSize;
        if (promised > Math.min(mostBytes, free + mostRatio * file.length))
          throw new CheckpointProblem('The file is too large to be read.');
        return true;
      },
    });
  } catch (error) {
    if (error instanceof CheckpointProblem) throw error;
    throw new CheckpointProblem('The file is cut off or damaged: its zip cannot be read.', { cause: error });
  }
  const pickle = Object.keys(entries).find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickle === undefined) throw new CheckpointProblem('This zip is not a PyTorch checkpoint: it holds no data.pkl.');
  const folder = pickle.slice(0, -'data.pkl'.length);
  const byteOrder = entries[`${folder}byteorder`];
  if (byteOrder && new TextDecoder().decode(byteOrder) !== 'little') throw bigEndian();
  const prefix = `${folder}data/`;
  const storages = Object.entries(entries).flatMap(([name, bytes]): [string, Uint8Array][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), bytes]] : [],
  );
  return { value: readPickle(entries[pickle], 0, tensorOptions).value, storages: new Map(storages) };
}

/** Magic number, protocol, facts about the machine, the value, the storages' keys; then each storage's length (eight
 *  bytes) and values. */
function readLegacy(file: Uint8Array): TorchFile {
  let at = 0;
  const next = (options: PickleOptions) => {
    const { value, end } = readPickle(file, at, options);
    at = end;
    return value;
  };
  if (next(plainOptions) !== legacyMagic) {
    throw new CheckpointProblem('This is a pickle, but not a PyTorch checkpoint.');
  }
  next(plainOptions);
  const machine = next(plainOptions);
  if (machine instanceof Map && machine.get('little_endian') === false) throw bigEndian();
  const seen = new Map<string, Storage>();
  const value = next({
    ...tensorOptions,
    persistent: (id) => {
      const storage = storageOf(id);
      seen.set(storage.key, storage);
      return storage;
    },
  });
  const keys = next(plainOptions);
  if (!Array.isArray(keys)) throw new CheckpointProblem('The file is damaged: it does not list its values.');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const storages = new Map<string, Uint8Array>();
  for (const key of keys as unknown[]) {
    const storage = seen.get(key as string);
    if (!storage) throw new CheckpointProblem('The file is damaged: it holds values that no tensor asks for.');
    if (at + 8 > file.length) throw cutOff();
    const length = Number(view.getBigInt64(at, true)) * storage.type.bytes;
    if (length < 0 || at + 8 + length > file.length) throw cutOff();
    storages.set(storage.key, file.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return { value, storages };
}

const legacyMagic = 0x1950a86a20f9469cfc6cn;

const bigEndian = () => new CheckpointProblem('The file was written on a big-endian machine, which is not supported.');

const plainOptions: PickleOptions = {
  isKnown: () => false,
  call: () => null,
  persistent: () => {
    throw new CheckpointProblem('The file is damaged: values are where none should be.');
  },
};

const badArguments = (name: string) => new CheckpointProblem(`The file is damaged: ${name} has odd arguments.`);

/** Not `Number` of anything: of lists that hold one another it would first make a text without end. */
const numberOf = (value: Pickled) => (typeof value === 'number' || typeof value === 'bigint' ? Number(value) : NaN);

/** The functions that a state dict needs, and what they give. */
const functions: Readonly<Record<string, (args: readonly Pickled[]) => Pickled>> = {
  'collections.OrderedDict': (args) => {
    if (args.length > 0) throw badArguments('an OrderedDict');
    return new Map();
  },
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides]) => {
    if (!(storage instanceof Storage) || !(shape instanceof PickledTuple) || !(strides instanceof PickledTuple)) {
      throw badArguments('a tensor');
    }
    return new TensorView(storage, numberOf(offset), shape.items.map(numberOf), strides.items.map(numberOf));
  },
  'torch._utils._rebuild_parameter': ([tensor]) => {
    if (!(tensor instanceof TensorView)) throw badArguments('a parameter');
    return tensor;
  },
};

const tensorOptions: PickleOptions = {
  isKnown: (name) => Object.hasOwn(functions, name) || Object.hasOwn(storageTypes, name),
  call: (name, args) => {
    if (!Object.hasOwn(functions, name)) throw badArguments(name);
    return functions[name](args);
  },
  persistent: storageOf,
};

/** ('storage', class, key, device, length), and in the older form what it is a view of. */
function storageOf(id: Pickled): Storage {
  const [kind, type, key, , length, view] = id instanceof PickledTuple ? id.items : [];
  const name = (type as { name?: string } | undefined)?.name ?? '';
  const isCount = Number.isSafeInteger(length) && (length as number) >= 0;
  if (kind !== 'storage' || !Object.hasOwn(storageTypes, name) || typeof key !== 'string' || !isCount) {
    throw badArguments('a storage');
  }
  if (view !== undefined && view !== null) {
    throw new CheckpointProblem('The file shares values between tensors in an old way that is not read here.');
  }
  return new Storage(storageTypes[name], key, length as number);
}
