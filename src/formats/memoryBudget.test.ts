import { expect, test } from 'vitest';
import { writeDicomStudy, type DicomStudyOptions } from '../simulation/dicomStudy.ts';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { UnreadablePicture, type DecodeFrame } from './dicom/decodeFrame.ts';
import { planReading } from './dicom/geometryGuard.ts';
import { decodeNative as decode } from './dicom/decodeNative.ts';
import { thinned } from './dicom/thinned.ts';
import { bytesOfPlan, memoryBudget } from './memoryBudget.ts';
import { writeNifti } from './nifti.ts';
import { openFiles } from './openFiles.ts';
import { readSeries } from './readSeries.ts';
import type { DicomSeries, Series } from './series.ts';

/** 40 slices of 256 pixels, 2 mm apart; each slice has its own number in it. */
const grid = { shape: [40, 16, 16], spacingMm: [2, 1, 1], originMm: [0, 0, 0], direction: readingDirection } as const;
const volume: Volume = { grid, hu: Int16Array.from({ length: 10_240 }, (_, i) => (i % 2 ? -1000 : i >> 8)) };
const seriesOf = async (options: DicomStudyOptions = {}) =>
  (await openFiles(writeDicomStudy(volume, options))).series[0] as DicomSeries;

const notDecoded: DecodeFrame = () => Promise.reject(new UnreadablePicture('It was decoded after all.'));
const refusalOf = async (series: Series, budgetBytes: number) => {
  const result = await readSeries(series, { decode: notDecoded, budgetBytes });
  return result.kind === 'refused' ? result : expect.fail('it was read');
};

test('the budget is half of the memory, and no more than a page may have', () => {
  expect([1, 2, 4, 8, 32, undefined].map((gb) => memoryBudget(gb) / 2 ** 30)).toEqual([0.5, 1, 2, 3, 3, 3]);
});

test('a thousand slices of 512 x 512 fit into a page', async () => {
  const series = await seriesOf();
  const frames = Array.from({ length: 1000 }, (_, z) => {
    const frame = series.frames[0];
    return { ...frame, layout: { ...frame.layout, rows: 512, columns: 512 }, positionMm: [0, 0, z] as const };
  });
  const plan = planReading(frames);
  if (plan.kind === 'refused') return expect.fail(plan.message);
  expect(bytesOfPlan(plan)).toBe(1000 * 512 * 512 * 10);
  expect(bytesOfPlan(plan)).toBeLessThan(memoryBudget(8));
});

test('what does not fit is refused before a picture is decoded, with what would fit', async () => {
  // All slices take 102,400 bytes, 20 take 51,200, 14 (every third) 35,840.
  const series = await seriesOf();
  expect(await refusalOf(series, 102_399)).toMatchObject({
    code: 'too-large',
    thinner: { every: 2, slices: 20, bytes: 51_200 },
  });
  expect((await refusalOf(series, 51_199)).thinner).toEqual({ every: 3, slices: 14, bytes: 35_840 });
  expect((await readSeries(series, { decode, budgetBytes: 102_400 })).kind).toBe('read');
});

test('nothing is offered that would lie too far apart to be read', async () => {
  // Every eighth slice lies 16 mm apart.
  expect((await refusalOf(await seriesOf(), 10_000)).thinner).toBeUndefined();
});

test('of more pictures than are read, none of which says where it lies, nothing thinner is offered', async () => {
  const series = await seriesOf();
  const frames = Array.from({ length: 10_001 }, () => ({ ...series.frames[0], positionMm: null }));
  expect(await refusalOf({ ...series, frames }, 1e12)).toMatchObject({ code: 'too-large' });
  const turned = frames.map((frame) => ({ ...frame, orientation: null }));
  expect((await refusalOf({ ...series, frames: turned }, 1e12)).thinner).toBeUndefined();
});

test('the thinner reading has its own slices and says so', async () => {
  const series = thinned(await seriesOf({ slices: Array.from({ length: 40 }, (_, i) => (i * 7) % 40) }), 3);
  expect(series).toMatchObject({ sliceCount: 14, spacingMm: 6 });
  const result = await readSeries(series, { decode, budgetBytes: 35_840 });
  if (result.kind === 'refused') return expect.fail(result.message);
  expect(result.volume.grid).toMatchObject({ shape: [14, 16, 16], spacingMm: [6, 1, 1] });
  expect(Array.from({ length: 14 }, (_, z) => result.volume.hu[z * 256])).toEqual(
    Array.from({ length: 14 }, (_, z) => 3 * z),
  );
  expect(result.notes.filter(({ code }) => code === 'thinned')).toEqual([
    {
      code: 'thinned',
      severity: 'warning',
      message: 'Only one slice in 3 was read, for want of memory: small lesions may not be seen.',
    },
  ]);
});

test('copies of a slice go or stay with it', async () => {
  const twice = [...Array.from({ length: 40 }, (_, i) => i), 5, 6];
  const series = thinned(await seriesOf({ slices: twice }), 2);
  expect(series.sliceCount).toBe(20);
  expect(series.frames.length).toBe(21);
});

test('a slice without a place is left to be judged, however thin the series', async () => {
  const series = await seriesOf();
  const frames = series.frames.map((frame, i) => (i === 3 ? { ...frame, positionMm: null } : frame));
  const thin = thinned({ ...series, frames }, 2);
  expect(thin.frames.length).toBe(21);
  const plan = planReading(thin.frames);
  expect(plan.kind === 'plan' && plan.notes.map(({ code }) => code)).toContain('unplaced-slices');
});

test('a NIfTI file over the budget is refused from its header, with what would fit', async () => {
  const data = new Blob([writeNifti(grid, volume.hu, '')]);
  const [series] = (await openFiles([{ name: 'ct.nii.gz', data }])).series;
  expect(await refusalOf(series, 102_399)).toEqual({
    kind: 'refused',
    code: 'too-large',
    message: 'It would take about 0.0 GB of memory, and this page keeps to 0.0 GB.',
    thinner: { every: 2, slices: 20, bytes: 51_200 },
  });
  // Every eighth slice lies 16 mm apart.
  expect((await refusalOf(series, 10_000)).thinner).toBeUndefined();
  const thin = thinned(series, 3);
  expect(thin).toMatchObject({ sliceCount: 14, spacingMm: 6 });
  const result = await readSeries(thin, { decode, budgetBytes: 35_840 });
  if (result.kind === 'refused') return expect.fail(result.message);
  expect(Array.from({ length: 14 }, (_, z) => result.volume.hu[z * 256])).toEqual(
    Array.from({ length: 14 }, (_, z) => 3 * z),
  );
  expect(result.volume.grid).toMatchObject({ shape: [14, 16, 16], spacingMm: [6, 1, 1] });
  expect(result.notes).toMatchObject([{ code: 'thinned' }]);
});
