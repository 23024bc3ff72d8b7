import { expect, test } from 'vitest';
import { close, dilate, erode, fillHolesInSlices, open } from './morphology.ts';

const picture = (...lines: string[]) => Uint8Array.from(lines.join(''), (c) => (c === '#' ? 1 : 0));
const drawn = (values: Uint8Array, columns: number) =>
  Array.from({ length: values.length / columns }, (_, y) =>
    [...values.subarray(y * columns, (y + 1) * columns)].map((v) => (v ? '#' : '.')).join(''),
  );

test('balls are measured in millimetres', () => {
  const point = picture('.....', '..#..', '.....');
  expect(drawn(dilate(point, [1, 3, 5], [1, 2, 1], 1.5), 5)).toEqual(['.....', '.###.', '.....']);
  expect(drawn(dilate(point, [1, 3, 5], [1, 1, 1], 1), 5)).toEqual(['..#..', '.###.', '..#..']);
});

test('opening drops what is thin, closing bridges what is narrow, the edge wears nothing away', () => {
  const shape = [1, 3, 8] as const;
  const bars = picture('###..###', '###.####', '###..###');
  expect(drawn(close(bars, shape, [1, 1, 1], 1), 8)).toEqual(['########', '########', '########']);
  const thin = picture('###.....', '########', '###.....');
  expect(drawn(open(thin, shape, [1, 1, 1], 1), 8)).toEqual(['###.....', '####....', '###.....']);
  expect(drawn(erode(picture('########', '########', '########'), shape, [1, 1, 1], 2), 8)).toEqual(
    Array(3).fill('########'),
  );
});

test('holes are filled slice by slice, bays are not', () => {
  const slices = picture('####', '#..#', '####', '####', '#...', '####');
  expect(drawn(fillHolesInSlices(slices, [2, 3, 4]), 4)).toEqual(['####', '####', '####', '####', '#...', '####']);
});
