/** PyTorch's state dicts (.pth), zip or older form, read without executing anything. */
import type { StoredTensor } from '../weights.ts';
import type { Pickled } from './pickle.ts';
import { CheckpointProblem } from './refusal.ts';
import { readTensor, TensorView } from './tensors.ts';
import { readTorchFile } from './torchFile.ts';

export interface ReadCheckpoint {
  readonly kind: 'read';
  /** By the state dict's own keys, without `module.`; all numbers as float32. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}
export interface RefusedCheckpoint {
  readonly kind: 'refused';
  readonly message: string;
}

export function readCheckpoint(file: Uint8Array): ReadCheckpoint | RefusedCheckpoint {
  try {
    const { value, storages } = readTorchFile(file);
    const tensors = new Map<string, StoredTensor>();
    // Tensors may share their values, so that a small file could name any number of them.
    let left = 2 * [...storages.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [key, view] of stateDict(value)) {
      const name = key.replace(/^(module\.)+/, '');
      if (tensors.has(name)) throw new CheckpointProblem(`The file holds two tensors that are called ${name}.`);
      const tensor = readTensor(name, view, storages.get(view.storage.key));
      left -= tensor.data.length;
      if (left < 0) throw new CheckpointProblem('The tensors of the file share their values too often to be weights.');
      tensors.set(name, tensor);
    }
    return { kind: 'read', tensors };
  } catch (error) {
    if (error instanceof CheckpointProblem) return { kind: 'refused', message: error.message };
    throw error;
  }
}

/** Where training scripts keep the state dict when they save more than that. */
const innerKeys = ['state_dict', 'model_state_dict', 'model', 'net', 'net_dict'];

function stateDict(value: Pickled): [string, TensorView][] {
  const tensorsOf = (candidate: Pickled): [string, TensorView][] =>
    candidate instanceof Map
      ? [...candidate].filter(
          (entry): entry is [string, TensorView] => typeof entry[0] === 'string' && entry[1] instanceof TensorView,
        )
      : [];
  const own = tensorsOf(value);
  if (own.length > 0) return own;
  for (const key of value instanceof Map ? innerKeys : []) {
    const inner = tensorsOf((value as Map<Pickled, Pickled>).get(key));
    if (inner.length > 0) return inner;
  }
  throw new CheckpointProblem('The file holds no state dict: there are no named tensors in it.');
}
