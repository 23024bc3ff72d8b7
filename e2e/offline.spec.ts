/** The page without its server, and what it asks of others. */
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { host } from './plainHost.ts';

const stored = (page: Page) =>
  page.evaluate(async () => {
    const names = await caches.keys();
    const keys = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
    return keys.flat().map(({ url }) => new URL(url).pathname);
  });

test('after one visit the page opens with its server gone, isolated, with codecs, engine and models', async ({
  page,
}) => {
  const server = await host(join(process.cwd(), 'dist'));
  await page.goto(server.url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  const kept = await stored(page);
  for (const needed of [
    '/index.html',
    '/ort/ort-wasm-simd-threaded.wasm',
    '/models/index.json',
    '/manifest.webmanifest',
  ]) {
    expect(kept).toContain(needed);
  }
  await server.close();

  await page.reload();
  await expect(page.getByText(/research use only/i).first()).toBeVisible();
  // The host sets no headers: the service worker does.
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  const manifest = await page.evaluate(async () => (await fetch('models/lite/manifest.json')).json());
  expect(manifest).toMatchObject({ name: 'lite' });
});

test('what is stored is told, and all of it can be removed', async ({ page }) => {
  const server = await host(join(process.cwd(), 'dist'));
  await page.goto(server.url);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null), { timeout: 60_000 })
    .toBe(true);
  const files = (await stored(page)).length;
  expect(files).toBeGreaterThan(10);
  await page.getByRole('button', { name: 'Open sample study' }).waitFor();
  await page.keyboard.press('.');
  await page.getByTestId('menu-menu').click();
  await page.getByRole('menuitem', { name: 'Page' }).click();
  await page.getByRole('menuitem', { name: 'What is stored here' }).click();
  const dialog = page.getByTestId('dialog-stored');
  await expect(dialog).toContainText(`${files} files of the page`);
  await expect(dialog).toContainText(/Preferences, by name: .*preferences/);
  await dialog.getByRole('button', { name: 'Forget everything' }).click();
  await expect(dialog).toContainText('All of it is removed');
  await expect(dialog.getByRole('listitem').first()).toHaveText('0 files of the page');
  await expect(dialog).toContainText('Preferences, by name: none');
  expect(await page.evaluate(async () => [await caches.keys(), localStorage.length])).toEqual([[], 0]);
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
  await server.close();
});
