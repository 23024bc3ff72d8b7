/** Each subnet at full width against what the authors' own modules gave (reference data beside the checkout). */
import { describeClassifier, describePatch } from '../../network/describe.ts';
import type { Graph, Weights } from '../../network/graph.ts';
import { plans } from '../../network/plans.ts';
import type { HostTensor } from '../contract.ts';
import { cutGraph, graphInput, tensor, type EngineCase } from './engineCase.ts';
import { formulaValues, formulaWeights } from './formula.ts';
import { tolerances } from './tolerances.ts';

/** @param name of a file of the golden folder, without `.f32` */
export type ReadGolden = (name: string) => Float32Array;

export function goldenCases(read: ReadGolden): readonly EngineCase[] {
  const weights = formulaWeights(plans.full);
  const make = (
    name: string,
    graph: Graph,
    inputs: Readonly<Record<string, HostTensor>>,
    outputs: Readonly<Record<string, string>>,
  ): EngineCase => ({
    name: `golden ${name}`,
    graph: cutGraph(
      graph,
      Object.entries(inputs).map(([input, value]) => graphInput(input, value)),
      Object.keys(outputs),
    ),
    weights: weights as Weights,
    inputs,
    expected: Object.fromEntries(Object.entries(outputs).map(([output, file]) => [output, read(file)])),
    tolerance: tolerances.golden,
  });

  const patch = describePatch(plans.full, 1);
  const stem = (name: string, depth: number, rows: number, columns: number) =>
    make(
      name,
      patch.graph,
      { voxels: tensor([1, depth, rows, columns], unitValues(`input.${name}`, depth * rows * columns)) },
      { 'stem_seg.bn1.relu': name },
    );
  const classifier = describeClassifier(plans.full);

  return [
    stem('stem_even', 8, 32, 32),
    stem('stem_odd', 5, 19, 23),
    make(
      'lesion subnet',
      patch.graph,
      { lFeatures: tensor([32, 4, 16, 16], formulaValues('input.seg', 32 * 4 * 16 * 16)) },
      {
        [patch.roles.head1]: 'seg_h1',
        [patch.roles.head2]: 'seg_h2',
        [patch.roles.head3]: 'seg_h3',
        [patch.roles.logits]: 'seg_logits',
      },
    ),
    make(
      'classifier',
      classifier.graph,
      {
        cFeatures: tensor([32, 8, 32, 32], formulaValues('input.cls_features', 32 * 8 * 32 * 32).map(Math.abs)),
        lesion: tensor(
          [1, 8, 32, 32],
          everySecond(formulaValues('input.cls_lesion', 8 * 64 * 64), 64).map((u) => 3 * u),
        ),
      },
      {
        [classifier.roles.scores]: 'cls_scores',
        [classifier.roles.evidence1]: 'cls_evidence1',
        [classifier.roles.evidence2]: 'cls_evidence2',
        [classifier.roles.evidence3]: 'cls_evidence3',
      },
    ),
  ];
}

/** In [0, 1), like intensities. */
export const unitValues = (name: string, length: number) =>
  Float32Array.from(formulaValues(name, length), (u) => (u + 1) / 2);

/** Every second row and column of square slices, from the first. */
const everySecond = (values: Float32Array, side: number) =>
  values.filter((_, i) => i % 2 === 0 && Math.floor(i / side) % 2 === 0);
