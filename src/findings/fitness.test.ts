import { expect, test } from 'vitest';
import { madeVolume } from '../diagnosis/exports/madeStudy.ts';
import { planReading } from '../formats/dicom/geometryGuard.ts';
import { openFiles } from '../formats/openFiles.ts';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { fitnessChecks, verdictOf, type ScanFacts } from './fitness.ts';

const good: ScanFacts = {
  modality: 'CT',
  thicknessMm: 1,
  spacingMm: 1,
  coverageMm: 300,
  kernel: 'B60f',
  contrast: '',
  birthDate: '1960-06-01',
  date: '2021-05-31',
  geometryNotes: [{ severity: 'info', message: 'Compressed with loss.' }],
  lungNotes: [],
  lungsFound: true,
};
const verdicts = (change: Partial<ScanFacts>) =>
  fitnessChecks({ ...good, ...change })
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ name, verdict }) => `${name} ${verdict}`);

test('a thin, whole, named CT of an adult passes', () => {
  expect(verdicts({})).toEqual([]);
  expect(fitnessChecks(good).map((check) => check.message)).toContain('60 years');
  expect(verdictOf(fitnessChecks(good))).toBe('pass');
});

test.each<[string, Partial<ScanFacts>, string]>([
  ['another modality', { modality: 'MR' }, 'Modality stop'],
  ['a NIfTI file', { modality: '' }, 'Modality caution'],
  ['no lungs', { lungsFound: false }, 'Lungs stop'],
  ['cut lungs', { lungNotes: [{ code: 'cut-at-top', message: 'The apices are cut off.' }] }, 'Lungs caution'],
  ['part of a chest', { coverageMm: 120 }, 'Coverage caution'],
  ['tilt', { geometryNotes: [{ severity: 'corrected', message: 'Sheared back.' }] }, 'Geometry caution'],
  ['thick slices', { thicknessMm: 5 }, 'Slices caution'],
  ['far apart', { spacingMm: 5 }, 'Slices caution'],
  ['too thick', { thicknessMm: 12 }, 'Slices stop'],
  ['no thickness', { thicknessMm: null, spacingMm: null }, 'Slices caution'],
  ['no kernel', { kernel: '' }, 'Kernel caution'],
  ['contrast', { contrast: 'APPLIED' }, 'Contrast caution'],
  ['a child', { birthDate: '2010-01-01' }, 'Age caution'],
  ['no birth date', { birthDate: '' }, 'Age caution'],
])('%s', (_, change, expected) => {
  expect(verdicts(change)).toEqual([expected]);
});

test('slices with gaps between them do not pass for slices without', async () => {
  const [series] = (await openFiles(writeDicomStudy(madeVolume))).series;
  if (series.source !== 'dicom') throw new Error('no DICOM');
  const thick = (thicknessMm: number) => {
    const plan = planReading(series.frames.map((frame) => ({ ...frame, thicknessMm })));
    if (plan.kind === 'refused') throw new Error(plan.message);
    return verdicts({ geometryNotes: plan.notes });
  };
  // The steps are 5 mm.
  expect(thick(5)).toEqual([]);
  expect(thick(1)).toEqual(['Geometry caution']);
});

test('one stop stops all', () => {
  const checks = fitnessChecks({ ...good, modality: 'PT', kernel: '' });
  expect(verdictOf(checks)).toBe('stop');
  expect(verdictOf(fitnessChecks({ ...good, kernel: '' }))).toBe('caution');
});
