import { expect, it } from 'vitest';
import { meanOfWeights } from './meanOfWeights.ts';

const state = (...values: number[]) => new Map([['w', { shape: [values.length], data: Float32Array.from(values) }]]);

it('is the mean, value by value', () => {
  expect(meanOfWeights([state(1, 2), state(3, -2), state(5, 6)]).get('w')).toEqual(state(3, 2).get('w'));
});

it('says so where the states are of different networks', () => {
  expect(() => meanOfWeights([state(1, 2), state(1)])).toThrow('no w of that shape');
  expect(() => meanOfWeights([state(1), new Map()])).toThrow('no w of that shape');
});
