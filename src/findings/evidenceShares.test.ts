import { expect, test } from 'vitest';
import { readingDirection, type Grid, type Mask } from '../volume/grid.ts';
import { evidenceRegions, evidenceShares } from './evidenceShares.ts';

/** Eight voxels of 1 mm in a row; two of the map hold four each. */
const study: Grid = { shape: [1, 1, 8], spacingMm: [1, 1, 1], originMm: [0.5, 0, 0], direction: readingDirection };
const map: Grid = { ...study, shape: [1, 1, 2], spacingMm: [1, 1, 4], originMm: [2, 0, 0] };
const lungs: Mask = { grid: study, labels: Uint8Array.of(1, 1, 1, 1, 2, 2, 0, 0) };
const lesions = Uint8Array.of(1, 1, 1, 0, 1, 0, 0, 0);
const regions = evidenceRegions(map, lungs, lesions);

test('each map voxel knows how much of it is lesion and how much other lung', () => {
  expect([...regions.lesion]).toEqual([0.75, 0.25]);
  expect([...regions.lung]).toEqual([0.25, 0.25]);
});

test('evidence for and against are shared out by volume', () => {
  const { speaksFor, speaksAgainst } = evidenceShares(Float32Array.of(2, -4), regions);
  expect(speaksFor).toEqual({ lesions: 0.75, otherLung: 0.25, outside: 0 });
  expect(speaksAgainst).toEqual({ lesions: 0.25, otherLung: 0.25, outside: 0.5 });
});

test('agreement: 1 where lesions stand out, 0 the other way round, a half where all is alike', () => {
  const apart = { ...regions, lesion: Float32Array.of(1, 0), lung: Float32Array.of(0, 1) };
  expect(evidenceShares(Float32Array.of(3, 1), apart).agreement).toBe(1);
  expect(evidenceShares(Float32Array.of(1, 3), apart).agreement).toBe(0);
  expect(evidenceShares(Float32Array.of(2, 2), apart).agreement).toBe(0.5);
  // Pairs: lesion 0.75 high and 0.25 low against lung 0.25 and 0.25: 0.75 (0.25 + 0.125) + 0.25 * 0.125 of 0.5.
  expect(evidenceShares(Float32Array.of(2, 1), regions).agreement).toBeCloseTo(0.625, 10);
});

test('no evidence, no lesions: no number', () => {
  const none = evidenceShares(new Float32Array(2), regions);
  expect(none).toEqual({ speaksFor: null, speaksAgainst: null, agreement: null });
  const healthy = evidenceRegions(map, lungs, new Uint8Array(8));
  expect(evidenceShares(Float32Array.of(1, 2), healthy).agreement).toBe(null);
});

test('values of another grid are a bug', () => {
  expect(() => evidenceShares(new Float32Array(3), regions)).toThrow(/3 values/);
});
