import { expect, test } from 'vitest';
import { describeParameters } from './describe.ts';
import { plans } from './plans.ts';

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
