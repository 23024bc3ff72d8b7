import { readWeights } from '../src/formats/weights.ts';
import { averageOf } from '../src/lab/training/trainer.ts';

/** Weights from a file's bytes; of a training checkpoint the running average.
 *  @param path for the message
 *  @throws Error where it is no safetensors file */
export function trainedWeights(path: string, bytes: Uint8Array) {
  const file = readWeights(bytes);
  if (file.kind === 'refused') throw new Error(`${path}: ${file.message}`);
  return averageOf(file.tensors);
}
