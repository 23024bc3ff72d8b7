/** Runs and times the three graphs of a plan on WebGPU, in a worker as the app does: `webgpu.html?plan=lite`; or a study of
 *  the tiny plan whose device is lost so many times, or whenever somebody else sees to it: `webgpu.html?losses=20`. */
import { plans, type PlanName } from '../src/network/plans.ts';
import type { WebGpuRequest } from './webgpu.worker.ts';

const query = new URLSearchParams(location.search);
const plan = query.get('plan') ?? 'tiny';
const request: WebGpuRequest = {
  plan: (plan in plans ? plan : 'tiny') as PlanName,
  losses: query.has('losses') ? Number(query.get('losses')) : null,
};
const out = document.querySelector('#out') as HTMLPreElement;
const show = (text: string) => {
  out.textContent = text;
  out.dataset.done = 'true';
};
const worker = new Worker(new URL('./webgpu.worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<object | string>) => {
  if (typeof data === 'object' && 'patches' in data) out.dataset.patches = String(data.patches);
  else show(JSON.stringify(data, null, 1));
};
worker.onerror = (event) => show(`the worker failed: ${event.message}`);
worker.postMessage(request);
