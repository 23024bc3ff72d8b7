/** What is dropped with a study, or onto it: segmentations and reports made here, and a reader's own lung mask. */
import { expect, test, type Page } from '@playwright/test';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asPart10 } from '../src/formats/dicom/part10.ts';
import { readHeader } from '../src/formats/dicom/readHeader.ts';
import { textOf } from '../src/formats/dicom/text.ts';
import { readSeg } from '../src/formats/dicom/readSeg.ts';
import { writeSampleStudy } from '../scripts/sampleFolder.ts';
import { makeChest } from '../playground/chest.ts';
import { readNifti, writeNifti } from '../src/formats/nifti.ts';
import { app } from './servers.ts';

test.describe.configure({ timeout: 300_000 });

let folder: string;
const at = (...names: string[]) => join(folder, ...names);

test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'companions-'));
  const size = { pixels: 128, pixelMm: 2.8, sliceMm: 5 };
  await writeSampleStudy(at('study'), { ...size, seed: 1 });
  await writeSampleStudy(at('other'), { ...size, seed: 2 });
  const { volume, lungs, lesions } = makeChest(60);
  writeFileSync(at('chest.nii.gz'), writeNifti(volume.grid, volume.hu, 'chest of ellipses'));
  writeFileSync(at('mine.nii.gz'), writeNifti(volume.grid, lungs.labels, 'its lungs'));
  writeFileSync(at('my-lesions.nii.gz'), writeNifti(volume.grid, lesions.labels, 'its lesions'));
  // The same without the uppermost third of its slices.
  const cut = lungs.labels.map((label, i) => (i < (2 / 3) * lungs.labels.length ? label : 0));
  writeFileSync(at('cut.nii.gz'), writeNifti(volume.grid, cut, 'two thirds of its lungs'));
});
test.afterAll(() => rmSync(folder, { recursive: true }));

test.beforeEach(async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
});

async function drop(page: Page, ...paths: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
}
const run = (page: Page, state: string) =>
  expect(page.locator(`[data-testid=page][data-run=${state}]`)).toBeAttached({ timeout: 240_000 });

async function save(page: Page, item: string, to: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByTestId('menu-save').click();
  await page.getByRole('menuitem', { name: item }).click();
  await (await download).saveAs(to);
  return to;
}

async function lesionVoxels(path: string): Promise<number> {
  const seg = await readSeg(new Blob([readFileSync(path)]));
  if (seg.kind === 'refused') throw new Error(seg.message);
  const isLesion = new Set(seg.segments.filter(({ label }) => /^Lesion/.test(label)).map(({ number }) => number));
  const size = seg.rows * seg.columns;
  const countIn = (frame: number) => {
    let voxels = 0;
    for (let bit = frame * size; bit < (frame + 1) * size; bit++) voxels += (seg.bits[bit >> 3] >> (bit & 7)) & 1;
    return voxels;
  };
  return seg.frames.reduce((sum, { segment }, frame) => sum + (isLesion.has(segment) ? countIn(frame) : 0), 0);
}

