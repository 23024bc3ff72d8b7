import { describe, expect, it } from 'vitest';
import {
  describeClassifier,
  describeClassifierStem,
  describePatch,
  withOutputs,
  type Described,
} from '../../network/describe.ts';
import type { Weights } from '../../network/graph.ts';
import { plans } from '../../network/plans.ts';
import { formulaWeights } from '../cases/formula.ts';
import { cardBlocking, cardCandidates, sharing, softwareBlocking } from './blockings.ts';
import { questions } from './knownAnswer.ts';
import { lowerGraph } from './lower.ts';

const { lite } = plans;
const liteWeights = formulaWeights(lite);
const patch = (...roles: string[]) => withOutputs(describePatch(lite, 12), roles);

describe.each([...cardCandidates, sharing(cardBlocking), sharing(softwareBlocking)])(
  'of lite with the blocking %j every kernel is asked for',
  (blocking) => {
    const kernels = (graph: Described['graph'], weights: Weights) =>
      lowerGraph(graph, weights, { mostBytes: 2 ** 27, blocking }).steps.flatMap((step) =>
        step.kind === 'dispatch' ? [step.kernel] : [],
      );
    const asked = new Set(
      questions().flatMap(({ graphs, weights }) =>
        graphs.flatMap((graph) => kernels(graph, weights)).map(({ wgsl }) => wgsl),
      ),
    );

    it.each([
      ['the stem', describeClassifierStem(lite)],
      ['a patch', patch('probability', 'pasted')],
      ['a patch that no classifier follows', patch('probability')],
      ['a patch that hands on its logits', patch('probability', 'pasted', 'logits')],
      ['the classifier', describeClassifier(lite)],
    ])('by %s', (_, { graph }) => {
      const missing = kernels(graph, liteWeights).filter(({ wgsl }) => !asked.has(wgsl));
      expect(missing.map(({ label }) => label)).toEqual([]);
    });
  },
);
