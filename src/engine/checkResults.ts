/** Devices fail without saying so: buffers full of zeros after memory ran out, NaN from a driver's bug. What the
 *  network cannot have given is an error, never a result. */
import type { Evidence } from '../network/evidence.ts';
import { EngineError } from './contract.ts';

function wrong(message: string): EngineError {
  return new EngineError('wrong-result', message);
}

/** @param place in a reader's words, for the message */
export function checkFinite(values: Float32Array, place: string): void {
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) throw wrong(`The engine computed ${values[at]} in ${place}.`);
}

/** A softmax lies in [0, 1], and not one voxel of a patch after another is exactly 0. */
export function checkProbability(values: Float32Array, place: string): void {
  let isZero = true;
  for (const value of values) {
    // NaN fails this too.
    if (!(value >= 0 && value <= 1)) throw wrong(`The engine computed a lesion probability of ${value} in ${place}.`);
    if (value !== 0) isZero = false;
  }
  if (isZero) throw wrong(`The engine gave back nothing but zeros in ${place}.`);
}

/** What a ReLU gave is finite and not negative. */
export function checkPasted(values: Float32Array, place: string): void {
  const at = values.findIndex((value) => !(value >= 0 && value < Infinity));
  if (at >= 0) throw wrong(`The engine computed a feature of ${values[at]} in ${place}.`);
}

/** How far scores may lie from bias + means of the evidence, relative to the largest score where that exceeds 1. */
const identityTolerance = 1e-2;

/** The evidence adds up to the score (network description, section 5).
 *  @throws EngineError where it does not, or anything is not finite */
export function checkScores(scores: readonly number[], evidence: Evidence, bias: ArrayLike<number>): void {
  for (const { data } of evidence) checkFinite(data, 'the evidence');
  checkFinite(Float32Array.from(scores), 'the scores');
  const largest = Math.max(1, ...scores.map(Math.abs));
  const error = Math.max(...evidenceResiduals(scores, evidence, bias).map(Math.abs));
  if (error > identityTolerance * largest) {
    throw wrong(`The evidence does not add up to the scores: it is off by ${error}.`);
  }
}

/** Score - bias - means of the evidence, for each class: 0 but for rounding. */
export function evidenceResiduals(scores: readonly number[], evidence: Evidence, bias: ArrayLike<number>): number[] {
  return scores.map((score, j) =>
    evidence.reduce((rest, { shape, data }) => {
      const voxels = data.length / shape[0];
      let sum = 0;
      for (let i = j * voxels; i < (j + 1) * voxels; i++) sum += data[i];
      return rest - sum / voxels;
    }, score - bias[j]),
  );
}
