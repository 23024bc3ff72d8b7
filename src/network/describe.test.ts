import { expect, test } from 'vitest';
import { describeClassifierStem, describeParameters, describePatch } from './describe.ts';
import { plans, type Plan } from './plans.ts';
import { inferShapes } from './shapes.ts';

const count = (plan: (typeof plans)[keyof typeof plans]) =>
  describeParameters(plan).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);

test('parameter counts are those of the published network', () => {
  expect(count(plans.full)).toBe(8_233_640);
  expect(count(plans.lite)).toBe(516_176);
  expect(count(plans.tiny)).toBe(516_176);
});

test('no parameter is named twice', () => {
  const names = describeParameters(plans.lite).map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('a plain stem is one convolution and its norm, to the same shape, and leaves the rest as it is', () => {
  const plain = { ...plans.lite, stem: 'plain' } as const;
  const names = (plan: Plan) => describeParameters(plan).map(({ name }) => name);
  expect(names(plain).filter((name) => name.startsWith('stem_'))).toEqual(
    ['stem_cls', 'stem_seg'].flatMap((stem) => [`${stem}.plain.weight`, `${stem}.bn1.weight`, `${stem}.bn1.bias`]),
  );
  expect(names(plain).filter((name) => !name.startsWith('stem_'))).toEqual(
    names(plans.lite).filter((name) => !name.startsWith('stem_')),
  );
  const parameters = new Map(describeParameters(plain).map(({ name, shape }) => [name, { shape }]));
  const stem = describeClassifierStem(plain);
  expect(inferShapes(stem.graph, parameters).get(stem.roles.cStem)).toEqual([8, 24, 64, 64]);
  const patch = describePatch(plain, 3);
  expect(inferShapes(patch.graph, parameters).get('stem_seg.bn1.relu')).toEqual([8, 12, 64, 64]);
});
