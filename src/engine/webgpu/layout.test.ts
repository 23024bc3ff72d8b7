import { expect, it } from 'vitest';
import { fromBlocks, toBlocks } from './layout.ts';

it('lays four channels of a voxel side by side, and fills up with zeros', () => {
  // Five channels of two voxels: channel c holds 10 c and 10 c + 1.
  const values = Float32Array.from({ length: 10 }, (_, i) => 10 * (i >> 1) + (i & 1));
  const blocks = toBlocks(values, 5);
  expect([...blocks]).toEqual([0, 10, 20, 30, 1, 11, 21, 31, 40, 0, 0, 0, 41, 0, 0, 0]);
  expect(fromBlocks(blocks, 5)).toEqual(values);
});

it('leaves one channel as it is', () => {
  const values = Float32Array.of(1, 2, 3);
  expect(fromBlocks(toBlocks(values, 1), 1)).toEqual(values);
});
