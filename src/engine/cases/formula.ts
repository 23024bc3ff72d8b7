/** The reference data's formula: numbers, and from them weights and studies, that any language can make again. */
import { describeParameters, type ParameterDescription } from '../../network/describe.ts';
import type { Parameter } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import type { Plan } from '../../network/plans.ts';

/** As zlib's, over ASCII text. */
export function crc32(text: string): number {
  let crc = -1;
  for (const character of text) {
    crc ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Numbers in [-1, 1), exact in float32, the same for the same name. */
export function formulaValues(name: string, length: number): Float32Array {
  const start = crc32(name);
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) {
    let x = (Math.imul(i + 1, 2654435761) + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    x = (x ^ (x >>> 16)) >>> 0;
    values[i] = ((x >>> 8) / 2 ** 24) * 2 - 1;
  }
  return values;
}

export interface StitchScalars {
  readonly a1: number;
  readonly b1: number;
  readonly a2: number;
  readonly b2: number;
}
export const initialStitch: StitchScalars = { a1: 0.8, b1: 0.2, a2: 0.8, b2: 0.2 };

/** All weights of a plan by the formula; the four stitch scalars are given. */
export function formulaWeights(plan: Plan, stitch: StitchScalars = initialStitch): Map<string, Parameter> {
  const scalars: Record<string, number> = {
    alpha_1: stitch.a1,
    beta_1: stitch.b1,
    alpha_2: stitch.a2,
    beta_2: stitch.b2,
  };
  return new Map(
    describeParameters(plan).map((parameter) => {
      const scalar = scalars[parameter.name];
      const data = scalar === undefined ? formulaParameter(parameter) : Float32Array.of(scalar);
      return [parameter.name, { shape: parameter.shape, data }];
    }),
  );
}

function formulaParameter({ name, shape, role }: ParameterDescription): Float32Array {
  const length = sizeOf(shape);
  const fan = name.endsWith('up_conv.weight') ? shape[0] : length / shape[0];
  const value = {
    weight: (u: number) => u * Math.sqrt(3 / fan),
    'norm-weight': (u: number) => 1 + 0.2 * u,
    bias: (u: number) => 0.1 * u,
    scalar: (u: number) => 1 + 0.2 * u,
  }[role];
  return formulaValues(name, length).map(value);
}
