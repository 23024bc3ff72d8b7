import fc from 'fast-check';
import { expect, test } from 'vitest';
import { traceContours } from './contours.ts';
import type { Cut } from './planes.ts';

function trace(...rows: string[]) {
  const columns = rows[0].length;
  const cut: Cut = { rows: rows.length, columns, start: 0, rowStep: columns, columnStep: 1 };
  const pixels = rows.join('');
  return traceContours(cut, (at) => pixels[at] === '#');
}

/** Twice the signed area; positive clockwise on the screen. */
function signedArea(line: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < line.length; i += 2) {
    const [x, y, nextX, nextY] = [line[i], line[i + 1], line[(i + 2) % line.length], line[(i + 3) % line.length]];
    sum += x * nextY - nextX * y;
  }
  return sum;
}

test('one pixel is a square round its edges', () => {
  expect(trace('...', '.#.', '...')).toEqual([[1, 1, 2, 1, 2, 2, 1, 2]]);
});

test('pixels at the rim are closed there', () => {
  expect(trace('##')).toEqual([[0, 0, 2, 0, 2, 1, 0, 1]]);
});

test('a ring has an outer line and a hole that runs the other way', () => {
  const lines = trace('###', '#.#', '###');
  expect(lines.map(signedArea).sort((a, b) => a - b)).toEqual([-2, 18]);
});

test('pixels that touch at a corner stay apart', () => {
  expect(trace('#.', '.#')).toHaveLength(2);
  expect(trace('.#', '#.')).toHaveLength(2);
});

test('nothing has no border', () => {
  expect(trace('....')).toEqual([]);
});

test('the enclosed area is the number of pixels, whatever the set', () => {
  const row = fc.string({ unit: fc.constantFrom('#', '.'), minLength: 9, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 9 }), (rows) => {
      const area = trace(...rows).reduce((sum, line) => sum + signedArea(line) / 2, 0);
      expect(area).toBe([...rows.join('')].filter((pixel) => pixel === '#').length);
    }),
  );
});
