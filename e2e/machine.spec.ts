/** Machines that are short of something, and what the page says of them: memory, storage, a service worker, a secure page, a
 *  graphics card, a second tab; and what happens to a read that is broken off. */
import { chromium, expect, test, type Page } from '@playwright/test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSampleStudy } from '../scripts/sampleFolder.ts';
import { chromiumArgs, findChromium } from './chromium.ts';
import { host } from './plainHost.ts';
import { processesOf } from './processes.ts';
import { app } from './servers.ts';

test.describe.configure({ timeout: 300_000 });

/** About a million voxels. */
let folder: string;
test.beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'machine-'));
  await writeSampleStudy(folder, { pixels: 128, pixelMm: 2.8, sliceMm: 5 });
});
test.afterAll(() => rmSync(folder, { recursive: true }));

const state = (page: Page, kind: string) =>
  expect(page.locator(`[data-testid=page][data-session=${kind}]`)).toBeAttached({ timeout: 200_000 });
const open = (page: Page) => page.locator('#pick-folder').setInputFiles(folder);
async function choose(page: Page, item: RegExp): Promise<void> {
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('menuitem', { name: 'Page' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

let complaints: string[];
test.beforeEach(({ page }) => {
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
});
test.afterEach(() => expect(complaints).toEqual([]));

test('a study too large for the memory there is: what would fit is offered, read, and said', async ({ page }) => {
  // Of a machine of so many GB a page takes half: room for less than half of the study's 10 MB.
  await page.addInitScript(() => {
    localStorage.setItem('preferences', '{"runByItself":false}');
    Object.defineProperty(navigator, 'deviceMemory', { value: 0.008 });
  });
  await page.goto(app.url);
  await open(page);
  await state(page, 'choosing');
  await expect(page.getByRole('alert')).toContainText('read-too-large');
  await page.getByRole('button', { name: /^Read one slice in \d$/ }).click();
  await state(page, 'viewing');
  await expect(page.getByText(/Only one slice in \d was read, for want of memory/).first()).toBeVisible();
});

test('storage denied: the page works and remembers nothing', async ({ page }) => {
  await page.addInitScript(() => {
    const denied = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    Object.defineProperty(window, 'localStorage', { get: denied });
    Object.defineProperty(window, 'caches', { get: denied });
  });
  await page.goto(app.url);
  await open(page);
  await state(page, 'viewing');
  await choose(page, /What is stored here/);
  await expect(page.getByTestId('dialog-stored')).toContainText('does not let the page keep anything');
});

test('storage full: preferences change all the same, for this visit', async ({ page }) => {
  await page.addInitScript(() => {
    Storage.prototype.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
  });
  await page.goto(app.url);
  await choose(page, /Preferences/);
  const readFirst = page.getByRole('switch', { name: /Read first/ });
  await readFirst.click();
  await expect(readFirst).toBeChecked();
});

test('a service worker that is refused: the page says that it is not kept', async ({ page }) => {
  await page.addInitScript(() => {
    navigator.serviceWorker.register = () => Promise.reject(new DOMException('refused by policy', 'SecurityError'));
  });
  await page.goto(app.url);
  await expect(page.getByText('The page is not kept for use without a network: refused by policy.')).toBeVisible();
});

/** A browser of its own, for what is settled at its start. */
async function inBrowser(args: readonly string[], work: (page: Page) => Promise<void>): Promise<void> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: [...args] });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
    await work(page);
  } finally {
    await browser.close();
  }
}

async function readAll(page: Page): Promise<void> {
  await open(page);
  await state(page, 'viewing');
  await expect(page.locator('[data-testid=page][data-run=withheld]')).toBeAttached({ timeout: 200_000 });
  await page.getByTestId('show-untrained').click();
  await expect(page.locator('[data-testid=page][data-run=done]')).toBeAttached({ timeout: 200_000 });
}

test('a page that is not secure, as on a plain http server: no service worker, no shared memory, no threads, no graphics card, and the study is read', async () => {
  // Not this computer by its name, so that the browser trusts it no more than any server.
  const args = [...chromiumArgs, '--host-resolver-rules=MAP insecure.test localhost', '--proxy-server=direct://'];
  const server = await host(join(process.cwd(), 'dist'));
  await inBrowser(args, async (page) => {
    await page.goto(server.url.replace('localhost', 'insecure.test'));
    expect(await page.evaluate(() => [isSecureContext, crossOriginIsolated, 'gpu' in navigator])).toEqual([
      false,
      false,
      false,
    ]);
    await expect(page.getByText(/not kept for use without a network: the page is not served over https/)).toBeVisible();
    await readAll(page);
    await expect(page.getByTestId('strip')).toContainText('WebAssembly, 1 thread');
    await expect(page.getByTestId('strip')).toContainText('this browser offers no WebGPU here');
  });
  await server.close();
});

