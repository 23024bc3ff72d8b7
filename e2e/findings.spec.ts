/** The findings panel in Chromium, of a chest whose lesions are known (playground/findings.tsx). */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { playground } from './servers.ts';

const panelOf = (page: Page) => page.getByRole('complementary', { name: 'With lesions' });

test.beforeEach(async ({ page }) => {
  await page.goto(`${playground.url}/playground/findings.html`);
  await expect(panelOf(page)).toBeVisible();
});

test('figures stand beside the published ones, zones with the right lung at the left', async ({ page }) => {
  const panel = panelOf(page);
  const row = panel.getByTestId('comparison').getByRole('row', { name: /^Lesions/ });
  await expect(row.getByRole('cell')).toHaveText(['6', '4.4 on average', '1.7 on average']);
  await expect(panel.getByTestId('zones').getByRole('columnheader')).toHaveText(['Right', 'Left']);
});

test('every chart is drawn with this scan in it, and its numbers can be copied', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const panel = panelOf(page);
  await panel.getByRole('button', { name: 'Charts' }).click();
  const charts = panel.getByRole('figure');
  await expect(charts).toHaveCount(5);
  for (const chart of await charts.all()) await expect(chart.getByRole('img')).toHaveAttribute('aria-label', /./);
  // Something other than background is on each canvas.
  const painted = await panel.locator('canvas').evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).map(
      (canvas) =>
        canvas
          .getContext('2d')
          ?.getImageData(0, 0, canvas.width, canvas.height)
          .data.some((value) => value !== 0) ?? false,
    ),
  );
  expect(painted).toEqual([true, true, true]);
  const rim = charts.filter({ hasText: 'Peripheral lesion ratio' });
  await rim.getByText('Numbers and caveats').click();
  await rim.getByRole('button', { name: /Copy the numbers/ }).click();
  await expect(rim.getByRole('status')).toHaveText('Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split('\n')[8]).toMatch(/^24\.5\t62\.4 ± 15\.4\t24\.5 ± 7\.2\t\d+\.\d$/);
});

test('where no lesions were looked for, nothing is said of them', async ({ page }) => {
  const panel = page.getByRole('complementary', { name: 'Lungs alone' });
  await expect(panel.getByRole('rowheader')).toHaveText(['Volume, ml', 'Mean CT number, HU']);
  await expect(panel.getByTestId('comparison')).toHaveCount(0);
});

test('axe finds nothing serious, all opened', async ({ page }) => {
  const panel = panelOf(page);
  await panel.getByRole('button', { name: 'Charts' }).click();
  for (const summary of await panel.locator('summary').all()) await summary.click();
  const { violations } = await new AxeBuilder({ page }).include('aside').analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
});
