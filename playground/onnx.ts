/** Times the three graphs of a plan on WebAssembly, in a worker as the app does: `onnx.html?plan=lite&threads=2`. */
import type { GraphTimes, TimeRequest } from './onnx.worker.ts';

const query = new URLSearchParams(location.search);
const request: TimeRequest = {
  plan: query.get('plan') === 'tiny' ? 'tiny' : query.get('plan') === 'full' ? 'full' : 'lite',
  threads: Number(query.get('threads') ?? 2),
  folder: new URL(/* @vite-ignore */ `${import.meta.env.BASE_URL}ort/`, new URL('..', location.href)).href,
};
const out = document.querySelector('#out') as HTMLPreElement;
const worker = new Worker(new URL('./onnx.worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<GraphTimes[] | string>) => {
  out.textContent = typeof data === 'string' ? data : JSON.stringify(data, null, 1);
  out.dataset.done = 'true';
};
worker.onerror = (event) => {
  out.textContent = `worker failed: ${event.message}`;
  out.dataset.done = 'true';
};
worker.postMessage(request);
