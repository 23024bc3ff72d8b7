import { describe, expect, it } from 'vitest';
import { describePatch, withOutputs } from '../../network/describe.ts';
import { plans } from '../../network/plans.ts';
import { formulaWeights } from '../cases/formula.ts';
import { rewriteGraph } from './rewrite.ts';
import { foldUpsamplingBias } from './weights.ts';

const kinds = (roles: readonly string[]) =>
  rewriteGraph(withOutputs(describePatch(plans.tiny, 2), roles).graph, formulaWeights(plans.tiny)).nodes.map(
    ({ kind }) => kind,
  );
const count = (roles: readonly string[], kind: string) => kinds(roles).filter((each) => each === kind).length;

describe('rewriting a patch', () => {
  it('leaves no transposed convolution, and no softmax of its own', () => {
    expect(count(['probability'], 'convTranspose3d')).toBe(0);
    expect(count(['probability'], 'upConv')).toBe(3);
    expect(count(['probability'], 'softmaxOfSum')).toBe(1);
  });

  it('keeps the logits where they are asked for', () => {
    expect(count(['probability', 'logits'], 'softmaxOfSum')).toBe(0);
    expect(count(['probability', 'logits'], 'weightedSum')).toBe(1);
  });
});

it('counts for the folded bias only taps that lie inside', () => {
  const upBias = { shape: [1], data: Float32Array.of(2) };
  const ones = { shape: [1, 1, 3, 3, 3], data: new Float32Array(27).fill(1) };
  const table = foldUpsamplingBias(upBias, ones, { shape: [1], data: Float32Array.of(0.5) });
  // Corner, and the middle of the 27 places: 8 and 27 taps inside.
  expect([table[0], table[4 * 13]]).toEqual([16.5, 54.5]);
});
