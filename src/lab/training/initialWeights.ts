import type { ParameterDescription } from '../../network/describe.ts';
import type { Parameter } from '../../network/graph.ts';
import { sizeOf } from '../../engine/onnx/onnxBuilder.ts';
import { gaussian } from './random.ts';

const stitchStart: Readonly<Record<string, number>> = { alpha_1: 0.8, beta_1: 0.2, alpha_2: 0.8, beta_2: 0.2 };

/** He's normal start for what ReLU follows; norms one, biases zero, stitches as the paper has them. */
export function initialWeights(parameters: readonly ParameterDescription[], seed: number): Map<string, Parameter> {
  const normal = gaussian(seed);
  return new Map(
    parameters.map(({ name, shape, role, fanIn }) => {
      const value = {
        weight: () => normal() * Math.sqrt(2 / fanIn),
        'norm-weight': () => 1,
        bias: () => 0,
        scalar: () => stitchStart[name] ?? 1,
      }[role];
      return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, value) }];
    }),
  );
}
