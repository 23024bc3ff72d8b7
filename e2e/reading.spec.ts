/** Reading of real files in Chromium: every odd file ends in an image or a clear message, and every study becomes a
 *  volume. What is expected of pixels comes from other decoders (../shared/data/README.md), not from this code. */
import { expect, test, type Page } from '@playwright/test';
import { readdirSync } from 'node:fs';
import type { Reading, ReadOutcome } from '../playground/reading.ts';
import { sharedPath } from '../scripts/shared.ts';
import { playground } from './servers.ts';

const oddities = sharedPath('data/oddities');
const studies = sharedPath('data/studies');

test.beforeEach(async ({ page }) => {
  await page.goto(`${playground.url}/playground/reading.html`);
  await expect(page.locator('body[data-ready]')).toBeAttached();
});

async function open(page: Page, paths: readonly string[]) {
  await page.locator('#files').setInputFiles([...paths]);
  return page.evaluate(() =>
    window.reading.open().then((opened) => ({
      ...opened,
      series: opened.series.map(({ files, ...facts }) => ({ ...facts, files: files.map(({ name }) => name) })),
    })),
  );
}

const read = (page: Page, index: number) => page.evaluate((at) => window.reading.read(at), index);
const picture = (page: Page, file: string): ReturnType<Reading['picture']> =>
  page.evaluate((name) => window.reading.picture(name), file);

/** Greatest difference from the implicit file in HU, up to one step of rounding more than other decoders have it; null:
 *  refused. */
const encodings: Readonly<Record<string, number | null>> = {
  big_endian: 0,
  deflated: 0,
  jpeg_lossless_57: 0,
  jpeg_lossless_sv1_70: 0,
  jpegls_lossless_80: 0,
  jpegls_near_81: 1,
  j2k_lossless_90: 0,
  j2k_91: 5,
  rle: 0,
  jpeg_extended12_51: 38,
  jpeg_baseline_50: 65,
  jpeg_spectral_53: 38,
  jpeg_progressive_55: null,
};

test('one chest slice in fourteen encodings', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  const fileOf = (encoding: string) => `ct_chest_${encoding}.dcm`;
  const names = ['implicit_le', ...Object.keys(encodings)].map(fileOf);
  await open(
    page,
    names.map((name) => `${oddities}/${name}`),
  );
  const reference = await picture(page, fileOf('implicit_le'));
  expect(reference).toMatchObject({ kind: 'values', rows: 512, columns: 512 });
  const found: Record<string, unknown> = {};
  for (const [encoding, most] of Object.entries(encodings)) {
    const name = fileOf(encoding);
    const outcome = await picture(page, name);
    if (outcome.kind === 'unreadable') {
      found[encoding] = outcome.message;
      expect(most, `${encoding}: ${outcome.message}`).toBeNull();
    } else {
      const difference = await page.evaluate(
        ([one, other]) => window.reading.difference(one, other),
        [name, fileOf('implicit_le')],
      );
      found[encoding] = difference;
      if (most !== null) expect(difference, encoding).toBeLessThanOrEqual(most);
    }
  }
  expect(found).toMatchObject({ jpeg_progressive_55: expect.stringContaining('Progressive JPEG') });
});

/** What a reader is told of each odd file; null: its picture comes out, for want of slices alone. */
const odd: Readonly<Record<string, RegExp | null>> = {
  'ct_small_128.dcm': null,
  'ct_chest_sagittal_reformat_covid.dcm': null,
  'ct_head_tilted_j2k_pixelrep_mismatch.dcm': null,
  'ct_enhanced_multiframe_2f.dcm': null,
  'ct_enhanced_multiframe_fragmented_jpeg12.dcm': null,
  'ct_chest_localizer_jpeg_lossless.dcm': /localizer/,
  'dicomdir.dcm': /DICOM directories/,
  'htj2k_rgb_secondary_capture.dcm': /does not say that this is a CT/,
  'meta_missing_transfer_syntax.dcm': /header is damaged or cut off/,
  'mr_small.dcm': /Magnetic resonance/,
  'mr_truncated_pixels.dcm': /Magnetic resonance.*pixel data end too early/,
  'no_meta_group.dcm': /called DICOM and is none/,
  'no_preamble_no_meta_explicit_le.dcm': /radiotherapy plan/,
  'ot_deflated_8bit.dcm': /Not said to be a CT/,
  'rdsr_ct_dose_report.dcm': /dose report/,
  'rtdose_1frame.dcm': /radiotherapy dose/,
  'rtplan_truncated.dcm': /radiotherapy plan/,
  'sc_rgb_odd_size.dcm': /Not said to be a CT.*colour picture/,
  'seg_1frame.dcm': /segmentation/,
  'sr_text.dcm': /structured report/,
};

