import { join } from 'node:path';
import type { Weights } from '../../network/graph.ts';
import { train, type TrainOptions } from '../training/train.ts';
import { runsOf, type Budget, type Variant } from './variants.ts';

/** Trains a variant, run by run. A run's folder lies in that of the run it starts from, so that variants share what
 *  they have in common, and a program that was ended goes on where it was.
 *  @param options.out folder of all variants of this seed
 *  @returns the weights at the end */
export async function trainVariant(
  variant: Variant,
  budget: Budget,
  options: Pick<TrainOptions, 'runtime' | 'threads' | 'source' | 'dataFolder'> & { readonly out: string },
): Promise<Weights> {
  let { out } = options;
  let weights: Weights | undefined;
  for (const config of runsOf(variant, budget)) {
    out = join(out, config.name);
    weights = await train({ ...options, config, out, start: weights });
  }
  if (!weights) throw new Error(`${variant.name} has no runs`);
  return weights;
}
