import { expect, test } from 'vitest';
import { flood } from './flood.ts';

const row = (...values: number[]) => Uint8Array.from(values);

test('markers meet on the ridge, wherever it lies', () => {
  const level = row(0, 1, 1, 1, 1, 9, 1, 0);
  const grown = flood(row(1, 0, 0, 0, 0, 0, 0, 2), row(1, 1, 1, 1, 1, 1, 1, 1), level, [1, 1, 8]);
  expect([...grown.subarray(0, 5)]).toEqual([1, 1, 1, 1, 1]);
  expect([...grown.subarray(6)]).toEqual([2, 2]);
});

test('on the level markers meet half way; what is not allowed or not reached stays free', () => {
  const allowed = row(1, 1, 1, 1, 1, 1, 0, 1);
  expect([...flood(row(1, 0, 0, 0, 0, 2, 0, 0), allowed, row(0, 0, 0, 0, 0, 0, 0, 0), [1, 1, 8])]).toEqual([
    1, 1, 1, 2, 2, 2, 0, 0,
  ]);
});

test('floods along all three axes, not over edges', () => {
  const allowed = Uint8Array.from({ length: 27 }, () => 1);
  const markers = new Uint8Array(27);
  markers[13] = 3;
  expect([...flood(markers, allowed, new Uint8Array(27), [3, 3, 3])]).toEqual(Array(27).fill(3));
  const ends = row(0, 0, 1, 0, 0, 0);
  expect([...flood(ends, row(0, 0, 1, 1, 0, 0), new Uint8Array(6), [1, 2, 3])]).toEqual([0, 0, 1, 0, 0, 0]);
});