test('WebGPU blocked by the browser: the page computes on the processor and says why', async () => {
  await inBrowser(['--no-sandbox', '--disable-features=WebGPUService', '--disable-gpu'], async (page) => {
    await page.goto(app.url);
    await readAll(page);
    await expect(page.getByTestId('strip')).toContainText(/WebGPU is not used because this browser/);
  });
});

test('a graphics card that is only imitated is not used by itself, and that is said', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  await readAll(page);
  await expect(page.getByTestId('strip')).toContainText('only imitated on the processor');
});

test('a reload in the middle of a read: an empty page that reads the next study', async ({ page }) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  await open(page);
  await expect(page.locator('[data-testid=page][data-run=running]')).toBeAttached({ timeout: 60_000 });
  await page.reload();
  await expect(page.getByTestId('empty')).toBeVisible();
  await readAll(page);
});

test('the clock turned back by a day in the middle of a read: it goes on, and no time is less than none', async ({
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  await open(page);
  await expect(page.locator('[data-testid=page][data-run=running]')).toBeAttached({ timeout: 60_000 });
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    Date.now = () => now() - 86_400_000;
  });
  await expect(page.locator('[data-testid=page][data-run=withheld]')).toBeAttached({ timeout: 200_000 });
  await page.getByTestId('show-untrained').click();
  await expect(page.locator('[data-testid=page][data-run=done]')).toBeAttached({ timeout: 200_000 });
  const { lastRun } = JSON.parse(await page.evaluate(() => localStorage.getItem('preferences') ?? '{}'));
  expect(lastRun.elapsedMs).toBeGreaterThan(0);
  expect(lastRun.elapsedMs).toBeLessThan(3_600_000);
});

test('all of its processes stopped in the middle of a read, as when the machine sleeps: it goes on', async ({
  page,
  browser,
}) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  await open(page);
  const run = (kind: string) => expect(page.locator(`[data-testid=page][data-run=${kind}]`)).toBeAttached();
  await run('running');
  await page.evaluate(() => {
    const ticking = window as unknown as { ticks: number };
    ticking.ticks = 0;
    setInterval(() => ticking.ticks++, 50);
  });
  const stopped = (await processesOf(browser)).filter(({ type }) => type === 'renderer' || type === 'GPU');
  for (const { id } of stopped) process.kill(id, 'SIGSTOP');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  for (const { id } of stopped) process.kill(id, 'SIGCONT');
  expect(await page.evaluate(() => (window as unknown as { ticks: number }).ticks)).toBeLessThan(30);
  await run('withheld');
});

test('two tabs at once keep to their own studies', async ({ page, context }) => {
  await page.addInitScript(() => localStorage.setItem('preferences', '{"runByItself":false}'));
  const other = await context.newPage();
  await page.goto(app.url);
  await other.goto(app.url);
  // A browser gives a tab that is not in front no frames to draw in.
  await page.bringToFront();
  await open(page);
  await state(page, 'viewing');
  await expect(other.getByTestId('empty')).toBeVisible();
  await other.bringToFront();
  await open(other);
  await state(other, 'viewing');
  await page.close();
  await state(other, 'viewing');
});

test('diagnostics can be looked at and copied; licences of all parts are listed', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(app.url);
  await choose(page, /About/);
  const about = page.getByTestId('dialog-about');
  await about.getByRole('button', { name: 'Copy diagnostics' }).click();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  expect(copied).toMatchObject({ session: 'empty', page: { isolated: true }, errors: [] });
  expect(copied.machine.adapter.limits.maxBufferSize).toBeGreaterThan(2 ** 27);
  // Of the page, of the analysis worker, of a decode worker, of the service worker.
  for (const name of ['react-dom', 'onnxruntime-web', '@cornerstonejs/codec-openjpeg', 'workbox-precaching']) {
    await expect(page.getByTestId('licences')).toContainText(name);
  }
});

test('text becomes no markup, and no script comes from elsewhere', async ({ page }) => {
  await page.goto(app.url);
  const attempts = await page.evaluate(() => {
    const tried = (work: () => unknown) => {
      try {
        work();
        return 'done';
      } catch (error) {
        return (error as Error).name;
      }
    };
    return [
      tried(() => (document.createElement('div').innerHTML = '<b>name</b>')),
      tried(() => new Worker('https://elsewhere.invalid/script.js')),
      tried(() => (document.createElement('div').innerHTML = '')),
    ];
  });
  expect(attempts).toEqual(['TypeError', 'TypeError', 'done']);
});
