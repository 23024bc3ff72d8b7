/** Runs and times the three graphs of a plan on WebAssembly, in a worker as the app does:
 *  `onnx.html?plan=lite&threads=2`. */
import { plans, type PlanName } from '../src/network/plans.ts';
import type { RunRequest } from './onnx.worker.ts';
import type { GraphRun } from './onnxRun.ts';

const query = new URLSearchParams(location.search);
const plan = query.get('plan') ?? 'lite';
const request: RunRequest = {
  plan: (plan in plans ? plan : 'lite') as PlanName,
  threads: Number(query.get('threads') ?? 2),
  folder: new URL('../ort/', location.href).href,
};
const out = document.querySelector('#out') as HTMLPreElement;
const show = (text: string) => {
  out.textContent = text;
  out.dataset.done = 'true';
};
const worker = new Worker(new URL('./onnx.worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<GraphRun[] | string>) => show(JSON.stringify(data, null, 1));
worker.onerror = (event) => show(`the worker failed: ${event.message}`);
worker.postMessage(request);
