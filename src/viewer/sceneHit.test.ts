import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import { viewFrom } from './gaze.ts';
import { firstLesion } from './sceneHit.ts';

const grid: Grid = { shape: [4, 5, 6], spacingMm: [3, 2, 1], originMm: [100, 200, 300], direction: readingDirection };
const labels = new Uint8Array(4 * 5 * 6);
const at = (z: number, y: number, x: number) => (z * 5 + y) * 6 + x;
labels[at(1, 1, 2)] = 1;
labels[at(1, 3, 2)] = 2;

const any = (label: number) => label !== 0;

test('the lesion nearest to the eye is hit, where it begins', () => {
  const through = [2, 0, 3] as const;
  const hit = firstLesion(grid, { labels }, any, through, viewFrom('front').toEye, null);
  expect(hit).toEqual({ lesion: 1, pointMm: [102, 202, 303] });
  const back = firstLesion(grid, { labels }, any, through, [0, 1, 0], null);
  expect(back).toEqual({ lesion: 2, pointMm: [102, 206, 303] });
  expect(firstLesion(grid, { labels }, any, [4, 0, 3], [0, -1, 0], null)).toBe(null);
});

test('what a cut takes away is not hit', () => {
  const cut = { origin: [0, 4, 0], normal: [0, 1, 0] } as const;
  expect(firstLesion(grid, { labels }, any, [2, 0, 3], [0, -1, 0], cut)).toMatchObject({ lesion: 2 });
});

test('what is not drawn is not hit', () => {
  const hit = firstLesion(grid, { labels }, (label) => label > 1, [2, 0, 3], viewFrom('front').toEye, null);
  expect(hit).toMatchObject({ lesion: 2 });
});
