import { describe, expect, it } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { sharedPath } from '../../../scripts/shared.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import { plans } from '../../network/plans.ts';
import type { EngineCase } from '../cases/engineCase.ts';
import { planCases } from '../cases/planCases.ts';
import { runCase, runEngineCases } from '../cases/runEngineCases.ts';
import { openDevice } from './device.ts';
import { cardBlocking, sharing, softwareBlocking } from './blockings.ts';
import type { Blocking } from './kernels/conv3d.ts';
import { createWebGpuEngine } from './webGpuEngine.ts';

const gpu = await openDawn();
const canShare = (await gpu?.requestAdapter())?.features.has('subgroups') ?? false;
const patchOfTiny = planCases.find(({ name }) => name === 'a patch of tiny') as EngineCase;

describe.skipIf(!gpu)('WebGPU (skipped where there is no Vulkan driver)', () => {
  // Whole studies take the blocking for cards; the one for processors is what openWebGpu's tests and the browser's run on.
  const open = async () =>
    createWebGpuEngine(await openDevice((await gpu?.requestAdapter()) as GPUAdapter), 'Dawn', cardBlocking);
  runEngineCases(open, { golden: sharedPath('data/golden/') });

  it('gives the same where values are too large for one binding and convolutions go in pieces, as in a patch of full', async () => {
    // One block of channels at the size of the patch.
    const mostBytes = 16 * sizeOf(plans.tiny.patch);
    const device = await openDevice((await gpu?.requestAdapter()) as GPUAdapter);
    const engine = createWebGpuEngine(device, 'Dawn', { voxels: 4, outBlocks: 1 }, { mostBytes, mostMacs: 2e5 });
    expect(await runCase(engine, patchOfTiny)).toEqual([]);
    engine.dispose();
  });

  const givesTheSame = (blocking: Blocking) => async () => {
    const device = await openDevice((await gpu?.requestAdapter()) as GPUAdapter);
    const engine = createWebGpuEngine(device, 'Dawn', blocking);
    expect(await runCase(engine, patchOfTiny)).toEqual([]);
    engine.dispose();
  };
  it('gives the same as a processor that cannot share weights', givesTheSame(softwareBlocking));
  it.skipIf(!canShare)(
    'gives the same as a card that shares weights (skipped where the driver has no subgroups)',
    givesTheSame(sharing(cardBlocking)),
  );
});
