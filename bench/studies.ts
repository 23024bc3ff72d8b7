/** `npm run bench -- --studies [60 130 300] [--profile]`: whole studies of 512 x 512 in the built page, in Chromium:
 *  when what a reader waits for is there, how long a wheel step takes to be drawn, what holds up the page, how much memory
 *  it takes. Built and served by itself; phantoms with simulated disease, written to a temporary folder. `--profile` names
 *  the functions that hold the page up. */
import { chromium, type Page } from 'playwright';
import { preview } from 'vite';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromiumArgs, findChromium } from '../e2e/chromium.ts';
import { memoryMb } from '../e2e/processes.ts';
import { writeSampleStudy } from '../scripts/sampleFolder.ts';

const port = 4190;
const usualCounts = [60, 130, 300];
/** Feet to head of the phantom's chest. */
const chestMm = 314;
const wheelSteps = 40;
/** Chromium calls a task long from 50 ms on; readers feel what is longer than this. */
const longTaskMs = 100;

interface Moment {
  readonly what: string;
  readonly atMs: number;
}
interface LongTask {
  readonly atMs: number;
  readonly forMs: number;
}
interface Watched {
  readonly moments: readonly Moment[];
  readonly longTasks: readonly LongTask[];
}

/** Runs in the page before anything else: notes when the page changes state, from the choice of files on. */
function watch(): void {
  const moments: { what: string; atMs: number }[] = [];
  const longTasks: { atMs: number; forMs: number }[] = [];
  Object.assign(window, { watched: { moments, longTasks } });
  localStorage.setItem('preferences', '{"runByItself":true}');
  // A method, since the runner would wrap a named function in a helper that the page lacks.
  const log = {
    note(what: string) {
      if (!moments.some((moment) => moment.what === what)) moments.push({ what, atMs: performance.now() });
    },
  };
  document.addEventListener('change', () => log.note('chosen'), { capture: true, once: true });
  document.addEventListener(
    'CORNERSTONE_IMAGE_RENDERED',
    () =>
      requestAnimationFrame(() => {
        // The slice itself, not the black before it.
        if (!document.querySelector('[data-pane=axial][data-waits]')) log.note('first image');
      }),
    { capture: true },
  );
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) longTasks.push({ atMs: startTime, forMs: duration });
  }).observe({ type: 'longtask' });
  new MutationObserver(() => {
    if (document.querySelector('[data-session=viewing]')) log.note('all slices');
    const stage = document.querySelector('[data-testid=run] [aria-live]')?.textContent;
    if (stage) log.note(stage);
    if (document.querySelector('[data-run=done]')) log.note('result');
  }).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
}

/** Wheel steps over the axial images, each until it is drawn. */
function scroll(page: Page, steps: number): Promise<number[]> {
  return page.evaluate(async (count) => {
    const host = document.querySelector('[data-testid=pane-axial] .pane-host > *');
    if (!host) throw new Error('no axial pane');
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const started = performance.now();
      const drawn = new Promise((resolve) =>
        document.addEventListener('CORNERSTONE_IMAGE_RENDERED', resolve, { capture: true, once: true }),
      );
      const box = host.getBoundingClientRect();
      const [clientX, clientY] = [box.left + box.width / 2, box.top + box.height / 2];
      const deltaY = i % 20 < 10 ? 100 : -100;
      host.dispatchEvent(new WheelEvent('wheel', { deltaY, clientX, clientY, bubbles: true, cancelable: true }));
      await drawn;
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - started);
    }
    return times;
  }, steps);
}

const quantile = (values: readonly number[], q: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];
const frames = (times: readonly number[]) => `${quantile(times, 0.5).toFixed(0)} (${quantile(times, 0.95).toFixed(0)})`;

