import { describe, expect, it } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { plans } from '../../network/plans.ts';
import { formulaWeights } from '../cases/formula.ts';
import { formulaInput } from '../cases/wholeStudy.ts';
import { runStudy } from '../runStudy.ts';
import { openDevice } from './device.ts';
import { createWebGpuEngine } from './webGpuEngine.ts';

const gpu = await openDawn();

/** Every new device compiles everything again, so the kernels are the shortest there are. */
const open = async () => {
  const device = await openDevice((await gpu?.requestAdapter()) as GPUAdapter);
  return createWebGpuEngine(device, 'Dawn', { voxels: 4, outBlocks: 1 });
};
const study = { input: formulaInput(5), model: { weights: formulaWeights(plans.tiny) } };

describe.skipIf(!gpu)('a device (skipped where there is no Vulkan driver)', () => {
  it('that is lost while it works is replaced, and the result stays the same (over and over: e2e)', async () => {
    let current = await open();
    const whole = await runStudy({ ...study, engine: current });
    let losses = 0;
    const output = await runStudy({
      ...study,
      engine: current,
      onProgress: ({ stage, done }) => {
        // Not at once: while the patch is at work.
        if (stage === 'patches' && done === 1) setTimeout(() => current.device.gpu.destroy(), 2);
      },
      recover: async () => {
        losses++;
        current.dispose();
        return (current = await open());
      },
    });
    expect(losses).toBe(1);
    expect(output).toEqual(whole);
    current.dispose();
  }, 240_000);

  it('that has failed once gives nothing more', async () => {
    const engine = await open();
    engine.device.gpu.createBindGroupLayout({ entries: [{ binding: 2 ** 30, visibility: 0 }] });
    await expect(runStudy({ ...study, engine })).rejects.toMatchObject({ code: 'failed' });
    engine.dispose();
  });
});
