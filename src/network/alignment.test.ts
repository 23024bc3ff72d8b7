import { describe, expect, it } from 'vitest';
import { cropIndices, featureSlices, pasteIndices, patchPaste, sampledSlice } from './alignment.ts';
import { plans } from './plans.ts';

// Tiny: G = 64, S = 16, patch 8 x 32 x 32; C-features 8 x 16 x 16.
const plan = plans.tiny;

describe('sampled slices', () => {
  it('are floor(i (D - 1) / S)', () => {
    expect(featureSlices(20, plan)).toEqual([0, 2, 4, 7, 9, 11, 14, 16]);
    expect(featureSlices(17, plan)).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  it('repeat where the study has fewer slices', () => {
    expect(featureSlices(5, plan)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(featureSlices(1, plan)).toEqual(Array(8).fill(0));
  });

  it('are whole numbers at every depth, where floating point goes wrong', () => {
    // 36 x 208 / 48 is 156; 36 * (208 / 48) is 155.99999999999997.
    expect(sampledSlice(36, 209, plans.lite)).toBe(156);
    for (let depth = 1; depth < 700; depth++)
      for (let i = 0; i < 48; i++) {
        const exact = Number((BigInt(i) * BigInt(depth - 1)) / 48n);
        if (sampledSlice(i, depth, plans.full) !== exact) expect.fail(`slice ${i} of ${depth}`);
      }
  });
});

describe('crop', () => {
  it('takes the nearest feature slice, of two the lower', () => {
    const { z, y, x } = cropIndices(plan, 20, [8, 32, 0]);
    // Working slices 8, 10, 12, 14: 8 lies 1 from 7 and from 9; 10 from 9 and from 11; 12 next to 11; 14 is one.
    expect([...z]).toEqual([3, 4, 5, 6]);
    expect([...y]).toEqual([8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15]);
    expect([...x].slice(0, 5)).toEqual([0, 0, 1, 1, 2]);
  });

  it('takes the first of slices that repeat', () => {
    expect([...cropIndices(plan, 5, [0, 0, 0]).z]).toEqual([0, 4, 6, 6]);
  });

  it('takes the last slice past the end of the study', () => {
    expect([...cropIndices(plan, 17, [16, 0, 0]).z]).toEqual([7, 7, 7, 7]);
  });
});

describe('paste', () => {
  it('gives the slices that lie in the patch, at half the distance to its origin', () => {
    const paste = patchPaste(plan, 20, [8, 32, 0]);
    expect(paste.slices).toEqual([4, 5, 6]); // working slices 9, 11, 14
    expect([...paste.voxels.z]).toEqual([1, 3, 6]);
    expect(paste.rows).toEqual({ first: 8, count: 8 });
    expect(paste.columns).toEqual({ first: 0, count: 8 });
    expect([...paste.voxels.y]).toEqual([0, 4, 8, 12, 16, 20, 24, 28]);
    const stem = pasteIndices(paste, 5);
    expect([...stem.z]).toEqual([0, 1, 3, 0, 0]);
    expect([...stem.x]).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
  });

  it('gives every slice when all lie in one patch', () => {
    const paste = patchPaste(plan, 5, [0, 0, 0]);
    expect(paste.slices).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect([...pasteIndices(paste, 8).z]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });

  it('may give nothing', () => {
    // 200 slices: 0, 24, 49, 74, … Patches of 8: slices 8 to 15 hold none.
    expect(patchPaste(plan, 200, [8, 0, 0]).slices).toEqual([]);
  });

  it('covers every position exactly once over all patches', () => {
    for (const depth of [1, 5, 16, 17, 49, 130]) {
      const times = new Map<string, number>();
      for (let z = 0; z < depth; z += 8)
        for (const y of [0, 32])
          for (const x of [0, 32]) {
            const { slices, rows, columns } = patchPaste(plan, depth, [z, y, x]);
            for (const k of slices)
              for (let v = 0; v < rows.count; v++)
                for (let u = 0; u < columns.count; u++) {
                  const key = `${k} ${rows.first + v} ${columns.first + u}`;
                  times.set(key, (times.get(key) ?? 0) + 1);
                }
          }
      expect(times.size).toBe(8 * 16 * 16);
      expect(Math.max(...times.values())).toBe(1);
    }
  });

  it('says when the graph takes too few slices', () => {
    expect(() => pasteIndices(patchPaste(plan, 20, [8, 0, 0]), 2)).toThrow('pastes 3 slices, its graph takes 2');
  });
});
