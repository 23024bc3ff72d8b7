import { describe, expect, it } from 'vitest';
import { openDawn } from '../../../scripts/dawn.ts';
import { EngineError } from '../contract.ts';
import {
  blockingFor,
  cardBlocking,
  cardCandidates,
  fastestOf,
  openChecked,
  sharing,
  softwareBlocking,
  timeBlockings,
} from './blockings.ts';
import { openDevice, type OwnedDevice } from './device.ts';
import type { Blocking } from './kernels/conv3d.ts';
import type { Kernel } from './kernels/kernel.ts';

const gpu = await openDawn();
const card = { name: 'a card', isSoftware: false };
const [, second, third] = cardCandidates;

function memoryOf(content: unknown) {
  const written: unknown[] = [];
  return { written, read: async () => content, write: async (...entry: unknown[]) => void written.push(entry) };
}

describe('which blocking a card gets', () => {
  const deviceWith = (...features: GPUFeatureName[]) =>
    ({ gpu: { features: new Set(features) } }) as unknown as OwnedDevice;
  const device = deviceWith();
  const never = () => Promise.reject(new Error('was timed'));
  const timed = () => Promise.resolve([10, 12, 4, 11]);

  it('is the one that was fastest, which is kept by nobody before it is checked', async () => {
    const memory = memoryOf(undefined);
    expect(await blockingFor(device, card, memory, timed)).toEqual(third);
    expect(memory.written).toEqual([]);
    expect(await blockingFor(device, card, null, timed)).toEqual(third);
  });

  it('is the one that is remembered, without timing', async () => {
    expect(await blockingFor(device, card, memoryOf({ ...second }), never)).toEqual(second);
  });

  it.each([[{ voxels: 3, outBlocks: 2 }], ['nonsense'], [null], [[8, 2]]])(
    'is timed anew where %j is remembered',
    async (content) => {
      const memory = memoryOf(content);
      expect(await blockingFor(device, card, memory, timed)).toEqual(third);
    },
  );

  it('is known for a software adapter', async () => {
    const software = { ...card, isSoftware: true };
    expect(await blockingFor(device, software, null, never)).toEqual(softwareBlocking);
    expect(await blockingFor(deviceWith('subgroups'), software, null, never)).toEqual(sharing(softwareBlocking));
  });

  it('shares weights between threads only where a device has subgroups', async () => {
    const shared = sharing(cardBlocking);
    const sharedIsFastest = (_: OwnedDevice, candidates: readonly Blocking[]) =>
      Promise.resolve(candidates.map(({ sharesWeights, voxels }) => (sharesWeights ? voxels : 100)));
    expect(await blockingFor(deviceWith('subgroups'), card, null, sharedIsFastest)).toEqual(shared);
    expect(await blockingFor(deviceWith('subgroups'), card, memoryOf(shared), never)).toEqual(shared);
    expect(await blockingFor(device, card, memoryOf(shared), timed)).toEqual(third);
  });

  it('stays the first where no other is clearly faster', () => {
    expect(fastestOf(cardCandidates, [10, 9.7, 9.6, 9.8])).toEqual(cardBlocking);
    expect(fastestOf(cardCandidates, [10, 9, 9.6, 9.8])).toEqual(second);
  });
});

describe('which blocking a card keeps', () => {
  const checkedBut = (wrong: readonly Blocking[]) => {
    const tried: Blocking[] = [];
    const open = (blocking: Blocking) => {
      tried.push(blocking);
      if (wrong.includes(blocking)) return Promise.reject(new EngineError('wrong-result', 'it computes wrongly'));
      return Promise.resolve('checked');
    };
    return { tried, open };
  };

  it('is one that was checked', async () => {
    const memory = memoryOf(undefined);
    const { tried, open } = checkedBut([]);
    expect(await openChecked(third, card, memory, open)).toBe('checked');
    expect([tried, memory.written]).toEqual([[third], [['a card', third]]]);
  });

  it('is the plain one where the fastest computes wrongly', async () => {
    const memory = memoryOf(undefined);
    const { tried, open } = checkedBut([third]);
    expect(await openChecked(third, card, memory, open)).toBe('checked');
    expect([tried, memory.written]).toEqual([[third, cardBlocking], [['a card', cardBlocking]]]);
  });

  it('is none where the plain one computes wrongly too', async () => {
    const memory = memoryOf(undefined);
    const { tried, open } = checkedBut([third, cardBlocking]);
    await expect(openChecked(third, card, memory, open)).rejects.toThrow('computes wrongly');
    await expect(openChecked(cardBlocking, card, memory, open)).rejects.toThrow('computes wrongly');
    expect([tried, memory.written]).toEqual([[third, cardBlocking, cardBlocking], []]);
  });

  it('is not asked of an imitation, which is not timed', async () => {
    const memory = memoryOf(undefined);
    const { open } = checkedBut([]);
    await openChecked(softwareBlocking, { ...card, isSoftware: true }, memory, open);
    expect(memory.written).toEqual([]);
  });
});

describe.skipIf(!gpu)('timing (skipped where there is no Vulkan driver)', () => {
  it('gives a time for each candidate, and leaves the device in order', async () => {
    const device = await openDevice((await gpu?.requestAdapter()) as GPUAdapter);
    const costs = await timeBlockings(device, [cardBlocking, { voxels: 4, outBlocks: 1 }], { rounds: 1, runsMs: 0 });
    expect(costs).toHaveLength(2);
    for (const cost of costs) expect(cost).toBeGreaterThan(0);
    expect(costs.every(Number.isFinite)).toBe(true);
    device.check();
    device.close();
  }, 60_000);

  it('passes over one that the driver refuses or that gives something else', async () => {
    const device = await openDevice((await gpu?.requestAdapter()) as GPUAdapter);
    const compile = device.pipeline.bind(device);
    const changed = (kernel: Kernel): Kernel => {
      if (/stride 1 .* x 8$/.test(kernel.label)) return { ...kernel, wgsl: `${kernel.wgsl} nonsense` };
      if (/stride 1 .* x 4$/.test(kernel.label)) return { ...kernel, wgsl: kernel.wgsl.replaceAll('m * v0', 'm * v1') };
      return kernel;
    };
    device.pipeline = (kernel) => compile(changed(kernel));
    const candidates = [16, 8, 4].map((voxels) => ({ voxels, outBlocks: 1 }));
    const costs = await timeBlockings(device, candidates, { rounds: 1, runsMs: 0 });
    expect(costs.map(Number.isFinite)).toEqual([true, false, false]);
    await expect(timeBlockings(device, candidates.slice(1), { rounds: 1, runsMs: 0 })).rejects.toThrow('refused');
    device.check();
    device.close();
  }, 60_000);
});
