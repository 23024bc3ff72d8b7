import { describe, expect, it } from 'vitest';
import { describePatch, withOutputs } from '../../network/describe.ts';
import { plans } from '../../network/plans.ts';
import { formulaWeights } from '../cases/formula.ts';
import { lowerGraph } from './lower.ts';
import { planMemory, slotsOf, type DeviceValue, type Slot, type Step } from './program.ts';

const slot = (label: string, bytes: number): Slot => ({ label, bytes, constant: null });
const value = (held: Slot): DeviceValue => ({
  shape: [1],
  parts: [{ channels: 1, slot: held, table: null }],
  upsample: 1,
});
const copy = (from: Slot, to: Slot): Step => ({ kind: 'copy', from, to, toByte: 0, bytes: 4 });

describe('planning memory', () => {
  it('gives a buffer to the next value once nobody reads the one before', () => {
    const [a, b, c, d] = [slot('a', 100), slot('b', 80), slot('c', 60), slot('d', 40)];
    const { buffers, bufferOf } = planMemory({
      steps: [copy(a, b), copy(b, c), copy(c, d)],
      inputs: new Map([['a', value(a)]]),
      outputs: new Map([['d', value(d)]]),
      indexLimits: new Map(),
    });
    expect(buffers).toEqual([100, 80]);
    expect([a, b, c, d].map((each) => bufferOf.get(each))).toEqual([0, 1, 0, 1]);
  });

  const lower = (mostBytes: number) =>
    lowerGraph(
      withOutputs(describePatch(plans.lite, 12), ['probability', 'pasted']).graph,
      formulaWeights(plans.lite),
      {
        mostBytes,
        blocking: { voxels: 8, outBlocks: 2 },
      },
    );

  it('never lets two values that are alive at once share a buffer', () => {
    const program = lower(2 ** 27);
    const { bufferOf } = planMemory(program);
    const lastUse = new Map<Slot, number>();
    program.steps.forEach((step, i) => slotsOf(step).forEach((each) => lastUse.set(each, i)));
    const holder = new Map<number, Slot>();
    program.steps.forEach((step, i) => {
      for (const each of slotsOf(step)) {
        const buffer = bufferOf.get(each);
        if (buffer === undefined) continue;
        const held = holder.get(buffer);
        if (held && held !== each && (lastUse.get(held) as number) >= i) expect.fail(`${held.label}, ${each.label}`);
        holder.set(buffer, each);
      }
    });
  });

  it('keeps a lite patch within 64 MiB', () => {
    const bytes = planMemory(lower(2 ** 27)).buffers.reduce((sum, size) => sum + size, 0);
    expect(bytes).toBeLessThan(64 * 2 ** 20);
  });

  it('parts what no binding would hold', () => {
    const limit = 8 * 2 ** 20;
    const bound = lower(limit).steps.flatMap(slotsOf);
    expect(Math.max(...bound.map(({ bytes }) => bytes))).toBeLessThanOrEqual(limit);
  });
});