test('every odd file ends in an image or a message', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  for (const [name, message] of Object.entries(odd)) {
    const opened = await open(page, [`${oddities}/${name}`]);
    const said = [
      ...opened.problems.map(({ message }) => message),
      ...opened.counts.ignored.map(({ reason }) => reason),
    ];
    for (const [index, series] of opened.series.entries()) {
      const { result } = await read(page, index);
      said.push(result.kind === 'refused' ? result.message : 'read');
      const outcome = await picture(page, name);
      said.push(outcome.kind === 'unreadable' ? outcome.message : `HU ${outcome.least} to ${outcome.most}`);
      expect(series.fit.kind).toBe('set-aside');
    }
    expect(said.join(' '), name).toMatch(message ?? /^Only [12] slices?\. HU -?[\d.]+ to [\d.]+$/);
  }
});

test('pictures that decoders are known to get wrong', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  const rangeOf = async (name: string) => {
    await open(page, [`${oddities}/${name}`]);
    const outcome = await picture(page, name);
    if (outcome.kind === 'unreadable') throw new Error(outcome.message);
    return [outcome.least, outcome.most];
  };
  // Two pictures in fragments without a table of offsets, 12 bits. By dcmtk -13 to 1199 HU, and rounding differs.
  const [least, most] = await rangeOf('ct_enhanced_multiframe_fragmented_jpeg12.dcm');
  expect(Math.abs(least + 13), String(least)).toBeLessThanOrEqual(2);
  expect(Math.abs(most - 1199), String(most)).toBeLessThanOrEqual(2);
  // An unsigned JPEG 2000 stream of 13-bit two's complement: 0 to 8191 where the header is not listened to.
  expect(await rangeOf('ct_head_tilted_j2k_pixelrep_mismatch.dcm')).toEqual([-2000, 1896]);
});

test('a codec that takes too long is ended, and the next picture decoded', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  const name = 'ct_chest_j2k_lossless_90.dcm';
  await open(page, [`${oddities}/${name}`]);
  const late = await page.evaluate((file) => window.reading.picture(file, 1), name);
  expect(late).toEqual({ kind: 'unreadable', message: 'Decoding took more than 0.001 seconds.' });
  expect(await picture(page, name)).toMatchObject({ kind: 'values', least: -3024, most: 1378 });
});

test('reading is cancelled, and begun again', async ({ page }) => {
  test.skip(studies === null, 'needs ../shared/data/studies');
  const folder = `${studies}/ricord1a_001012_covid`;
  await open(
    page,
    readdirSync(folder).map((file) => `${folder}/${file}`),
  );
  expect(await page.evaluate(() => window.reading.cancel(0))).toBe('AbortError');
  expect((await read(page, 0)).checksum).toBe(checksums.ricord1a_001012_covid);
});

test('all studies and odd files in one drop', async ({ page }) => {
  test.skip(studies === null || oddities === null, 'needs ../shared/data');
  const folders = [...Object.keys(checksums).map((name) => `${studies}/${name}`), oddities!];
  const opened = await open(
    page,
    folders.flatMap((folder) => readdirSync(folder).map((file) => `${folder}/${file}`)),
  );
  const chests = opened.series.filter(({ fit }) => fit.kind === 'chest-ct');
  expect(chests.map(({ sliceCount }) => sliceCount).sort((a, b) => a - b)).toEqual([60, 62, 66, 67, 98]);
  expect(opened.series.slice(0, 5)).toEqual(chests);
  // Nothing that was dropped goes unmentioned.
  const inSeries = opened.series.flatMap(({ files }) => files).length;
  const ignored = opened.counts.ignored.reduce((sum, { count }) => sum + count, 0);
  expect(inSeries + ignored + opened.problems.length).toBe(opened.counts.files);
});

/** CRC-32 of all voxels (whole HU, feet to head, little endian, padding as -1024), from files decoded with dcmtk (JPEG)
 *  and gdcm (JPEG 2000). */
const checksums: Readonly<Record<string, number>> = {
  boost_breast_healthy: 2315159330,
  covidctmd_cap002_pneumonia: 2945935832,
  covidctmd_p002_covid: 3406089226,
  ibsi1_truncated_fov: 1813690525,
  ricord1a_001012_covid: 1099234361,
};

const timesOf = ({ firstSliceMs, totalMs }: ReadOutcome) => `${firstSliceMs?.toFixed(0)}, ${totalMs.toFixed(0)}`;

for (const [name, checksum] of Object.entries(checksums)) {
  test(`study ${name} is read to the last voxel`, async ({ page }) => {
    test.skip(studies === null, 'needs ../shared/data/studies');
    const folder = `${studies}/${name}`;
    const opened = await open(
      page,
      readdirSync(folder).map((file) => `${folder}/${file}`),
    );
    expect(opened.problems).toEqual([]);
    expect(opened.series.map(({ fit }) => fit.kind)).toEqual(['chest-ct']);
    const outcome = await read(page, 0);
    expect(outcome.result.kind).toBe('read');
    expect(outcome.checksum).toBe(checksum);
    expect(outcome.announced).toBe(outcome.grid!.shape[0]);
    expect(outcome.isShared, 'memory that the diagnosis worker can read').toBe(true);
    test.info().annotations.push({ type: 'first slice, all slices (ms)', description: timesOf(outcome) });
  });
}
