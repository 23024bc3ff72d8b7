import { describe, expect, it } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { openWebGpu } from './openWebGpu.ts';

const gpu = await openDawn();

/** A GPU whose kernels are meddled with on their way to the driver. */
const meddled = (change: (wgsl: string) => string): GPU =>
  wrapped(gpu as GPU, {
    requestAdapter: async () => {
      const adapter = (await gpu?.requestAdapter()) as GPUAdapter;
      return wrapped(adapter, {
        requestDevice: async (descriptor?: GPUDeviceDescriptor) => {
          const device = await adapter.requestDevice(descriptor);
          const createShaderModule = device.createShaderModule.bind(device);
          device.createShaderModule = ({ code, ...rest }) => createShaderModule({ ...rest, code: change(code) });
          return device;
        },
      });
    },
  });

function wrapped<T extends object>(object: T, changes: object): T {
  return new Proxy(object, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in changes ? changes : target, name);
      return typeof value === 'function' && !(name in changes) ? value.bind(target) : value;
    },
  });
}

describe('opening WebGPU', () => {
  it('says that there is none', async () => {
    const opening = await openWebGpu({ gpu: undefined, acceptSoftware: true });
    expect(opening).toEqual({ kind: 'refused', reason: 'this browser offers no WebGPU here' });
  });

  it('says that there is no adapter', async () => {
    const none = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    expect(await openWebGpu({ gpu: none, acceptSoftware: true })).toMatchObject({
      reason: 'this browser has no graphics adapter for it',
    });
  });
});

describe.skipIf(!gpu)('a device (skipped where there is no Vulkan driver)', () => {
  it.each([
    ['a norm that is off by a hundredth', 'inverseSqrt(', '1.01 * inverseSqrt(', /computes wrongly, off by/],
    ['a convolution of zeros', 'load_s0(row', '0.0 * load_s0(row', /computes wrongly/],
    ['a kernel that the driver does not take', 'struct Params', 'struct Params Params', /refused the kernel/],
  ])('with %s is refused', async (_, from, to, reason) => {
    const opening = await openWebGpu({ gpu: meddled((code) => code.replace(from, to)), acceptSoftware: true });
    expect(opening).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) });
  });
});