async function measure(url: string, folder: string, slices: number, withProfile: boolean): Promise<void> {
  const browser = await chromium.launch({ executablePath: findChromium(), args: chromiumArgs });
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(watch);
  await page.goto(url);
  const profiler = withProfile ? await startProfile(page) : null;
  await page.locator('#pick-folder').setInputFiles(folder);
  await page.locator('[data-run=done]').waitFor({ timeout: 3_600_000 });
  const watched = await page.evaluate(() => (window as unknown as { watched: Watched }).watched);
  const samples = profiler ? await profiler() : [];
  const afterwards = await scroll(page, wheelSteps);
  const engine = await page.getByTestId('strip').innerText();
  // Once more for the reader who does not wait; drawing would hide what else holds the page up.
  await page.locator('#pick-folder').setInputFiles(folder);
  await page.locator('[data-run=running]').waitFor({ timeout: 600_000 });
  const whileReading = await scroll(page, wheelSteps);
  const memory = await memoryMb(browser, 'VmHWM');
  await browser.close();

  const start = watched.moments.find(({ what }) => what === 'chosen')?.atMs ?? 0;
  const end = watched.moments.find(({ what }) => what === 'result')?.atMs ?? Infinity;
  console.log(`\n## ${slices} slices of 512 x 512\n\n${/Engine\s[^]*/.exec(engine)?.[0].replace(/\s+/g, ' ')}\n`);
  console.log('| after | s |\n| --- | --- |');
  for (const { what, atMs } of watched.moments) console.log(`| ${what} | ${((atMs - start) / 1000).toFixed(1)} |`);
  console.log('\n| wheel step until drawn, ms | median (95th percentile) |\n| --- | --- |');
  console.log(`| while the network runs | ${frames(whileReading)} |\n| result, all overlays | ${frames(afterwards)} |`);
  const long = watched.longTasks.filter(({ atMs, forMs }) => atMs > start && atMs < end && forMs > longTaskMs);
  console.log(`\nMain thread held up for more than ${longTaskMs} ms, ${long.length} times until the result:`);
  for (const { atMs, forMs } of long) {
    const during = watched.moments.findLast((moment) => moment.atMs <= atMs + forMs)?.what ?? '';
    console.log(`- ${forMs.toFixed(0)} ms, ${((atMs - start) / 1000).toFixed(1)} s after the choice, at "${during}"`);
    for (const [name, ms] of busiest(samples, atMs, atMs + forMs)) console.log(`    - ${ms.toFixed(0)} ms ${name}`);
  }
  const list = [...memory].map(([type, megabytes]) => `${type} ${megabytes.toFixed(0)} MB`);
  console.log(`\nPeak memory of processes: ${list.join(', ')}`);
}

interface Sample {
  readonly atMs: number;
  readonly forMs: number;
  readonly name: string;
}

/** @returns a function that ends it and tells what ran when, in the page's own time */
async function startProfile(page: Page): Promise<() => Promise<Sample[]>> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Profiler.enable');
  await devtools.send('Profiler.setSamplingInterval', { interval: 1000 });
  await devtools.send('Profiler.start');
  const startMs = await page.evaluate(() => performance.now());
  return async () => {
    const { profile } = await devtools.send('Profiler.stop');
    const names = new Map(
      profile.nodes.map(({ id, callFrame: { functionName, lineNumber, url } }) => [
        id,
        `${functionName || '(anonymous)'} ${url.split('/').pop()}:${lineNumber + 1}`,
      ]),
    );
    let atMs = startMs;
    return (profile.samples ?? []).map((node, i) => {
      const forMs = (profile.timeDeltas?.[i] ?? 0) / 1000;
      atMs += forMs;
      return { atMs, forMs, name: names.get(node) ?? '' };
    });
  };
}

/** The functions that took most of a span, by themselves. */
function busiest(samples: readonly Sample[], fromMs: number, toMs: number): (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const { atMs, forMs, name } of samples)
    if (atMs >= fromMs && atMs <= toMs) times.set(name, (times.get(name) ?? 0) + forMs);
  return [...times].sort(([, a], [, b]) => b - a).slice(0, 8);
}

export async function measureStudies(options: readonly string[]): Promise<void> {
  const withProfile = options.includes('--profile');
  const counts = options.filter((option) => option !== '--profile').map(Number);
  const readable = withProfile ? ['--minify', 'false'] : [];
  execFileSync('npx', ['vite', 'build', '--logLevel', 'error', ...readable], { stdio: 'inherit' });
  const server = await preview({ preview: { port, strictPort: true } });
  console.log(`${cpus().length} processor threads, ${cpus()[0].model}; WebGL and WebGPU as Chromium gives them`);
  for (const slices of counts.length > 0 ? counts : usualCounts) {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    await writeSampleStudy(folder, { pixels: 512, pixelMm: 0.72, sliceMm: chestMm / slices });
    await measure(`http://localhost:${port}/`, folder, slices, withProfile);
    rmSync(folder, { recursive: true });
  }
  await server.close();
}
