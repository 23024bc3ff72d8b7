/** The network on WebAssembly in the built page, against the native runtime in Node. */
import { expect, test } from '@playwright/test';
import * as runtime from 'onnxruntime-node';
import { runGraphs, type GraphRun } from '../playground/onnxRun.ts';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { plans } from '../src/network/plans.ts';
import { playground } from './servers.ts';

/** Scores and logits are of order 1; the two builds add in different orders. */
const tolerance = 1e-3;

for (const threads of [1, 2]) {
  test(`WebAssembly gives what Node gives, threads: ${threads}`, async ({ page }) => {
    const elsewhere: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(`${playground.url}/`)) elsewhere.push(request.url());
    });
    page.on('console', (message) => {
      if (/Content.Security.Policy|SharedArrayBuffer|numThreads/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(`${playground.url}/playground/onnx.html?plan=tiny&threads=${threads}`);
    const out = page.locator('#out[data-done]');
    await expect(out).toBeAttached({ timeout: 60_000 });
    const found = JSON.parse((await out.textContent()) as string) as GraphRun[];
    const expected = await runGraphs(openNode(runtime, 1), plans.tiny, 1);

    expect(found.map(({ graph }) => graph)).toEqual(expected.map(({ graph }) => graph));
    expect(found[0].engine).toBe(threads === 1 ? 'WebAssembly, 1 thread' : 'WebAssembly, 2 threads');
    for (const [i, { graph, outputs }] of expected.entries()) {
      for (const [name, values] of Object.entries(outputs)) {
        const other = found[i].outputs[name];
        expect(other.length).toBe(values.length);
        const worst = Math.max(...values.map((value, at) => Math.abs(value - other[at])));
        expect(worst, `${graph}, ${name}`).toBeLessThan(tolerance);
      }
    }
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
}
