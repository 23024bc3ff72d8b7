/** A picture of every state of the page, to be looked at: `SCREENSHOTS=FOLDER npx playwright test e2e/screenshots.spec.ts`.
 *  With made-up services but for the sample study at the end. Nothing is compared: people judge. */
import { test, expect, type Page } from '@playwright/test';
import { join } from 'node:path';
import { app, playground } from './servers.ts';

const folder = process.env.SCREENSHOTS ?? '';
test.skip(!folder, 'no SCREENSHOTS=FOLDER to write pictures to');

const common = { width: 1280, height: 720 };
/** Taller than any screen, so that a panel or sheet is seen to its end. */
const tall = { width: 1280, height: 2600 };

const shoot = (page: Page, name: string) =>
  page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
/** The panel alone, with all in it unfolded, in parts that are not too tall to be read. */
async function shootPanel(page: Page, name: string): Promise<void> {
  await unfold(page);
  const panel = page.getByTestId('panel');
  const hidden = await panel.evaluate((element) => element.scrollHeight - element.clientHeight);
  await page.setViewportSize({ ...common, height: common.height + hidden });
  await drawn(page);
  const { x, y, width, height } = (await panel.boundingBox())!;
  const part = 1400;
  for (let top = y, n = 1; top < y + height; top += part, n++) {
    const clip = { x, y: top, width, height: Math.min(part, y + height - top) };
    await page.screenshot({ path: join(folder, `${name} ${n}.png`), clip, animations: 'disabled' });
  }
}
const open = (page: Page) =>
  page.evaluate(() => void window.panels.app.session.open({ files: [], problems: [] }, 'the folder'));
const run = (page: Page, ...names: string[]) =>
  expect(page.locator(names.map((name) => `[data-run=${name}]`).join())).toBeAttached({ timeout: 60_000 });
const drawn = (page: Page) => page.evaluate(() => window.panels.app.viewer.settled());
type Outcome = Window['panels']['outcome'];
async function read(page: Page, outcome: Outcome = 'done'): Promise<void> {
  await page.evaluate((wanted) => (window.panels.outcome = wanted), outcome);
  await open(page);
  const ends = { done: 'done', unproven: 'done', withheld: 'withheld', failed: 'failed', hangs: 'running' } as const;
  await run(page, ends[outcome]);
  await drawn(page);
}
async function hold(page: Page, at: Window['panels']['holds']): Promise<void> {
  await page.evaluate((place) => (window.panels.holds = place), at);
  await open(page);
}
/** Every fold and every `details`, also those within. */
async function unfold(page: Page): Promise<void> {
  for (let left = 1; left > 0;) {
    const closed = page.locator('.fold-title[data-state=closed]');
    left = await closed.count();
    if (left > 0) await closed.first().click();
  }
  await page.evaluate(() => document.querySelectorAll('details').forEach((part) => (part.open = true)));
}
const menu = async (page: Page, item: string) => {
  await page.getByTestId('menu-menu').click();
  await page.getByRole('menuitem', { name: item, exact: true }).hover();
  await page.getByRole('menuitem', { name: item, exact: true }).press('ArrowRight');
};

interface Shot {
  /** Of the panel alone. */
  readonly panel?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  readonly steps: (page: Page) => Promise<unknown>;
}
const keys =
  (...pressed: string[]): Shot['steps'] =>
  async (page) => {
    await read(page);
    for (const key of pressed) await page.keyboard.press(key);
    await drawn(page);
  };
const problem = (code: string, message: string) => ({ code, message, detail: 'Error: made up\n    at somewhere:1:1' });

