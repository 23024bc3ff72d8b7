import { describeParameters, type ParameterDescription } from './describe.ts';
import type { Parameter } from './graph.ts';
import { sizeOf } from './layers/layer.ts';
import { uniform } from '../volume/random.ts';
import type { Plan } from './plans.ts';

const stitchStart: Readonly<Record<string, number>> = { alpha_1: 0.8, beta_1: 0.2, alpha_2: 0.8, beta_2: 0.2 };

/** Where training starts: He's variance 2 / fan-in for what ReLU follows, drawn evenly from ±sqrt(6 / fan-in) by
 *  mulberry32 in the order of the parameters; norms one, biases zero, stitches as the paper has them. Nothing here
 *  but sums, products and square roots, so a seed gives the same bits on every machine. */
export function initialWeights(parameters: readonly ParameterDescription[], seed: number): Map<string, Parameter> {
  const random = uniform(seed);
  return new Map(
    parameters.map(({ name, shape, role, fanIn }) => {
      const value = {
        weight: () => (2 * random() - 1) * Math.sqrt(6 / fanIn),
        'norm-weight': () => 1,
        bias: () => 0,
        scalar: () => stitchStart[name] ?? 1,
      }[role];
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, value) }];
    }),
  );
}

export const seededWeights = (plan: Plan, seed: number) => initialWeights(describeParameters(plan), seed);
