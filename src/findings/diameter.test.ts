import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { longestDiameterMm, type SliceOutline } from './diameter.ts';

test('a row of three voxels of 2 mm is 6 mm long, a column of three of 5 mm is 15', () => {
  expect(longestDiameterMm([[0, 4, 6]], [5, 2])).toBe(6);
  expect(
    longestDiameterMm(
      [
        [0, 4, 4],
        [1, 4, 4],
        [2, 4, 4],
      ],
      [5, 2],
    ),
  ).toBe(15);
});

test('what trying all pairs finds', () => {
  const outline = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 20 })), { minLength: 1, maxLength: 12 })
    .map((rows): SliceOutline => rows.map(([first, width], y) => [y, first, first + width]));
  fc.assert(
    fc.property(outline, (rows) => {
      const ends = rows.flatMap(([y, first, last]) => [
        [y, first],
        [y, last],
      ]);
      const longest = Math.max(...ends.flatMap(([a, b]) => ends.map(([c, d]) => Math.hypot(a - c, b - d))));
      expect(longestDiameterMm(rows, [1, 1])).toBeCloseTo(longest + 1, 8);
    }),
  );
});
