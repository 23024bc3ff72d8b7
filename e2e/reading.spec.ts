/** Reading of real files in Chromium: every odd file ends in an image or a clear message, and every study becomes a
 *  volume. What is expected of pixels comes from other decoders (../shared/data/README.md), not from this code. */
import { expect, test, type Page } from '@playwright/test';
import { readdirSync } from 'node:fs';
import type { Reading } from '../playground/reading.ts';
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

test('every odd file ends in an image or a message', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  const names = readdirSync(oddities!);
  for (const name of names) {
    const opened = await open(page, [`${oddities}/${name}`]);
    const said = [
      ...opened.problems.map(({ message }) => message),
      ...opened.counts.ignored.map(({ reason }) => reason),
      ...opened.series.map(({ fit }) => (fit.kind === 'set-aside' ? fit.reason : '')),
    ].filter(Boolean);
    for (const [index, series] of opened.series.entries()) {
      const { result } = await read(page, index);
      if (result.kind === 'refused') said.push(result.message);
      if (series.source === 'dicom' && series.frames.length > 0) {
        const outcome = await picture(page, name);
        said.push(outcome.kind === 'unreadable' ? outcome.message : `${outcome.least} to ${outcome.most}`);
      }
    }
    console.log(name, said);
    expect(said.length, name).toBeGreaterThan(0);
  }
});

for (const name of studies
  ? readdirSync(studies, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? e.name : []))
  : []) {
  test(`study ${name}`, async ({ page }) => {
    const opened = await open(
      page,
      readdirSync(`${studies}/${name}`).map((file) => `${studies}/${name}/${file}`),
    );
    expect(opened.problems).toEqual([]);
    expect(opened.series).toHaveLength(1);
    const outcome = await read(page, 0);
    console.log(JSON.stringify({ ...outcome, result: { ...outcome.result, sliceInstances: undefined } }));
    expect(outcome.result.kind).toBe('read');
    expect(outcome.isShared).toBe(true);
    await page.locator('#slice').screenshot({ path: `test-results/${name}.png` });
  });
}