test('SEG and SR saved, then dropped with their study: the same lesions, said to be read from a file', async ({
  page,
}) => {
  await drop(page, at('study'));
  await run(page, 'withheld');
  await page.getByTestId('show-untrained').click();
  await run(page, 'done');
  const shown = () => Promise.all(['lesions', 'lungs'].map((part) => page.getByTestId(part).innerText()));
  const before = await shown();
  const seg = await save(page, 'Lungs and lesions as DICOM SEG', at('segmentation.dcm'));
  const sr = await save(page, 'Findings as DICOM SR', at('report.dcm'));
  const key = await asPart10(new Blob([readFileSync(await save(page, 'This pane as DICOM key image', at('key.dcm')))]));
  if (key.kind !== 'dicom') throw new Error('the key image is no DICOM file');
  const map = await save(page, 'Evidence for COVID-19 as DICOM Parametric Map', at('evidence.dcm'));
  const evidence = await asPart10(new Blob([readFileSync(map)]));
  if (evidence.kind !== 'dicom') throw new Error('the evidence is no DICOM file');
  expect(textOf(evidence.dataSet, 'x00080016')).toBe('1.2.840.10008.5.1.4.1.1.30');
  expect(evidence.dataSet.elements.x7fe00008.length).toBeGreaterThan(100);
  const box = await page.locator('.viewer-pane[data-pane=axial]').boundingBox();
  expect(readHeader(key.dataSet, key.transferSyntax)).toMatchObject({
    modality: 'OT',
    patient: { id: 'SYNTHETIC-1' },
    frames: [{ layout: { rows: Math.round(box!.height), columns: Math.round(box!.width), samplesPerPixel: 3 } }],
  });
  const json = JSON.parse(readFileSync(await save(page, 'Result as JSON', at('result.json')), 'utf8'));
  const [x, y, z] = json.geometry.spacingMm;
  expect((await lesionVoxels(seg)) * x * y * z).toBeCloseTo(1000 * json.lesionMl, 3);

  await page.reload();
  await drop(page, at('study'), seg, sr);
  await run(page, 'stored');
  expect(await shown()).toEqual(before);
  await expect(page.getByTestId('stored-reading')).toContainText('not computed now');
  await expect(page.getByTestId('stored-reading')).toContainText('segmentation.dcm');
  await expect(page.getByTestId('stored-reading')).toContainText('tiny-untrained');
  await expect(page.getByTestId('scores')).toHaveCount(0);
  await page.getByRole('button', { name: 'What the report says' }).click();
  await expect(page.getByTestId('stored-report')).toContainText('Signed by nobody');

  await page.locator('.panel [data-action=analyse]').click();
  await run(page, 'withheld');
  await expect(page.getByTestId('stored-reading')).toHaveCount(0);
  await page.getByRole('button', { name: 'Show what segmentation.dcm holds' }).click();
  await run(page, 'stored');

  // Onto a study that is open, and onto one that it was not made of.
  await page.reload();
  await drop(page, at('study'));
  await run(page, 'withheld');
  await drop(page, seg);
  await run(page, 'stored');
  expect(await shown()).toEqual(before);
  // Kept once more, it is still the first one's work.
  const again = await readSeg(
    new Blob([readFileSync(await save(page, 'Lungs and lesions as DICOM SEG', at('again.dcm')))]),
  );
  const firstOne = await readSeg(new Blob([readFileSync(seg)]));
  const algorithms = (made: typeof again) => made.kind === 'read' && made.segments.map((one) => one.algorithmName);
  expect(algorithms(again)).toEqual(algorithms(firstOne));
  await drop(page, at('other'));
  await run(page, 'withheld');
  await drop(page, seg);
  await expect(page.getByTestId('companions')).toContainText('belongs to another study');
  await run(page, 'withheld');
});

test("a reader's lesion mask is shown as a file's, in lungs found here, and can be kept again", async ({ page }) => {
  await drop(page, at('chest.nii.gz'), at('my-lesions.nii.gz'));
  await run(page, 'stored');
  const strip = page.getByTestId('stored-reading');
  await expect(strip).toContainText('my-lesions.nii.gz (NIfTI mask)');
  await expect(strip).toContainText('The lungs were found here.');
  await expect(page.getByTestId('lesions').locator('tbody tr')).toHaveCount(3);
  await expect(page.getByTestId('scores')).toHaveCount(0);
  const json = JSON.parse(readFileSync(await save(page, 'Result as JSON', at('again.json')), 'utf8'));
  expect([json.model, json.scores, json.lesions.length]).toEqual([null, null, 3]);
  expect(json.warnings.join()).toContain('Lesions were read from a NIfTI mask');
  const mask = await readNifti(new Blob([readFileSync(await save(page, 'Lesions as NIfTI', at('again.nii.gz')))]));
  const { lesions } = makeChest(60);
  expect(mask.kind === 'read' && [...mask.values]).toEqual([...lesions.labels].map((label) => (label === 0 ? 0 : 1)));
});

test("a reader's own lung mask takes the place of ours, says so, and can be put away", async ({ page }) => {
  await drop(page, at('chest.nii.gz'), at('mine.nii.gz'));
  await run(page, 'withheld');
  const both = async () => (await page.getByTestId('lungs').locator('tbody td').nth(2).innerText()).replace(',', '');
  await expect(page.getByTestId('companions')).toContainText('mine.nii.gz');
  await expect(page.getByTestId('checks')).toContainText('own mask');
  const whole = Number(await both());
  await drop(page, at('cut.nii.gz'));
  await expect(page.getByTestId('companions')).toContainText('cut.nii.gz');
  await run(page, 'withheld');
  expect(Number(await both())).toBeLessThan(0.9 * whole);
  await page.locator('.panel [data-action=forget-lungs]').click();
  await run(page, 'withheld');
  await expect(page.getByTestId('companions')).toHaveCount(0);
  expect(Number(await both()) / whole).toBeCloseTo(1, 1);
});
