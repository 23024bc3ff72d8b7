import { describe } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { sharedPath } from '../../../scripts/shared.ts';
import { runEngineCases } from '../cases/runEngineCases.ts';
import { openDevice } from './device.ts';
import { cardBlocking, createWebGpuEngine } from './webGpuEngine.ts';

const gpu = await openDawn();

describe.skipIf(!gpu)('WebGPU (skipped where there is no Vulkan driver)', () => {
  // Whole studies take the blocking for cards; the other one is what openWebGpu's tests and the browser's run on.
  const open = async () =>
    createWebGpuEngine(await openDevice((await gpu?.requestAdapter()) as GPUAdapter), 'Dawn', cardBlocking);
  runEngineCases(open, { golden: sharedPath('data/golden/') });
});
