/** The built page as a reader meets it: folders by a real drag, what was found, images, keys, the analysis on
 *  WebAssembly with the smallest model. The chest is one of ellipses, written as NIfTI for each test. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeChest } from '../playground/chest.ts';
import { sharedPath } from '../scripts/shared.ts';
import { writeNifti } from '../src/formats/nifti.ts';
import { find, isGrey, pixelsOf } from './pixels.ts';
import { app } from './servers.ts';

const page_ = '[data-testid=page]';
let folder: string;
let complaints: string[];
let elsewhere: string[];

test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'app-'));
  const write = (path: string, slices: number) => {
    const { volume } = makeChest(slices);
    writeFileSync(join(folder, path), writeNifti(volume.grid, volume.hu, 'chest of ellipses'));
  };
  for (const name of ['first/deep/er', 'second', 'nothing']) mkdirSync(join(folder, name), { recursive: true });
  write('first/deep/er/chest.nii.gz', 60);
  writeFileSync(join(folder, 'first/readme.txt'), 'Not a study.');
  write('second/other.nii.gz', 40);
  writeFileSync(join(folder, 'nothing/letter.dcm'), 'This is a letter.');
  writeFileSync(join(folder, 'nothing/notes.txt'), 'Nothing here either.');
});

test.beforeEach(async ({ page }) => {
  complaints = [];
  elsewhere = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && !request.url().startsWith(`${app.url}/`)) elsewhere.push(request.url());
  });
  await page.addInitScript(() => {
    if (!localStorage.getItem('preferences')) localStorage.setItem('preferences', '{"model":"tiny-untrained"}');
  });
  await page.goto(app.url);
  await expect(page.getByTestId('banner')).toHaveText('Research use only. Not for use in diagnostic procedures.');
});

test.afterEach(() => {
  expect(complaints).toEqual([]);
  expect(elsewhere).toEqual([]);
});

/** As a reader does it: the browser itself walks the folder. */
async function drop(page: Page, ...names: string[]): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: names.map((name) => join(folder, name)), dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devtools.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  }
}

const viewing = (page: Page) =>
  expect(page.locator(`${page_}[data-session=viewing]`)).toBeAttached({ timeout: 60_000 });
const ended = (page: Page) => expect(page.locator(`${page_}[data-run=withheld]`)).toBeAttached({ timeout: 60_000 });
const axial = (page: Page) => page.locator('.viewer-pane[data-pane=axial]');

async function openFirst(page: Page): Promise<void> {
  await drop(page, 'first');
  await viewing(page);
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 30 of 60');
}

test('a folder dropped with all that is in it becomes images, lungs, and no number of an untrained network', async ({
  page,
}) => {
  await openFirst(page);
  await expect(page.getByTestId('patient')).toContainText('chest.nii.gz');
  // Lung tissue of -860 HU at W 1500, L -600.
  const pixels = await pixelsOf(page.getByTestId('pane-axial'));
  expect(find(pixels, isGrey(Math.round((255 * (-860 + 1350)) / 1500), 5))?.count).toBeGreaterThan(5000);
  await ended(page);
  await expect(page.getByTestId('panel')).toContainText('not trained');
  await expect(page.getByTestId('scores')).toHaveCount(0);
  await expect(page.getByTestId('lesions')).toHaveCount(0);
  await expect(page.getByTestId('lungs')).toContainText('Volume, ml');
  await expect(page.getByTestId('status')).toContainText('0 requests to other computers');
});

test('the untrained network shows its output when it is asked for by name', async ({ page }) => {
  await openFirst(page);
  await ended(page);
  await page.getByTestId('show-untrained').click();
  await expect(page.locator(`${page_}[data-run=done]`)).toBeAttached({ timeout: 100_000 });
  await expect(page.getByTestId('panel')).toContainText('says nothing about the patient');
  await expect(page.getByTestId('scores').locator('.score')).toHaveCount(3);
  const scores = await page.getByTestId('scores').locator('dd').allTextContents();
  expect(scores.map(Number).reduce((sum, score) => sum + score)).toBeCloseTo(1, 1);
  await page.getByRole('button', { name: 'Evidence', exact: true }).click();
  await expect(page.getByTestId('terms').locator('tr')).toHaveCount(6);
  await expect(page.getByTestId('shares').locator('tbody tr')).toHaveCount(3);

  const download = page.waitForEvent('download');
  await page.getByTestId('menu-save').click();
  await page.getByRole('menuitem', { name: 'Result as JSON' }).click();
  const saved = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as {
    scores: object;
    warnings: string[];
  };
  expect(Object.keys(saved.scores)).toEqual(['covid19', 'cap', 'nonPneumonia']);
  expect(saved.warnings.join()).toContain('not trained');
});

