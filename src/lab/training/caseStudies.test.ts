import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { plans } from '../../network/plans.ts';
import type { CohortCase } from '../cohort.ts';
import { caseStudies, openWithLungs } from './caseStudies.ts';

const dataFolder = sharedPath('data');
const host: CohortCase = {
  id: 'host',
  ct: 'training/nbia_9328_0117.nii.gz',
  lungs: 'unknown',
  lesions: 'none',
  trueClass: 'nonPneumonia',
  slices: null,
};
const name = (part: string) => `lesion_volumes/rad36_${part}.nii.gz`;
const annotated: CohortCase = {
  ...{ ...host, id: 'rad36', trueClass: 'covid19', ct: name('ct') },
  ...{ lungs: { file: name('lung') }, lesions: { file: name('lesion') } },
};
const share = (mask: Uint8Array) => mask.reduce((sum, value) => sum + value, 0) / mask.length;

describe.skipIf(dataFolder === null)('studies of a real host (../shared/data/training)', () => {
  const source = (simulatedShare: number) =>
    caseStudies(plans.tiny, {
      cohort: [host],
      dataFolder: dataFolder ?? '',
      annotatedShare: 0,
      simulatedShare,
      distractorShare: 0,
    });

  it('are the same for the same number, and vary with it', async () => {
    const study = source(1);
    const [first, again, other] = [await study(1), await source(1)(1), await study(2)];
    expect(again).toEqual(first);
    expect(other.intensity).not.toEqual(first.intensity);
  });

  it('hold simulated disease within the lungs, of the class that is said', async () => {
    const { lung, lesion, intensity, trueClass, depth } = await source(1)(1);
    expect(['covid19', 'cap']).toContain(trueClass);
    expect(lung).toHaveLength(depth * 64 * 64);
    const mean = (inside: (i: number) => boolean) => {
      const values = intensity.filter((_, i) => lung[i] === 1 && inside(i));
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    };
    expect(share(lesion)).toBeGreaterThan(0);
    expect(mean((i) => lesion[i] === 1)).toBeGreaterThan(mean((i) => lesion[i] === 0));
    expect(intensity.every((value, i) => lung[i] === 1 || value === 0)).toBe(true);
  });

  it('teach no class where all annotated cases are of one: their source would give it away', async () => {
    const settings = { dataFolder: dataFolder ?? '', annotatedShare: 1, simulatedShare: 0, distractorShare: 0 };
    const { lesion, trueClass } = await caseStudies(plans.tiny, { ...settings, cohort: [annotated] })(1);
    expect(share(lesion)).toBeGreaterThan(0);
    expect(trueClass).toBeNull();
    const added = await caseStudies(plans.tiny, { ...settings, addedShare: 1, cohort: [annotated] })(1);
    expect(share(added.lesion)).toBeGreaterThan(share(lesion));
    expect(added.trueClass).toBeNull();
  });

  it('come from drawn lungs that know right from left, as found ones do', async () => {
    const { variants } = await openWithLungs(annotated, dataFolder ?? '');
    const [drawn, found] = variants.map(({ lungs }) => lungs.labels);
    const inBoth = Array.from(drawn.keys()).filter((i) => drawn[i] !== 0 && found[i] !== 0);
    const agreeing = inBoth.filter((i) => drawn[i] === found[i]).length / inBoth.length;
    expect(agreeing).toBeGreaterThan(0.99);
  });

  it('are others where the seed is another', async () => {
    const settings = { dataFolder: dataFolder ?? '', annotatedShare: 0, simulatedShare: 1, distractorShare: 0 };
    const seeded = caseStudies(plans.tiny, { ...settings, cohort: [host], seed: 1 });
    expect((await seeded(1)).intensity).not.toEqual((await source(1)(1)).intensity);
  });

  it('are left as they are where no disease is asked for', async () => {
    const { lesion, trueClass } = await source(0)(1);
    expect([share(lesion), trueClass]).toEqual([0, 'nonPneumonia']);
  });
});
