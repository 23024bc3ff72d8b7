/** Study after study in one page, of mixed sizes, each read by the tiny network, every tenth broken: nothing piles up.
 *  Fifteen studies; `STUDIES=100 npx playwright test e2e/longDays.spec.ts` for a long day, `HOURS=8` for a night. Prints what
 *  it measured. */
import { expect, test } from '@playwright/test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeChest } from '../playground/chest.ts';
import { writeNifti } from '../src/formats/nifti.ts';
import { memoryMb } from './processes.ts';
import { app } from './servers.ts';

const studies = Number(process.env.STUDIES ?? 15);
const hours = Number(process.env.HOURS ?? 0);
const sizes = [24, 40, 32, 56];
/** What is first needed by a study stays: code, worker, the model. */
const warmUp = 5;

let folder: string;
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'day-'));
  for (const slices of sizes) {
    const { volume } = makeChest(slices);
    const bytes = writeNifti(volume.grid, volume.hu, 'chest of ellipses');
    writeFileSync(join(folder, `${slices}.nii.gz`), bytes);
    writeFileSync(join(folder, `${slices}-cut.nii.gz`), bytes.subarray(0, bytes.length / 2));
  }
});
test.afterAll(() => rmSync(folder, { recursive: true }));

interface Held {
  readonly heapMb: number;
  readonly nodes: number;
  readonly pageMb: number;
  readonly gpuMb: number;
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];

const wanted = hours > 0 ? `${hours} hours of studies` : `${studies} studies`;

test(`${wanted} in a row hold no more than the first few`, async ({ page, browser }) => {
  test.setTimeout(hours > 0 ? hours * 3_600_000 + 600_000 : studies * 60_000);
  const end = performance.now() + hours * 3_600_000;
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  await page.goto(app.url);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const held: Held[] = [];
  let study = 0;
  // By the clock there are at least as many as show anything.
  for (; study < studies || performance.now() < end; study++) {
    const isBroken = study % 10 === 9;
    const slices = sizes[study % sizes.length];
    await page.locator('#pick-files').setInputFiles(join(folder, `${slices}${isBroken ? '-cut' : ''}.nii.gz`));
    // What is there already must not be taken for the next.
    if (!isBroken) await expect(page.getByTestId('patient')).toContainText(`${slices}.nii.gz`, { timeout: 30_000 });
    const then = isBroken ? '[data-session=choosing]' : '[data-session=viewing][data-run=withheld]';
    await expect(page.locator(`[data-testid=page]${then}`)).toBeAttached({ timeout: 60_000 });
    if (isBroken) continue;
    await page.getByTestId('show-untrained').click();
    await expect(page.locator('[data-testid=page][data-run=done]')).toBeAttached({ timeout: 60_000 });
    await devtools.send('HeapProfiler.collectGarbage');
    const { metrics } = await devtools.send('Performance.getMetrics');
    const metric = (name: string) => metrics.find((entry) => entry.name === name)?.value ?? NaN;
    const memory = await memoryMb(browser, 'VmRSS');
    held.push({
      heapMb: metric('JSHeapUsedSize') / 2 ** 20,
      nodes: metric('Nodes'),
      pageMb: memory.get('renderer') ?? NaN,
      gpuMb: memory.get('GPU') ?? NaN,
    });
  }
  console.log(`${study} studies`);
  const later = held.slice(warmUp);
  const half = Math.ceil(later.length / 2);
  const growth = (name: keyof Held) =>
    median(later.slice(half).map((one) => one[name])) / median(later.slice(0, half).map((one) => one[name]));
  for (const name of ['heapMb', 'nodes', 'pageMb', 'gpuMb'] as const) {
    const values = later.map((one) => one[name]);
    console.log(
      `${name}: ${values[0].toFixed(0)} after study ${warmUp + 1}, ${values.at(-1)?.toFixed(0)} after the last; ` +
        `second half over first ${growth(name).toFixed(3)}`,
    );
    expect(growth(name), name).toBeLessThan(1.15);
  }
  expect(complaints).toEqual([]);
});