test('a folder without CT says what is in it, and leaves a page that can be used', async ({ page }) => {
  await drop(page, 'nothing');
  await expect(page.getByTestId('choosing')).toContainText('No CT study was found among 2 files.');
  await expect(page.getByTestId('choosing')).toContainText('letter.dcm');
  await openFirst(page);
});

test('a second study replaces the first, on screen and in the list', async ({ page }) => {
  await openFirst(page);
  await drop(page, 'second');
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 20 of 40', { timeout: 60_000 });
  await expect(page.getByTestId('patient')).toContainText('other.nii.gz');
  await page.keyboard.press('l');
  await expect(page.getByTestId('series-list').getByRole('rowheader')).toHaveText(['other.nii.gz']);
});

test('files and folders can be picked as well', async ({ page }) => {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Open files or a .zip' }).click();
  await (await chooser).setFiles(join(folder, 'second/other.nii.gz'));
  await viewing(page);
  await page.locator('#pick-folder').setInputFiles(join(folder, 'first'));
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 30 of 60', { timeout: 60_000 });
});

test('the analysis can be cancelled, and run again', async ({ page }) => {
  await openFirst(page);
  await ended(page);
  await page.getByTestId('show-untrained').click();
  await page.locator('[data-action=cancel-analysis]').click();
  await expect(page.locator(`${page_}[data-run=cancelled]`)).toBeAttached();
  await page.keyboard.press('ArrowDown');
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 31 of 60');
  await page.locator('[data-action=analyse]').click();
  await expect(page.locator(`${page_}[data-run=done]`)).toBeAttached({ timeout: 100_000 });
});

test.describe('hands', () => {
  test.beforeEach(async ({ page }) => {
    await openFirst(page);
    await ended(page);
  });

  test('layouts go round with , and . and a double click fills the area', async ({ page }) => {
    const panes = page.getByTestId('panes');
    for (const layout of ['quad', 'axial', 'lesions', 'pair', 'read']) {
      await page.keyboard.press('.');
      await expect(panes).toHaveAttribute('data-layout', layout);
    }
    await page.keyboard.press(',');
    await expect(panes).toHaveAttribute('data-layout', 'pair');
    await expect(page.getByTestId('pane-axial-clean')).toBeVisible();
    await page.getByTestId('pane-axial').dblclick({ position: { x: 100, y: 300 } });
    await expect(panes.locator('.pane')).toHaveCount(1);
    await page.getByTestId('pane-axial').dblclick({ position: { x: 100, y: 300 } });
    await expect(panes.locator('.pane')).toHaveCount(2);
    await page.reload();
    await openFirst(page);
    await expect(panes).toHaveAttribute('data-layout', 'pair');
  });

  test('the images keep three quarters of the width, at 1280 and at 3840', async ({ page }) => {
    for (const [width, height] of [
      [1280, 720],
      [3840, 2160],
    ]) {
      await page.setViewportSize({ width, height });
      const box = await page.getByTestId('panes').boundingBox();
      expect(box!.width).toBeGreaterThanOrEqual(0.75 * width - 1);
      await expect(page.getByTestId('panel')).toBeInViewport();
    }
  });

  test('keys: slices, windows, typed window, slab, tools', async ({ page }) => {
    const status = page.getByTestId('status');
    await page.keyboard.press('Home');
    await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 1 of 60');
    await page.keyboard.press('End');
    await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 60 of 60');
    await page.keyboard.press('1');
    await expect(status).toContainText('W 400 L 40');
    await page.keyboard.press('i');
    await expect(status).toContainText('inverted');
    await page.keyboard.press('s');
    await expect(status).toContainText('MIP 8 mm');
    await page.keyboard.press('Space');
    await expect(status).toContainText('W 1500 L -600');
    await expect(status).not.toContainText('MIP');
    await page.getByRole('button', { name: 'Window', exact: true }).click();
    await page.getByLabel('Width, HU').fill('700');
    await page.getByLabel('Width, HU').press('Enter');
    await page.keyboard.press('Escape');
    await expect(status).toContainText('W 700 L -600');
    await page.keyboard.press('m');
    await expect(page.locator('[data-action=ruler]')).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.press('Escape');
    await expect(page.locator('[data-action=ruler]')).toHaveAttribute('aria-pressed', 'false');
  });

  test('Hounsfield units are those under the cursor', async ({ page }) => {
    const box = (await page.getByTestId('pane-axial').boundingBox())!;
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    const hu = page.locator('.status .hu');
    await expect(hu).not.toHaveText('– HU');
    // Between the lungs there is soft tissue of 40 HU, 18 up or down.
    expect(Math.abs(parseInt((await hu.textContent())!) - 40)).toBeLessThanOrEqual(18);
  });

  test('identity can be hidden', async ({ page }) => {
    await page.keyboard.press('p');
    await expect(page.getByTestId('patient')).toContainText('Identity hidden');
  });

  test('G takes all overlays away, and brings them back when let go after a while', async ({ page }) => {
    const button = page.locator('[data-action=overlays]');
    await page.keyboard.press('g');
    await expect(button).toHaveAttribute('aria-pressed', 'false');
    await page.keyboard.press('g');
    await expect(button).toHaveAttribute('aria-pressed', 'true');
    await page.keyboard.down('g');
    await expect(button).toHaveAttribute('aria-pressed', 'false');
    await page.waitForTimeout(500);
    await page.keyboard.up('g');
    await expect(button).toHaveAttribute('aria-pressed', 'true');
  });

  test('? shows the keys, which can be changed; Escape closes it', async ({ page }) => {
    await page.keyboard.press('?');
    await expect(page.getByTestId('dialog-keys')).toContainText('Hide identity');
    await page.getByRole('button', { name: 'Invert: I' }).click();
    await page.keyboard.press('n');
    await page.keyboard.press('Escape');
    await expect(page.getByTestId('dialog-keys')).toHaveCount(0);
    await page.keyboard.press('n');
    await expect(page.getByTestId('status')).toContainText('inverted');
  });
});

