import { expect, test } from 'vitest';
import type { ViewerState } from '../viewer/contract.ts';
import { shownInstances } from './keyImages.ts';

const sliceInstances = [0, 5, 10, 15].map((zMm) => ({ sopInstanceUid: `at ${zMm}`, zMm }));
const view = (part: Partial<ViewerState> = {}) =>
  ({
    activePane: 'axial',
    slices: { axial: { positionMm: 5.4 } },
    slab: { mode: 'off', thicknessMm: 15 },
    ...part,
  }) as ViewerState;

test('a key image names the slice on screen, or those within its slab', () => {
  expect(shownInstances({ sliceInstances }, view())).toEqual(['at 5']);
  const slab = (thicknessMm: number) => view({ slab: { mode: 'maximum', thicknessMm } });
  expect(shownInstances({ sliceInstances }, slab(11))).toEqual(['at 0', 'at 5', 'at 10']);
  expect(shownInstances({ sliceInstances }, slab(0.5))).toEqual(['at 5']);
});

test('a plane across the slices names none', () => {
  expect(shownInstances({ sliceInstances }, view({ activePane: 'coronal' }))).toEqual([]);
  expect(shownInstances({ sliceInstances: [] }, view())).toEqual([]);
});
