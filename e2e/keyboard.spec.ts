/** A whole reading of the sample study without a mouse: nothing here points, clicks or sets the focus. */
import { expect, test, type Locator, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app } from './servers.ts';

test.describe.configure({ timeout: 300_000 });

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyboard-'));
});
test.afterAll(() => rmSync(folder, { recursive: true }));

/** Tab, or Shift and Tab, until the focus is there. */
async function tabTo(page: Page, wanted: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} never leads to ${String(wanted)}`);
}
/** An item of a menu that is open. */
async function choose(page: Page, name: string): Promise<void> {
  const item = page.getByRole('menuitem', { name, exact: true });
  for (let presses = 0; presses < 20; presses++) {
    if (await item.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('ArrowDown');
  }
  await expect(item).toBeFocused();
}
const run = (page: Page, state: string) =>
  expect(page.locator(`[data-testid=page][data-run=${state}]`)).toBeAttached({ timeout: 200_000 });

test('the sample study: opened, scrolled, windowed, its lesions, findings and evidence, a SEG kept and shown again', async ({
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  await tabTo(page, page.getByRole('button', { name: 'Open sample study' }));
  await page.keyboard.press('Enter');
  await run(page, 'withheld');

  // All slices, from the head to the feet.
  const axial = page.locator('.viewer-pane[data-pane=axial]');
  await page.keyboard.press('Home');
  const count = Number(/of (\d+)/.exec((await axial.getAttribute('aria-label'))!)![1]);
  expect(count).toBeGreaterThan(20);
  await expect(axial).toHaveAttribute('aria-label', `axial, slice 1 of ${count}`);
  for (let slice = 1; slice < count; slice++) await page.keyboard.press('ArrowDown');
  await expect(axial).toHaveAttribute('aria-label', `axial, slice ${count} of ${count}`);

  const status = page.getByTestId('status');
  for (const [key, window] of [
    ['1', 'W 400 L 40'],
    ['3', 'W 2500 L 480'],
    ['9', 'W 1600 L -600'],
    ['2', 'W 1500 L -600'],
  ]) {
    await page.keyboard.press(key);
    await expect(status).toContainText(window);
  }

  // The network of this model is untrained: its output is asked for by name.
  await tabTo(page, page.getByTestId('show-untrained'));
  await page.keyboard.press('Enter');
  await run(page, 'done');

  await page.keyboard.press('k');
  const selected = page.getByTestId('lesions').locator('tr.selected');
  await expect(selected.getByRole('button', { name: 'Select lesion 1' })).toBeAttached();
  const there = (await axial.getAttribute('aria-label'))!;
  await page.keyboard.press('k');
  await expect(selected.getByRole('button', { name: 'Select lesion 2' })).toBeAttached();
  await page.keyboard.press('j');
  await expect(selected.getByRole('button', { name: 'Select lesion 1' })).toBeAttached();
  await expect(axial).toHaveAttribute('aria-label', there);
  const second = page.getByRole('button', { name: 'Go to lesion 2' });
  await tabTo(page, second);
  await page.keyboard.press('Enter');
  await expect(selected.getByRole('button', { name: 'Select lesion 2' })).toBeAttached();

  const fold = (name: string) => page.locator('.fold-title', { hasText: new RegExp(`^${name}$`) });
  await tabTo(page, fold('Charts'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('.bars').first()).toBeInViewport();
  await tabTo(page, fold('Evidence'));
  await page.keyboard.press('Enter');
  const onImages = page.getByRole('switch', { name: 'Show on the images' });
  await tabTo(page, onImages);
  await page.keyboard.press('Space');
  await expect(onImages).toBeChecked();
  const ofClass = page.getByLabel('Evidence for');
  await tabTo(page, ofClass);
  await page.keyboard.press('ArrowDown');
  await expect(ofClass).toHaveValue('cap');
  await expect(page.getByTestId('terms')).toContainText('Community-acquired pneumonia');
  const floor = page.getByRole('slider', { name: 'Floor' });
  await tabTo(page, floor);
  const before = await floor.getAttribute('aria-valuenow');
  await page.keyboard.press('ArrowRight');
  await expect(floor).not.toHaveAttribute('aria-valuenow', before!);

  await tabTo(page, page.getByTestId('menu-save'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await choose(page, 'Lungs and lesions as DICOM SEG');
  const download = page.waitForEvent('download');
  await page.keyboard.press('Enter');
  const seg = join(folder, 'kept.dcm');
  await (await download).saveAs(seg);

  await tabTo(page, page.getByTestId('menu-menu'), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await choose(page, 'Study');
  await page.keyboard.press('ArrowRight');
  await choose(page, 'Open files or .zip …');
  const chooser = page.waitForEvent('filechooser');
  await page.keyboard.press('Enter');
  await (await chooser).setFiles(seg);
  await run(page, 'stored');
  await expect(page.getByTestId('stored-reading')).toContainText('kept.dcm');
});