test('nothing serious for axe: empty, choosing, reading room, dialogs', async ({ page }) => {
  const check = async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
  };
  expect(await check()).toEqual([]);
  await drop(page, 'nothing');
  await expect(page.getByTestId('choosing')).toBeVisible();
  expect(await check()).toEqual([]);
  await openFirst(page);
  await ended(page);
  expect(await check()).toEqual([]);
  for (const key of ['?', 'l']) {
    await page.keyboard.press(key);
    await expect(page.getByRole('dialog')).toBeVisible();
    expect(await check()).toEqual([]);
    await page.keyboard.press('Escape');
  }
});

test('a study can be opened, read and left without a mouse', async ({ page }) => {
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Control+o');
  await (await chooser).setFiles(join(folder, 'first'));
  await viewing(page);
  await page.keyboard.press('ArrowDown');
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 31 of 60');
  await ended(page);
  await page.getByTestId('menu-menu').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.getByRole('menuitem', { name: 'Close study' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('empty')).toBeVisible();
});

test('fingers: one goes from slice to slice, two make the picture larger', async ({ page }) => {
  await openFirst(page);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 2 });
  const box = await axial(page).boundingBox();
  if (!box) throw new Error('no axial pane');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...points: (readonly [number, number])[]) =>
    devtools.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: points.map(([across, down], id) => ({ x: x + across, y: y + down, id })),
    });
  await touch('touchStart', [0, 0]);
  for (let down = -10; down >= -50; down -= 10) await touch('touchMove', [0, down]);
  await touch('touchEnd');
  // Up is on: three slices of 14 pixels.
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 33 of 60');
  const lungPixels = async () =>
    find(await pixelsOf(page.getByTestId('pane-axial')), isGrey(Math.round((255 * (-860 + 1350)) / 1500), 5))?.count ??
    0;
  const before = await lungPixels();
  await touch('touchStart', [-60, 0], [60, 0]);
  for (let apart = 65; apart <= 90; apart += 5) await touch('touchMove', [-apart, 0], [apart, 0]);
  await touch('touchEnd');
  await expect.poll(lungPixels).toBeGreaterThan(1.2 * before);
  await expect(axial(page)).toHaveAttribute('aria-label', 'axial, slice 33 of 60');
});

test('every odd file ends in images or in words', async ({ page }) => {
  const odd = sharedPath('data/oddities');
  test.skip(!odd, 'needs ../shared/data/oddities');
  await page.locator('#pick-files').setInputFiles(readdirSync(odd!).map((name) => join(odd!, name)));
  await expect(page.locator(`${page_}[data-session=choosing], ${page_}[data-session=viewing]`)).toBeAttached({
    timeout: 60_000,
  });
  await openFirst(page);
});

test('the sample study is made, opened as files are, and read', async ({ page }) => {
  await page.getByRole('button', { name: 'Open sample study' }).click();
  await expect(page.getByTestId('opening')).toContainText('Making the sample study');
  await viewing(page);
  await ended(page);
  await expect(page.getByTestId('lungs')).toContainText('Volume');
});

test('full screen by its key and back, and the images fill it', async ({ page }) => {
  await openFirst(page);
  const isFull = () => page.evaluate(() => document.fullscreenElement === document.documentElement);
  const pane = axial(page);
  await page.keyboard.press('f');
  await expect.poll(isFull).toBe(true);
  const [box, height] = [(await pane.boundingBox())!, await page.evaluate(() => innerHeight)];
  expect(box.height).toBeGreaterThan(height / 4);
  await page.keyboard.press('f');
  await expect.poll(isFull).toBe(false);
  await expect(pane).toBeVisible();
});
