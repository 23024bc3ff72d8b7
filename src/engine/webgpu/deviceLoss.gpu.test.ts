import { describe, expect, it } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { plans } from '../../network/plans.ts';
import { formulaWeights } from '../cases/formula.ts';
import { formulaInput } from '../cases/wholeStudy.ts';
import { runStudy } from '../runStudy.ts';
import { openDevice } from './device.ts';
import { createWebGpuEngine } from './webGpuEngine.ts';

const gpu = await openDawn();

/** What every device has, whatever the card: the defaults of the specification (WebGPU, 3.6.2). */
const smallest = {
  maxBufferSize: 2 ** 28,
  maxStorageBufferBindingSize: 2 ** 27,
  maxStorageBuffersPerShaderStage: 8,
} as const;

/** The adapter as if it offered no more. */
const small = (adapter: GPUAdapter): GPUAdapter =>
  new Proxy(adapter, {
    get: (target, name) => {
      if (name === 'limits') return smallest;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

/** Every new device compiles everything again, so the kernels are the shortest there are. */
const open = async (change = (adapter: GPUAdapter) => adapter) => {
  const device = await openDevice(change((await gpu?.requestAdapter()) as GPUAdapter));
  return createWebGpuEngine(device, 'Dawn', { voxels: 4, outBlocks: 1 });
};
const study = { input: formulaInput(5), model: { weights: formulaWeights(plans.tiny) } };

describe.skipIf(!gpu)('a device (skipped where there is no Vulkan driver)', () => {
  it('that is lost while it works is replaced, by one of the smallest limits too, and the result stays the same (over and over: e2e)', async () => {
    let current = await open();
    expect(current.device.gpu.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(
      smallest.maxStorageBufferBindingSize,
    );
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
        return (current = await open(small));
      },
    });
    expect(losses).toBe(1);
    expect(current.device.gpu.limits).toMatchObject(smallest);
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
