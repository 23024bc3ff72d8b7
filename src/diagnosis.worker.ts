/** Where every heavy step runs. Only wires the browser's engines to the diagnosis. */
import * as runtime from 'onnxruntime-web/wasm';
import { serve } from './diagnosis/serve.ts';
import { openWasm } from './engine/onnx/openWasm.ts';
import { blockingCache } from './engine/webgpu/blockingCache.ts';
import { openWebGpu } from './engine/webgpu/openWebGpu.ts';

/** The page's own folder: the built worker lies one below it. */
const root = new URL(import.meta.env.DEV ? '/' : '../', self.location.href);
/** More threads than this gain nothing at these sizes. */
const mostThreads = 8;

async function fetchModelFile(path: string): Promise<Uint8Array> {
  const response = await fetch(new URL(`models/${path}`, root));
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

serve(self as unknown as Parameters<typeof serve>[0], {
  fetchModelFile,
  openers: {
    webgpu: (options) => openWebGpu({ gpu: navigator.gpu, memory: blockingCache, ...options }),
    wasm: async () =>
      openWasm(runtime, {
        threads: Math.min(mostThreads, navigator.hardwareConcurrency),
        folder: new URL('ort/', root).href,
      }),
  },
});
