import { expect, test } from 'vitest';
import { measure } from '../findings/measure.ts';
import { openFiles } from '../formats/openFiles.ts';
import { makeSample, makeSampleStudy } from './sampleStudy.ts';

const small = { seed: 4, pixels: 128, pixelMm: 2.9, sliceMm: 5 } as const;

test('the sample opens as one chest CT of nobody', async () => {
  const opened = await openFiles(makeSampleStudy(small));
  expect(opened.problems).toEqual([]);
  expect(opened.series).toHaveLength(1);
  const [series] = opened.series;
  expect(series.fit.kind).toBe('chest-ct');
  expect(series.sliceCount).toBe(63);
  expect(series.spacingMm).toBeCloseTo(5);
  expect(series.patient).toMatchObject({ name: 'Sample Phantom', id: 'SYNTHETIC-4' });
});

test('its lesions are known: as many and as much of the lungs as asked', () => {
  const { volume, lesions, phantom } = makeSample({ ...small, burden: { count: 3, lungShare: 0.06 } });
  const { findings } = measure(volume, phantom.lungs, lesions);
  expect(findings.lungs.both.lesionCount).toBeGreaterThanOrEqual(3);
  expect(findings.lungs.both.lesionVolumeRatio).toBeCloseTo(0.06, 2);
  expect(findings.lesionOutsideLungsMl).toBe(0);
});

test('without disease it is the healthy phantom', () => {
  const { volume, lesions, phantom } = makeSample({ ...small, disease: 'none' });
  expect(volume).toBe(phantom.volume);
  expect(lesions.labels.every((label) => label === 0)).toBe(true);
});

test('an abdomen is written too', async () => {
  const [series] = (await openFiles(makeSampleStudy({ ...small, abdomenOnly: true }))).series;
  expect(series.sliceCount).toBe(38);
});
