import { describe } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { sharedPath } from '../../../scripts/shared.ts';
import { runEngineCases } from '../cases/runEngineCases.ts';
import { openDevice } from './device.ts';
import { createWebGpuEngine } from './webGpuEngine.ts';

const gpu = await openDawn();

describe.skipIf(!gpu)('WebGPU (skipped where there is no Vulkan driver)', () => {
  const open = async () => createWebGpuEngine(await openDevice((await gpu?.requestAdapter()) as GPUAdapter), 'Dawn');
  runEngineCases(open, { golden: sharedPath('data/golden/') });
});
