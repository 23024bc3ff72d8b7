/** Whole studies in the built page: engines, a study without lungs, and one study after another. */
import { expect, test, type Page } from '@playwright/test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeChest } from '../playground/chest.ts';
import { writeSampleStudy } from '../scripts/sampleFolder.ts';
import { sharedPath } from '../scripts/shared.ts';
import { writeNifti } from '../src/formats/nifti.ts';
import { app } from './servers.ts';

test.describe.configure({ timeout: 300_000 });

let folder: string;
test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
  for (const name of ['first', 'second']) mkdirSync(join(folder, name));
  await writeSampleStudy(join(folder, 'abdomen'), { pixels: 128, pixelMm: 2.8, sliceMm: 5, abdomenOnly: true });
  for (const [name, slices] of [
    ['first', 60],
    ['second', 40],
  ] as const) {
    const { volume } = makeChest(slices);
    writeFileSync(join(folder, name, 'chest.nii.gz'), writeNifti(volume.grid, volume.hu, 'chest of ellipses'));
  }
});
test.afterAll(() => rmSync(folder, { recursive: true }));

async function open(page: Page, preferences: object): Promise<void> {
  await page.addInitScript((text) => localStorage.setItem('preferences', text), JSON.stringify(preferences));
  await page.goto(app.url);
}

const run = (page: Page, ...states: string[]) =>
  expect(page.locator(states.map((state) => `[data-testid=page][data-run=${state}]`).join())).toBeAttached({
    timeout: 240_000,
  });

test('the sample study on WebGPU, with the smallest plan', async ({ page }) => {
  await open(page, { model: 'tiny-untrained', engine: 'webgpu' });
  await page.getByRole('button', { name: 'Open sample study' }).click();
  await run(page, 'withheld');
  await page.getByTestId('show-untrained').click();
  await run(page, 'done', 'failed');
  await expect(page.getByTestId('strip')).toContainText('WebGPU on');
  await expect(page.getByTestId('strip')).toContainText('chosen by the reader');
});

const covid = sharedPath('data/studies/covidctmd_p002_covid');
test('a real study on WebAssembly, with the lite plan', async ({ page }) => {
  test.skip(!covid, 'the reference data are not beside the checkout');
  await open(page, { model: 'lite', engine: 'wasm' });
  await page.locator('#pick-folder').setInputFiles(covid!);
  await run(page, 'done', 'failed');
  await expect(page.getByTestId('strip')).toContainText('WebAssembly');
  await expect(page.getByTestId('lungs')).toContainText('Volume');
});

test('an abdomen has no lungs: it is said, and there is no number', async ({ page }) => {
  await open(page, { model: 'tiny-untrained' });
  await page.locator('#pick-folder').setInputFiles(join(folder, 'abdomen'));
  await run(page, 'done', 'withheld');
  await expect(page.getByTestId('page')).toContainText(/no lungs?/i);
  await expect(page.getByTestId('lungs')).toHaveCount(0);
});

/** Bytes of page and workers, shared memory among them, after a collection. */
async function memory(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { gc } = globalThis as unknown as { gc: () => void };
    for (let i = 0; i < 3; i++) gc();
    type Measured = { readonly bytes: number };
    const measured = performance as unknown as { measureUserAgentSpecificMemory(): Promise<Measured> };
    return (await measured.measureUserAgentSpecificMemory()).bytes;
  });
}

test('ten studies one after another leave nothing behind', async ({ page }) => {
  await open(page, { model: 'tiny-untrained' });
  const load = async (name: string, slices: number) => {
    await page.locator('#pick-folder').setInputFiles(join(folder, name));
    await expect(page.locator(`[aria-label^=axial][aria-label$='of ${slices}']`)).toBeAttached();
    await run(page, 'withheld');
  };
  await load('first', 60);
  await load('second', 40);
  const before = await memory(page);
  for (let i = 0; i < 5; i++) {
    await load('first', 60);
    await load('second', 40);
  }
  const grown = (await memory(page)) - before;
  // One of these studies alone takes more than that.
  expect(grown).toBeLessThan(8 * 2 ** 20);
});
