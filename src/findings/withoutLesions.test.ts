import { expect, test } from 'vitest';
import { readingDirection, type Grid, type Mask, type Volume } from '../volume/grid.ts';
import { uniform } from '../volume/random.ts';
import type { Findings } from './findings.ts';
import { measure } from './measure.ts';
import { withoutLesions } from './withoutLesions.ts';

/** Voxels of 0.04 ml: three of them make a lesion. */
const grid: Grid = { shape: [9, 24, 40], spacingMm: [5, 4, 2], originMm: [-20, 8, 100], direction: readingDirection };
const [depth, rows, columns] = grid.shape;
const lungs: Mask = { grid, labels: new Uint8Array(depth * rows * columns) };
forBox([0, 9], [1, 22], [1, 18], (i) => (lungs.labels[i] = 1));
forBox([2, 8], [2, 20], [21, 39], (i) => (lungs.labels[i] = 2));

function forBox([z0, z1]: number[], [y0, y1]: number[], [x0, x1]: number[], visit: (i: number) => void) {
  for (let z = z0; z < z1; z++)
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) visit((z * rows + y) * columns + x);
}

/** Lesions in both lungs, across the edge of one, wholly outside, and one too small to be counted. */
const boxes = [
  [
    [0, 3],
    [2, 6],
    [3, 9],
  ],
  [
    [5, 8],
    [12, 20],
    [6, 14],
  ],
  [
    [6, 9],
    [2, 5],
    [14, 21],
  ],
  [
    [3, 6],
    [4, 10],
    [24, 31],
  ],
  [
    [7, 9],
    [14, 17],
    [30, 36],
  ],
  [
    [0, 2],
    [22, 24],
    [30, 34],
  ],
  [
    [8, 9],
    [9, 10],
    [10, 12],
  ],
];
const random = uniform(4);
const volume: Volume = { grid, hu: Int16Array.from({ length: depth * rows * columns }, () => -1200 + 1500 * random()) };
const mask: Mask = { grid, labels: new Uint8Array(volume.hu.length) };
for (const [z, y, x] of boxes) forBox(z, y, x, (i) => (mask.labels[i] = 1));
const { findings, lesionLabels } = measure(volume, lungs, mask);

/** Numbers to nine decimals; lesions by what they are, not by number. */
const plain = (found: Findings): unknown =>
  JSON.parse(
    JSON.stringify({ ...found, lesions: found.lesions.map((lesion) => ({ ...lesion, number: 0 })) }, (_, value) =>
      typeof value === 'number' ? Number(value.toFixed(9)) : (value as unknown),
    ),
  );

test.each([[[1]], [[6]], [[2, 5]], [[1, 3, 4]], [[1, 2, 3, 4, 5, 6]]])(
  'without lesions %j, findings are those of the mask without them',
  (out) => {
    expect(findings.lesions).toHaveLength(6);
    const labels = mask.labels.map((label, i) => (out.includes(lesionLabels?.labels[i] ?? 0) ? 0 : label));
    const anew = measure(volume, lungs, { grid, labels }).findings;
    const left = withoutLesions(findings, (number) => out.includes(number));
    expect(plain(left)).toEqual(plain(anew));
    expect(left.lesions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6].filter((n) => !out.includes(n)));
  },
);

test('with every lesion left in, nothing is made anew', () => {
  expect(withoutLesions(findings, () => false)).toBe(findings);
});
