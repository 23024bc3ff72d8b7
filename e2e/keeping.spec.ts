/** DICOM objects are written and read back in Chromium, under the page's policy (playground/keeping.ts). */
import { expect, test } from '@playwright/test';
import { playground } from './servers.ts';

test('a segmentation and a report come back voxel for voxel and group for group', async ({ page }) => {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.includes('favicon')) complaints.push(message.text());
  });
  await page.goto(`${playground.url}/playground/keeping.html`);
  await expect(page.locator('body[data-ready]')).toBeAttached();
  expect(await page.evaluate(() => window.keeping())).toEqual({
    segments: ['Right lung', 'Left lung', 'Lesion 1', 'Lesion 2', 'Lesion parts below 0.1 ml'],
    groups: ['Scan', 'Right lung', 'Left lung', 'Lesion 1', 'Lesion 2'],
    differing: 0,
  });
  expect(complaints).toEqual([]);
});