const shots: Readonly<Record<string, Shot>> = {
  empty: { steps: async () => {} },
  'empty, kept offline': {
    steps: (page) => page.evaluate(() => window.panels.app.store.setState({ offline: { kind: 'ready' } })),
  },
  'empty, an error': {
    steps: (page) =>
      page.evaluate(
        (told) => window.panels.app.store.setState({ session: { kind: 'empty', problem: told } }),
        problem('open-program', 'Opening the folder failed through an error in this program.'),
      ),
  },
  'empty, after a run, not kept': {
    steps: (page) =>
      page.evaluate(() => {
        const { store } = window.panels.app;
        const lastRun = { plan: 'lite', engine: 'WebAssembly, 2 threads', elapsedMs: 83_000, slices: 300 };
        store.setState(({ preferences }) => ({
          preferences: { ...preferences, lastRun },
          offline: { kind: 'unavailable', reason: 'this browser window keeps nothing (private browsing?)' },
        }));
      }),
  },
  'something dragged over': {
    steps: (page) =>
      page.evaluate(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['x'], 'x.dcm'));
        document.querySelector('.page')!.dispatchEvent(new DragEvent('dragover', { dataTransfer, bubbles: true }));
      }),
  },
  opening: { steps: (page) => hold(page, 'opening') },
  choosing: {
    steps: async (page) => {
      await read(page);
      await page.keyboard.press('l');
      await page.getByRole('button', { name: 'Read Thorax soft 4.0, 60 slices' }).click();
      await expect(page.getByTestId('choosing')).toBeVisible();
    },
  },
  'choosing, too large': {
    steps: async (page) => {
      await read(page);
      await page.evaluate(
        (told) =>
          window.panels.app.store.setState(({ session }) => {
            if (session.kind !== 'viewing') throw new Error('no study');
            const series = { ...session.series, source: 'dicom', frames: [] } as never;
            const instead = { series, thinner: { every: 3, slices: 500, bytes: 1.4e9 } };
            return { session: { kind: 'choosing', opened: session.opened, problem: { ...told, instead } } };
          }),
        problem(
          'read-too-large',
          'Thorax 0.5: 1500 slices need about 3.9 GB; this page may take 1.5 GB. Close other pages, or read less of it.',
        ),
      );
    },
  },
  'reading, some slices': {
    steps: async (page) => {
      await hold(page, 'reading');
      await expect(page.getByTestId('reading')).toContainText('39 of 60');
      await page.waitForTimeout(1_000);
      await drawn(page);
    },
  },
  'images before analysis': {
    steps: async (page) => {
      await page.evaluate(() =>
        window.panels.app.store.setState(({ preferences }) => ({
          preferences: { ...preferences, runByItself: false },
        })),
      );
      await open(page);
      await expect(page.locator('[data-session=viewing]')).toBeAttached();
      await drawn(page);
    },
  },
  'running, no lungs yet': {
    steps: async (page) => {
      await hold(page, 'lungs');
      await run(page, 'running');
      await expect(page.getByTestId('run')).toContainText('Finding the lungs');
      await drawn(page);
    },
  },
  'running, lungs first': { steps: (page) => read(page, 'hangs') },
  cancelled: {
    steps: async (page) => {
      await read(page, 'hangs');
      await page.locator('[data-action=cancel-analysis]').click();
      await run(page, 'cancelled');
    },
  },
  result: { steps: (page) => read(page) },
  'result, panel': { panel: true, steps: (page) => read(page) },
  'result, 1920': { size: { width: 1920, height: 1080 }, steps: (page) => read(page) },
  'result, 4K': { size: { width: 3840, height: 2160 }, steps: (page) => read(page) },
  'result, tablet upright': { size: { width: 820, height: 1180 }, steps: (page) => read(page) },
  'result, telephone': { size: { width: 390, height: 844 }, steps: (page) => read(page) },
  'empty, telephone': { size: { width: 390, height: 844 }, steps: async () => {} },
  'result, at 200 %': { size: { width: 640, height: 360 }, steps: (page) => read(page) },
  'scores covered': {
    size: tall,
    steps: async (page) => {
      await page.evaluate(() =>
        window.panels.app.store.setState(({ preferences }) => ({ preferences: { ...preferences, readFirst: true } })),
      );
      await read(page);
    },
  },
  'no scores, classifier unproven, panel': {
    panel: true,
    steps: (page) => read(page, 'unproven'),
  },
  'withheld, untrained': { size: tall, steps: (page) => read(page, 'withheld') },
  'failed, details': {
    steps: async (page) => {
      await read(page, 'failed');
      await page.getByRole('button', { name: 'Details for support' }).click();
    },
  },
  'models missing': {
    steps: async (page) => {
      await page.evaluate(
        (told) => window.panels.app.store.setState({ models: null, modelsProblem: told }),
        problem('models', 'The list of models cannot be loaded: models/index.json: 404 Not Found.'),
      );
      await open(page);
      await run(page, 'failed');
      await drawn(page);
    },
  },
  'geometry corrected': {
    steps: async (page) => {
      await page.evaluate(() =>
        window.panels.notes.push(
          {
            code: 'gantry-tilt',
            severity: 'corrected',
            message: 'The gantry was tilted by 12.5 degrees; the slices were set upright.',
          },
          { code: 'thinned', severity: 'warning', message: 'Only one slice in 3 was read, for want of memory.' },
        ),
      );
      await read(page);
    },
  },
  'read from files': {
    size: { width: 1280, height: 1500 },
    steps: async (page) => {
      await read(page);
      await page.evaluate(() =>
        window.panels.app.store.setState(({ run, companions }) => {
          if (run.kind !== 'done' || !run.diagnosis.network) throw new Error('no diagnosis');
          const { lungs, findings, network } = run.diagnosis;
          const made = { by: 'DeepSC CT viewer (research) 0.1.0', on: '2026-03-01 10:20' };
          const code = (value: string, meaning: string) => ({ value, scheme: 'SCT', meaning });
          const reading = {
            fileName: 'segmentation.dcm',
            format: 'DICOM SEG' as const,
            made,
            algorithms: ['lite 2, research use only'],
            algorithmType: 'AUTOMATIC' as const,
            lungsOf: 'file' as const,
            lungNotes: [{ code: 'from-file', message: 'The lungs were read from a file and not checked.' }],
            lungs: lungs!,
            findings: findings!,
            lesions: network.lesions,
          };
          const volume = {
            concept: code('118565006', 'Volume'),
            value: 23.4123,
            unit: { ...code('ml', 'ml'), scheme: 'UCUM' },
          };
          const report = {
            fileName: 'report.dcm',
            made,
            isVerified: false,
            groups: [
              { trackingId: 'Lesion 1', numbers: [volume] },
              { trackingId: 'Lesion 2', numbers: [volume] },
            ],
          };
          return {
            run: { kind: 'stored', reading },
            companions: {
              ...companions,
              reading,
              report: report as never,
              problems: [{ fileName: 'other.dcm', message: 'The segmentation belongs to another study.' }],
            },
          };
        }),
      );
      await page.getByRole('button', { name: 'What the report says' }).click();
    },
  },
  'own lungs': {
    steps: async (page) => {
      await read(page);
      await page.evaluate(() =>
        window.panels.app.store.setState(({ run, companions }) => {
          if (run.kind !== 'done') throw new Error('no diagnosis');
          return { companions: { ...companions, lungs: { fileName: 'my-lungs.nii.gz', lungs: run.diagnosis.lungs! } } };
        }),
      );
    },
  },
  'layout quad': { steps: keys('.') },
  'layout axial': { steps: keys('.', '.') },
  'layout lesions': { steps: keys('.', '.', '.') },
  'layout pair': { steps: keys('.', '.', '.', '.') },
  maximised: { steps: keys('x') },
  'panel closed': { steps: keys('a') },
  'identity hidden': { steps: keys('p') },
  'soft tissue, inverted, MIP': { steps: keys('1', 'i', 's') },
  'overlays off': { steps: keys('g') },
  'lesions filled, one selected': { steps: keys('o', 'o', 'k') },
  'lesions accepted and rejected': { steps: keys('k', 'y', 'k', 'n', 'k', 'j') },
  'lesions accepted and rejected, in the list': { steps: keys('.', '.', '.', 'k', 'n', 'k', 'y') },
  evidence: { steps: keys('k', 'e') },
  'evidence, quad': { steps: keys('.', 'k', 'e') },
  'marks and the cursor': {
    steps: async (page) => {
      await read(page);
      for (const [key, from, to] of [
        ['m', [200, 200], [320, 260]],
        ['r', [230, 330], [330, 400]],
      ] as const) {
        await page.keyboard.press(key);
        await page.mouse.move(from[0], from[1]);
        await page.mouse.down();
        await page.mouse.move(to[0], to[1], { steps: 3 });
        await page.mouse.up();
      }
      await page.mouse.move(300, 300);
      await drawn(page);
    },
  },
  crosshair: { steps: keys('c') },
  'window menu': {
    steps: async (page) => (await read(page), page.getByRole('button', { name: 'Window', exact: true }).click()),
  },
  'slab menu': {
    steps: async (page) => (await read(page), page.getByRole('button', { name: 'Slab', exact: true }).click()),
  },
  'overlay menu': {
    steps: async (page) => (await read(page), page.getByRole('button', { name: 'Overlays', exact: true }).click()),
  },
  'menu, study': { steps: async (page) => (await read(page), menu(page, 'Study')) },
  'menu, image': { steps: async (page) => (await read(page), menu(page, 'Image')) },
  'menu, tools': { steps: async (page) => (await read(page), menu(page, 'Tools')) },
  'menu, overlays': { steps: async (page) => (await read(page), menu(page, 'AI overlays')) },
  'menu, page': { steps: async (page) => (await read(page), menu(page, 'Page')) },
  'save menu': { steps: async (page) => (await read(page), page.getByTestId('menu-save').click()) },
  tooltip: {
    steps: async (page) => (await read(page), page.locator('[data-action=region]').hover(), page.waitForTimeout(800)),
  },
  'sheet of keys': { steps: keys('?') },
  'sheet of keys, all of it': { size: { width: 1280, height: 1800 }, steps: keys('?') },
  'list of series': { steps: keys('l') },
  preferences: {
    steps: async (page) => (
      await read(page),
      page.evaluate(() => window.panels.app.store.setState({ dialog: 'preferences' }))
    ),
  },
  stored: {
    steps: async (page) => {
      await page.evaluate(() => window.panels.app.store.setState({ dialog: 'stored' }));
      await expect(page.getByTestId('dialog-stored')).toContainText('Preferences');
    },
  },
  about: {
    steps: async (page) => {
      await page.evaluate(() => window.panels.app.store.setState({ dialog: 'about' }));
      await page.getByRole('button', { name: 'What is copied' }).click();
    },
  },
  'update waiting, long notice': {
    steps: async (page) => {
      await read(page);
      await page.mouse.move(300, 300);
      await page.evaluate(() =>
        window.panels.app.store.setState({
          offline: { kind: 'update-waiting', takeOver: () => {} },
          notice: 'Saved as key-image.dcm. It belongs to the study and carries its identity.',
        }),
      );
    },
  },
  'graphics card lost': {
    steps: async (page) => {
      await read(page);
      await page.evaluate(() =>
        window.panels.app.store.setState(({ view }) => ({
          view: { ...view, problem: 'The graphics card stopped answering. The images come back when it does.' },
        })),
      );
    },
  },
};

for (const [name, { size = common, steps, panel = false }] of Object.entries(shots)) {
  test(name, async ({ page }) => {
    await page.setViewportSize(size);
    await page.goto(`${playground.url}/playground/panels.html`);
    await expect(page.locator('body[data-ready]')).toBeAttached({ timeout: 30_000 });
    await steps(page);
    await (panel ? shootPanel : shoot)(page, name);
  });
}

test('the sample study', async ({ page }) => {
  test.setTimeout(300_000);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(app.url);
  await page.getByRole('button', { name: 'Open sample study' }).click();
  await expect(page.locator('[data-run=done]')).toBeAttached({ timeout: 240_000 });
  await page.keyboard.press('k');
  await page.waitForTimeout(1_000);
  await shoot(page, 'sample');
});
