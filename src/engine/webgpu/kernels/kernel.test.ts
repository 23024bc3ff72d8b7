import { expect, test } from 'vitest';
import { firstThread, int, kernel, piecesOf, threads, writes } from './kernel.ts';

const convolution = (groups: number, macs: number, canBegin = true) =>
  kernel({
    label: 'k',
    bindings: [writes('y0', 'f32')],
    params: [int('items', groups * threads - 1), ...(canBegin ? [firstThread] : [])],
    code: '',
    workgroups: [groups, 3, 1],
    macs,
  });
const starts = (groups: number, macs: number, most: number) =>
  piecesOf(convolution(groups, macs), most).map(({ params, workgroups }) => [
    params.find(({ name }) => name === 'first')?.value,
    ...workgroups,
  ]);

test('a short kernel is one piece', () => {
  expect(starts(10, 100, 100)).toEqual([[0, 10, 3, 1]]);
  expect(starts(10, 0, 100)).toEqual([[0, 10, 3, 1]]);
});

test('a long one is cut along x, every workgroup once', () => {
  expect(starts(10, 300, 100)).toEqual([
    [0, 4, 3, 1],
    [4 * threads, 4, 3, 1],
    [8 * threads, 2, 3, 1],
  ]);
});

test('no piece is shorter than a workgroup, and a kernel that cannot begin elsewhere stays whole', () => {
  expect(starts(2, 1e9, 1)).toHaveLength(2);
  expect(piecesOf(convolution(10, 300, false), 100)).toHaveLength(1);
});
