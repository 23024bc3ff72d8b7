import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../../volume/grid.ts';
import type { CohortStudy } from '../cohort.ts';
import { simulatedStudies } from './simulatedCohort.ts';

const [depth, side] = [24, 48];
const grid: Grid = {
  shape: [depth, side, side],
  spacingMm: [5, 4, 4],
  originMm: [0, 0, 0],
  direction: readingDirection,
};
const isLung = (i: number) => {
  const [z, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
  return z > 3 && z < 20 && Math.abs(y - 24) < 16 && Math.abs(Math.abs(x - 23.5) - 12) < 9;
};
const labels = Uint8Array.from({ length: depth * side ** 2 }, (_, i) => (isLung(i) ? (i % side < 24 ? 1 : 2) : 0));
const lungs = { grid, labels };
const host: CohortStudy = {
  id: 'host',
  patient: 'host',
  trueClass: 'nonPneumonia',
  volume: { grid, hu: Int16Array.from(labels, (label) => (label === 0 ? 40 : -860)) },
  drawnLungs: null,
  lesions: { grid, labels: new Uint8Array(labels.length) },
  sliceLabels: [],
};
const lesionVoxels = ({ lesions }: CohortStudy) => lesions?.labels.filter((label) => label !== 0).length ?? 0;

test('every class in turn, of one patient, with lesions in the lungs for the two that have any', () => {
  const studies = simulatedStudies(host, lungs, 0, 6);
  expect(studies.map(({ trueClass }) => trueClass)).toEqual([
    'covid19',
    'cap',
    'nonPneumonia',
    'covid19',
    'cap',
    'nonPneumonia',
  ]);
  expect(new Set(studies.map(({ id }) => id)).size).toBe(6);
  expect(new Set(studies.map(({ patient }) => patient))).toEqual(new Set(['host']));
  expect(studies.map((study) => lesionVoxels(study) > 0)).toEqual([true, true, false, true, true, false]);
  for (const { lesions } of studies) expect(lesions?.labels.every((label, i) => label === 0 || isLung(i))).toBe(true);
});

test('the same seed gives the same studies, another seed others', () => {
  const [first, again] = [simulatedStudies(host, lungs, 0, 1)[0], simulatedStudies(host, lungs, 0, 2)[0]];
  expect(again.volume.hu).toEqual(first.volume.hu);
  expect(simulatedStudies(host, lungs, 1, 1)[0].volume.hu).not.toEqual(first.volume.hu);
});
