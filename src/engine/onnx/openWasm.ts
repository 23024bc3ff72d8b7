import type { Engine } from '../contract.ts';
import { createOnnxEngine, type OnnxRuntime } from './onnxEngine.ts';

/** What `onnxruntime-web/wasm` has beside the common part. */
export interface WasmRuntime extends OnnxRuntime {
  readonly env: { readonly wasm: { numThreads?: number; wasmPaths?: unknown; proxy?: boolean } };
}

export interface WasmOptions {
  /** Wanted; without cross-origin isolation there is no shared memory and one thread is all there is. */
  readonly threads: number;
  /** Folder that holds `ort-wasm-simd-threaded.wasm` and `.mjs`, ending in a slash, on the page's own origin. */
  readonly folder: string;
}

/** The WebAssembly build, for the browser, in the diagnosis worker. The runtime reads its settings once, when the
 *  first session is made: a page that wants another number of threads starts another worker.
 *  @param runtime the namespace of `onnxruntime-web/wasm` */
export function openWasm(runtime: WasmRuntime, { threads, folder }: WasmOptions): Engine {
  const possible = globalThis.crossOriginIsolated ? threads : 1;
  runtime.env.wasm.numThreads = possible;
  runtime.env.wasm.wasmPaths = folder;
  runtime.env.wasm.proxy = false;
  return createOnnxEngine({
    runtime,
    description: { kind: 'wasm', label: `WebAssembly, ${possible === 1 ? '1 thread' : `${possible} threads`}` },
    session: { executionProviders: ['wasm'], logSeverityLevel: 3 },
  });
}
