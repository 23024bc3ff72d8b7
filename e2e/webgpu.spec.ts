/** The network on WebGPU in the built page, on Chromium's software adapter. */
import { expect, test, type Page } from '@playwright/test';
import * as runtime from 'onnxruntime-node';
import { runGraphs, type GraphRun } from '../playground/onnxRun.ts';
import type { LossReport } from '../playground/webgpu.worker.ts';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { plans } from '../src/network/plans.ts';
import { playground } from './servers.ts';

/** Scores and logits are of order 1; the two add in different orders. */
const tolerance = 1e-3;
/** SwiftShader compiles every kernel on the processor. */
const patience = 300_000;

const open = (page: Page, query: string) => page.goto(`${playground.url}/playground/webgpu.html?${query}`);
async function report<T>(page: Page): Promise<T> {
  const out = page.locator('#out[data-done]');
  await expect(out).toBeAttached({ timeout: patience });
  return JSON.parse((await out.textContent()) as string) as T;
}

test('WebGPU in a worker gives what Node gives', async ({ page }) => {
  test.setTimeout(patience);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (/GPU|WGSL|tfjs|backend|Content.Security.Policy/i.test(message.text())) complaints.push(message.text());
  });
  await open(page, 'plan=tiny');
  const found = await report<GraphRun[]>(page);
  const expected = await runGraphs(openNode(runtime, 1), plans.tiny, 1);
  expect(found.map(({ graph }) => graph)).toEqual(expected.map(({ graph }) => graph));
  expect(found[0].engine).toBe('WebGPU on google swiftshader');
  for (const [i, { graph, outputs }] of expected.entries()) {
    for (const [name, values] of Object.entries(outputs)) {
      const other = found[i].outputs[name];
      const worst = Math.max(...values.map((value, at) => Math.abs(value - other[at])));
      expect(worst, `${graph}, ${name}`).toBeLessThan(tolerance);
    }
  }
  expect(complaints).toEqual([]);
});

async function expectUnchanged(page: Page, wantedLosses: number): Promise<void> {
  const { losses, differingVoxels, scores, undisturbedScores } = await report<LossReport>(page);
  expect(losses).toBe(wantedLosses);
  expect(differingVoxels).toBe(0);
  expect(scores).toEqual(undisturbedScores);
}

/** LOSSES=20 for who has the minutes. */
const wanted = Number(process.env.LOSSES ?? 3);

test(`devices lost in the middle of a study change nothing in its result, losses: ${wanted}`, async ({ page }) => {
  test.setTimeout(patience);
  await open(page, `losses=${wanted}`);
  await expectUnchanged(page, wanted);
});

test('a device lost while the page is frozen, as behind other tabs: the study goes on and nothing differs', async ({
  page,
  context,
}) => {
  test.setTimeout(patience);
  await open(page, 'losses=0');
  await expect(page.locator('#out[data-patches="1"]')).toBeAttached({ timeout: 60_000 });
  const cdp = await context.newCDPSession(page);
  await cdp.send('Page.setWebLifecycleState', { state: 'frozen' });
  const browser = await context.browser()!.newBrowserCDPSession();
  // The process that holds the device; the browser starts another.
  await browser.send('Browser.crashGpuProcess').catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await cdp.send('Page.setWebLifecycleState', { state: 'active' });
  await expectUnchanged(page, 1);
});
