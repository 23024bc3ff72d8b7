import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import type { EvidenceShares } from './evidenceShares.ts';
import { measure } from './measure.ts';
import { reviewFlags, type Reviewed } from './reviewFlags.ts';

/** 20 x 10 x 20 voxels of 1 ml: two lungs of 2 l, unless told otherwise. */
const grid: Grid = { shape: [20, 10, 20], spacingMm: [10, 10, 10], originMm: [0, 0, 0], direction: readingDirection };
function findingsOf(lesionVoxels: (i: number) => boolean, lung = (i: number): number => (i % 20 < 10 ? 1 : 2)) {
  const voxels = Array.from({ length: 4000 }, (_, i) => i);
  return measure(
    { grid, hu: new Int16Array(4000) },
    { grid, labels: Uint8Array.from(voxels, lung) },
    { grid, labels: Uint8Array.from(voxels, (i) => (lesionVoxels(i) ? 1 : 0)) },
  ).findings;
}
/** Eight lesions, one in every other slice, in 8 of 20 slices half full. */
const patchy = (i: number) => Math.floor(i / 200) % 2 === 0 && Math.floor(i / 200) < 16 && i % 200 < 100;
const few = (i: number) => i < 30;

const inLesions: EvidenceShares = {
  speaksFor: { lesions: 0.9, otherLung: 0.1, outside: 0 },
  speaksAgainst: null,
  agreement: 0.95,
};
const codes = (reviewed: Partial<Reviewed>) =>
  reviewFlags({ findings: findingsOf(few), scores: scores(0.9, 0.05), evidence: inLesions, ...reviewed }).map(
    (flag) => flag.code,
  );
const scores = (covid19: number, cap: number) => ({ covid19, cap, nonPneumonia: 1 - covid19 - cap });

test('a reading in which all agrees raises none', () => {
  expect(codes({})).toEqual([]);
  expect(codes({ scores: null, evidence: null })).toEqual([]);
});

test.each<[string, Partial<Reviewed>, string]>([
  ['small lungs', { findings: findingsOf(few, (i) => (i < 1000 ? 1 + (i % 2) : 0)) }, 'lung-volume'],
  ['one lung much smaller', { findings: findingsOf(few, (i) => (i % 20 < 15 ? 1 : 2)) }, 'lung-sides'],
  ['lesion outside', { findings: findingsOf(few, (i) => (i === 5 ? 0 : 1 + (i % 2))) }, 'lesion-outside'],
  ['lesion nearly everywhere', { findings: findingsOf((i) => i < 2500) }, 'very-extensive'],
  ['scores near each other', { scores: scores(0.5, 0.4) }, 'close-scores'],
  [
    'evidence elsewhere',
    { evidence: { ...inLesions, speaksFor: { lesions: 0.7, otherLung: 0.2, outside: 0.1 } } },
    'evidence-elsewhere',
  ],
  ['CAP with many lesions', { scores: scores(0.1, 0.8), findings: findingsOf(patchy) }, 'class-and-findings'],
  [
    'non-pneumonia with lesions',
    { scores: scores(0.1, 0.1), findings: findingsOf((i) => i < 50) },
    'class-and-findings',
  ],
  ['pneumonia without lesions', { findings: findingsOf(() => false) }, 'class-and-findings'],
  ['scores that are no numbers', { scores: scores(NaN, NaN) }, 'implausible-output'],
  ['no evidence at all', { evidence: { speaksFor: null, speaksAgainst: null, agreement: null } }, 'implausible-output'],
])('%s', (_, reviewed, expected) => {
  expect(codes(reviewed)).toEqual([expected]);
});

test('evidence for non-pneumonia may lie anywhere', () => {
  const evidence = { ...inLesions, speaksFor: { lesions: 0, otherLung: 0.5, outside: 0.5 } };
  expect(codes({ scores: scores(0.05, 0.05), findings: findingsOf(() => false), evidence })).toEqual([]);
});
