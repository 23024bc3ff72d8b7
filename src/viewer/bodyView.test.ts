import { expect, test } from 'vitest';
import { readingDirection, type Grid, type Volume } from '../volume/grid.ts';
import { bodyView } from './bodyView.ts';

const [rows, columns] = [40, 60];
/** Two slices of 2 mm pixels, the second one painted. */
function volumeOf(hu: (y: number, x: number) => number): Volume {
  const values = new Int16Array(2 * rows * columns).fill(-1000);
  for (let y = 0; y < rows; y++) for (let x = 0; x < columns; x++) values[(rows + y) * columns + x] = hu(y, x);
  const grid: Grid = {
    shape: [2, rows, columns],
    spacingMm: [5, 2, 2],
    originMm: [0, 0, 0],
    direction: readingDirection,
  };
  return { grid, hu: values };
}
const isBody = (y: number, x: number) => y >= 10 && y < 30 && x >= 15 && x < 45;

test('the view is that of the body, with a margin, whatever lies beneath and beside it', () => {
  const view = bodyView(
    volumeOf((y, x) => (isBody(y, x) ? 40 : y === 34 || (x > 54 && x < 58 && y > 20 && y < 24) ? 200 : -1000)),
    1,
  );
  // 30 of 60 columns and 20 of 40 rows: twice as large, less the margin of 5 %.
  expect(view?.zoom).toBeCloseTo(2 / 1.05, 6);
  expect(view?.centreMm).toEqual([59, 39]);
});

test('a body that fills the picture, or none at all, changes nothing', () => {
  expect(
    bodyView(
      volumeOf(() => 40),
      1,
    ),
  ).toBe(null);
  expect(
    bodyView(
      volumeOf(() => 40),
      0,
    ),
  ).toBe(null);
});
