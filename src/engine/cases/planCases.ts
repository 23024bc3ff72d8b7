/** Whole graphs of our plans, compared with the reference engine. */
import { describeClassifierStem, describePatch } from '../../network/describe.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import { plans, type Plan } from '../../network/plans.ts';
import type { HostTensor } from '../contract.ts';
import { tensor, type EngineCase } from './engineCase.ts';
import { formulaValues, formulaWeights } from './formula.ts';
import { unitValues } from './goldenCases.ts';
import { tolerances } from './tolerances.ts';

const { tiny, lite } = plans;
/** Lite and tiny have the same parameters. */
const weights = formulaWeights(tiny);

function stemCase(): EngineCase {
  const shape = [1, tiny.slices, tiny.grid / 2, tiny.grid / 2];
  return {
    name: 'the stem of tiny',
    graph: describeClassifierStem(tiny).graph,
    weights,
    inputs: { slices: tensor(shape, unitValues('case.slices', sizeOf(shape))) },
    expected: {},
    tolerance: tolerances.patch,
  };
}

function patchCase(name: string, plan: Plan, voxels: (length: number) => Float32Array): EngineCase {
  const { graph } = describePatch(plan, 2);
  const shapes = new Map(graph.inputs.map((input) => [input.name, input.shape]));
  const cStem = shapes.get('cStem') ?? [];
  /** Rising evenly through the range that an index vector may hold. */
  const spread = ([input, range]: [string, number]): [string, HostTensor] => {
    const [length] = shapes.get(input) ?? [];
    const data = Int32Array.from({ length }, (_, i) => Math.floor((i * range) / length));
    return [input, { shape: [length], data }];
  };
  const ranges = Object.entries({ cropZ: cStem[1], cropY: cStem[2], cropX: cStem[3] }).concat(
    Object.entries({ pasteZ: plan.patch[0] / 2, pasteY: plan.patch[1] / 2, pasteX: plan.patch[2] / 2 }),
  );
  return {
    name,
    graph,
    weights,
    inputs: {
      voxels: tensor([1, ...plan.patch], voxels(sizeOf(plan.patch))),
      cStem: tensor(cStem, formulaValues('case.cStem', sizeOf(cStem)).map(Math.abs)),
      ...Object.fromEntries(ranges.map(spread)),
    },
    expected: {},
    tolerance: tolerances.patch,
  };
}

export const planCases: readonly EngineCase[] = [
  stemCase(),
  patchCase('a patch of tiny', tiny, (length) => unitValues('case.voxels', length)),
  patchCase('a patch of zeros', tiny, (length) => new Float32Array(length)),
  patchCase('a patch of lite', lite, (length) => unitValues('case.voxels', length)),
];
