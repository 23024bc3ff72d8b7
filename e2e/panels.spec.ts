/** States of the page that real files bring about only now and then, with made-up services. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';
import { playground } from './servers.ts';

const open = (page: Page) =>
  page.evaluate(() => window.panels.app.session.open({ files: [], problems: [] }, 'the folder'));
const run = (page: Page, name: string) => expect(page.locator(`[data-run=${name}]`)).toBeAttached({ timeout: 30_000 });

test.beforeEach(async ({ page }) => {
  await page.goto(`${playground.url}/playground/panels.html`);
  await expect(page.locator('body[data-ready]')).toBeAttached({ timeout: 30_000 });
});

test('a whole reading: order of the panel, lesions that are selected and gone to, scores last', async ({ page }) => {
  await open(page);
  await run(page, 'done');
  const titles = await page.getByTestId('panel').locator('.fold-title > span:first-of-type').allTextContents();
  const places = ['Does this scan fit?', 'Known failure modes', 'Review flags', 'Findings', 'Evidence', 'Class scores'];
  expect(titles.filter((title) => places.includes(title))).toEqual(places);
  const slice = page.locator('.viewer-pane[data-pane=axial]');
  const before = await slice.getAttribute('aria-label');
  await page.getByRole('button', { name: 'Select lesion 2' }).click();
  await expect(page.getByTestId('lesions').locator('tr.selected')).toContainText('left');
  expect(await slice.getAttribute('aria-label')).toBe(before);
  await page.getByRole('button', { name: 'Go to lesion 2' }).click();
  await expect(slice).not.toHaveAttribute('aria-label', before!);
  await page.keyboard.press('k');
  await expect(page.getByTestId('lesions').locator('tr.selected')).toContainText('right');
  // exp(2.03), exp(0.56) and exp(-0.80), over their sum.
  expect(await page.getByTestId('scores').locator('dd').allTextContents()).toEqual(['0.78', '0.18', '0.05']);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
});

test('a rejected lesion leaves findings and images, an accepted one is counted, and both can be taken back', async ({
  page,
}) => {
  await open(page);
  await run(page, 'done');
  const count = page.getByTestId('lungs').getByRole('row', { name: 'Lesions' }).getByRole('cell');
  const before = await count.allTextContents();
  const lesions = Number(before[2]);
  const words = page.getByTestId('verdicts');
  await expect(words).toHaveText('Nobody has accepted or rejected these lesions yet.');
  await page.getByRole('button', { name: 'Select lesion 1' }).click();
  const drawn = () =>
    page.evaluate(async () => {
      await window.panels.app.viewer.settled();
      const { png } = (await window.panels.app.viewer.picture('axial'))!;
      return Array.from(new Uint8Array(await png.arrayBuffer())).join();
    });
  await page.getByRole('button', { name: 'Go to lesion 1' }).click();
  const marked = await drawn();
  await page.keyboard.press('n');
  await expect(page.getByRole('button', { name: 'Reject lesion 1' })).toHaveAttribute('aria-pressed', 'true');
  await expect(count.nth(2)).toHaveText(String(lesions - 1));
  await expect(words).toContainText(`0 accepted, 1 rejected, ${lesions - 1} to be decided.`);
  expect(await drawn()).not.toBe(marked);
  await page.getByRole('button', { name: 'Accept lesion 2' }).click();
  await expect(words).toContainText(`1 accepted, 1 rejected, ${lesions - 2} to be decided.`);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  await page.getByRole('button', { name: 'Reject lesion 1' }).click();
  expect(await count.allTextContents()).toEqual(before);
  expect(await drawn()).toBe(marked);
});

test('who reads first sees no score before a click, also in the next study', async ({ page }) => {
  await page.evaluate(() => {
    const { store } = window.panels.app;
    store.setState(({ preferences }) => ({ preferences: { ...preferences, readFirst: true } }));
  });
  for (let study = 0; study < 2; study++) {
    await open(page);
    await run(page, 'done');
    await expect(page.getByTestId('scores')).toHaveCount(0);
    await page.getByRole('button', { name: 'Show the scores' }).click();
    await expect(page.getByTestId('scores')).toBeVisible();
  }
});

test('an analysis that fails says so in words, keeps the images, shows no number, and can be tried again', async ({
  page,
}) => {
  await page.evaluate(() => (window.panels.outcome = 'failed'));
  await open(page);
  await run(page, 'failed');
  await expect(page.getByTestId('run')).toContainText('The graphics card stopped twice.');
  await page.getByRole('button', { name: 'Details for support' }).click();
  await expect(page.getByTestId('run')).toContainText('device lost: made up');
  await expect(page.getByTestId('scores')).toHaveCount(0);
  await expect(page.getByTestId('lesions')).toHaveCount(0);
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.viewer-pane[data-pane=axial]')).toHaveAttribute('aria-label', 'axial, slice 31 of 60');
  await page.evaluate(() => (window.panels.outcome = 'done'));
  await page.locator('[data-action=analyse]').click();
  await run(page, 'done');
});

test('while it runs the stage, the time left and a way to end it are on screen', async ({ page }) => {
  await page.evaluate(() => (window.panels.outcome = 'hangs'));
  await open(page);
  await run(page, 'running');
  await expect(page.getByTestId('run')).toContainText('Looking for lesions');
  await expect(page.getByTestId('run')).toContainText(/about \d+ s left/);
  await page.locator('[data-action=cancel-analysis]').click();
  await run(page, 'cancelled');
});

test('the list parts patients, says why a series was set apart; a refused series leads back to it', async ({
  page,
}) => {
  await open(page);
  await run(page, 'done');
  await page.keyboard.press('l');
  const list = page.getByTestId('series-list');
  await expect(list.locator('.study-group h3')).toHaveText([/MADE-UP-1/, /MADE-UP-2/]);
  await expect(list).toContainText('Set apart: A localizer');
  await expect(list).toContainText('study/broken.dcm');
  await list.getByRole('button', { name: 'Read Thorax soft 4.0, 60 slices' }).click();
  await expect(page.getByTestId('choosing')).toContainText('Thorax soft 4.0: Slices 12 to 31 are missing.');
});

test('nothing is pushed off the screen, however narrow it is and however much there is to say', async ({ page }) => {
  await open(page);
  await run(page, 'done');
  await page.evaluate(() =>
    window.panels.app.store.setState({
      offline: { kind: 'update-waiting', takeOver: () => {} },
      notice: 'Saved as key-image.dcm. It belongs to the study and carries its identity. '.repeat(3),
    }),
  );
  for (const [width, height] of [
    [1280, 720],
    [820, 1180],
    [640, 360],
    [390, 844],
  ]) {
    await page.setViewportSize({ width, height });
    const edges = await page.evaluate(() =>
      ['.page', '.header', '.panes', '.panel', '.status', '.tools.end'].map((part) => {
        const { right, bottom } = document.querySelector(part)!.getBoundingClientRect();
        return [part, Math.max(0, right - innerWidth), Math.max(0, bottom - innerHeight)];
      }),
    );
    expect(edges.filter(([, right, bottom]) => right || bottom)).toEqual([]);
  }
});

test('nothing holds a study that was replaced', async ({ page }) => {
  await open(page);
  await run(page, 'done');
  await page.evaluate(() => {
    const { session, run } = window.panels.app.store.getState();
    if (session.kind !== 'viewing' || run.kind !== 'done') throw new Error('no study');
    Object.assign(window, { former: [new WeakRef(session.read.volume.hu), new WeakRef(run.diagnosis)] });
  });
  for (let study = 0; study < 2; study++) {
    await open(page);
    await run(page, 'done');
  }
  const held = () =>
    page.evaluate(async () => {
      // A weak reference is let go of between tasks.
      await new Promise((resolve) => setTimeout(resolve, 50));
      (globalThis as unknown as { gc: () => void }).gc();
      const { former } = window as unknown as { former: WeakRef<object>[] };
      return former.filter((reference) => reference.deref() !== undefined).length;
    });
  await expect.poll(held).toBe(0);
});
