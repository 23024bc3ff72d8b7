import { describe, expect, it } from 'vitest';
import { plans } from '../../network/plans.ts';
import { cropIndices, evidenceIndices, pasteIndices } from './studyAlignment.ts';

// Tiny: G = 64, S = 16, patch 8 x 32 x 32; C-features 8 x 16 x 16.
const plan = plans.tiny;

describe('alignment in training', () => {
  it('crops the nearest feature slice, the lower of two', () => {
    const [z, y, x] = cropIndices(plan, 20, [8, 32, 0]);
    // Working slices 8, 10, 12, 14: 8 lies 1 from 7 and from 9; 10 from 9 and 11; 12 nearest 11; 14 is one.
    expect([...z]).toEqual([3, 4, 5, 6]);
    expect([...y.slice(0, 4), y[15]]).toEqual([8, 8, 9, 9, 15]);
    expect([...x.slice(0, 4)]).toEqual([0, 0, 1, 1]);
  });

  it('pastes only where the patch lies', () => {
    const { index, inside } = pasteIndices(plan, 20, [8, 32, 0], 2);
    // Of the feature slices 9, 11, 14 lie in working slices 8 to 15, at half the distance to 8.
    expect([...index[0]]).toEqual([0, 0, 0, 0, 0, 1, 3, 0]);
    expect([...index[1]]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 6, 8, 10, 12, 14]);
    expect([...index[2].slice(0, 9)]).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 0]);
    expect(inside.reduce((sum, value) => sum + value, 0)).toBe(3 * 8 * 8);
    expect(inside[(4 * 16 + 8) * 16]).toBe(1);
    expect(inside[(3 * 16 + 8) * 16]).toBe(0);
  });

  it('takes the lesion map at full resolution', () => {
    const { index } = pasteIndices(plan, 20, [8, 32, 0], 1);
    expect([...index[0]]).toEqual([0, 0, 0, 0, 1, 3, 6, 0]);
    expect([...index[1].slice(8, 11)]).toEqual([0, 4, 8]);
  });

  it('compares a head with the evidence at its place', () => {
    // Unit 1: voxel v at working pixel 8 v, slice a at feature slice 2 a; working slice z at feature slice 8 z / 19.
    const [z, y] = evidenceIndices(plan, 20, [8, 32, 0], 2, 1);
    expect([...z]).toEqual([2, 2, 3, 3]); // 8, 10, 12, 14 -> 3.37, 4.21, 5.05, 5.89 -> halves 1.68, 2.11, 2.53, 2.95
    expect([...y.slice(0, 7)]).toEqual([4, 4, 4, 5, 5, 5, 5]); // 32, 34, 36 (between: the lower), 38, …, 44 (between)
    expect(Math.max(...y)).toBe(7);
  });

  it('survives a study of one slice', () => {
    expect([...evidenceIndices(plan, 1, [0, 0, 0], 8, 3)[0]]).toEqual([0]);
    expect([...cropIndices(plan, 1, [0, 0, 0])[0]]).toEqual([0, 0, 0, 0]);
  });
});
