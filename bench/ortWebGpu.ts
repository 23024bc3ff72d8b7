/** onnxruntime-web's own WebGPU engine, on Dawn: a yardstick. */
import { createOnnxEngine } from '../src/engine/onnx/onnxEngine.ts';
import type { Engine } from '../src/engine/contract.ts';

/** Its build hands views of shared memory to `writeBuffer`, which browsers take and Dawn for Node does not. */
function takeSharedMemory(): void {
  const { writeBuffer } = GPUQueue.prototype;
  GPUQueue.prototype.writeBuffer = function (buffer, offset, data, from, size) {
    if (ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer) {
      const bytes = new Uint8Array(data.buffer, data.byteOffset + (from ?? 0), size ?? data.byteLength - (from ?? 0));
      return writeBuffer.call(this, buffer, offset, Uint8Array.from(bytes));
    }
    return writeBuffer.call(this, buffer, offset, data as ArrayBuffer, from, size);
  };
}

export async function openOrtWebGpu(): Promise<Engine> {
  takeSharedMemory();
  const runtime = await import('onnxruntime-web/webgpu');
  runtime.env.wasm.numThreads = 1;
  return createOnnxEngine({
    runtime,
    description: { kind: 'webgpu', label: 'onnxruntime-web webgpu' },
    session: { executionProviders: ['webgpu'], logSeverityLevel: 3 },
  });
}
