/** A long study of slices of 512 x 512: opened, scrolled through and read to the end, with the page's memory looked at all
 *  along. `SLICES=1000 npx playwright test e2e/manySlices.spec.ts`: some minutes, 4 GB of the machine's memory, half a
 *  gigabyte of its disk for a while; prints what it measured. */
import { expect, test, type Browser } from '@playwright/test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeDicomStudy } from '../src/simulation/dicomStudy.ts';
import { makeSample } from '../src/simulation/sampleStudy.ts';
import { memoryMb } from './processes.ts';
import { app } from './servers.ts';

const slices = Number(process.env.SLICES ?? 0);
/** Feet to head of the phantom's chest, and how many slices of it are made; the others repeat them. */
const [chestMm, made] = [314, 50];
/** What the page promises to keep to (src/formats/memoryBudget.ts). */
const mostMb = 3 * 1024;

async function writeStudy(folder: string): Promise<void> {
  const { volume } = makeSample({ pixels: 512, pixelMm: 0.72, sliceMm: chestMm / made });
  const { grid, hu } = volume;
  const [depth, rows, columns] = grid.shape;
  const long = new Int16Array(slices * rows * columns);
  for (let z = 0; z < slices; z++) {
    const from = Math.floor((z * depth) / slices) * rows * columns;
    long.set(hu.subarray(from, from + rows * columns), z * rows * columns);
  }
  const longGrid = { ...grid, shape: [slices, rows, columns], spacingMm: [chestMm / slices, 0.72, 0.72] } as const;
  for (const { name, data } of writeDicomStudy({ grid: longGrid, hu: long })) {
    writeFileSync(join(folder, basename(name)), new Uint8Array(await data.arrayBuffer()));
  }
}

/** Memory of the page's process and of the graphics card's, in MB, at each moment named. */
class Watch {
  readonly held: string[] = [];
  readonly #browser: Browser;
  readonly #start = performance.now();
  constructor(browser: Browser) {
    this.#browser = browser;
  }
  async note(moment: string): Promise<void> {
    const [now, most] = [await memoryMb(this.#browser, 'VmRSS'), await memoryMb(this.#browser, 'VmHWM')];
    const of = (memory: Map<string, number>) =>
      ['renderer', 'GPU'].map((type) => `${type} ${memory.get(type)?.toFixed(0)}`).join(', ');
    const seconds = ((performance.now() - this.#start) / 1000).toFixed(0);
    this.held.push(`${moment} (${seconds} s): ${of(now)} MB; most so far ${of(most)} MB`);
    console.log(this.held.at(-1));
  }
}

test(`${slices} slices of 512 x 512 are read within what a page may take`, async ({ page, browser }) => {
  test.skip(slices === 0, 'SLICES=1000 asks for it');
  test.setTimeout(3_600_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.addInitScript(() => localStorage.setItem('preferences', '{"model":"tiny-untrained"}'));
  const folder = mkdtempSync(join(tmpdir(), 'slices-'));
  const state = (kind: string) => page.locator(`[data-testid=page]${kind}`).waitFor({ timeout: 3_000_000 });
  try {
    await writeStudy(folder);
    await page.goto(app.url);
    const watch = new Watch(browser);
    await watch.note('before');
    await page.locator('#pick-folder').setInputFiles(folder);
    await state('[data-session=viewing]');
    await watch.note('all slices');
    await page.getByTestId('pane-axial').hover();
    for (let step = 0; step < 100; step++) await page.mouse.wheel(0, step < 70 ? 100 : -100);
    await watch.note('scrolled');
    await state('[data-run=withheld]');
    await watch.note('read');
    await page.getByTestId('show-untrained').click();
    await state('[data-run=done]');
    await watch.note('result');
    const pageMb = (await memoryMb(browser, 'VmHWM')).get('renderer') ?? NaN;
    const perVoxel = (pageMb * 2 ** 20) / (slices * 512 * 512);
    console.log(`the page at most ${pageMb.toFixed(0)} MB, ${perVoxel.toFixed(1)} bytes a voxel`);
    expect(pageMb).toBeLessThan(mostMb);
    expect(complaints).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
