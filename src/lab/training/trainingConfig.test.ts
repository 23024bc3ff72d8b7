import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readCohort } from '../cohort.ts';
import { plans } from '../../network/plans.ts';
import { planOf, studiesAt, trainingConfigSchema, type TrainingConfig } from './trainingConfig.ts';

const folder = new URL('configs/', import.meta.url);

describe.each(await readdir(folder))('the configuration %s', async (file) => {
  const config = trainingConfigSchema.parse(JSON.parse(await readFile(new URL(file, folder), 'utf8')));

  it('goes by the name of its file', () => expect(`${config.name}.json`).toBe(file));

  it('names a cohort that is there, with what it draws from', async () => {
    const { cohort, source, annotatedShare } = config.studies;
    if (source !== 'cohort') return expect(cohort).toBeUndefined();
    const rows = await readCohort(cohort ?? '');
    expect(rows.some(({ lesions }) => lesions === 'none')).toBe(true);
    if (annotatedShare > 0) expect(rows.some(({ lesions }) => typeof lesions === 'object')).toBe(true);
  });

  it('trains on nobody that is kept for validation', async () => {
    const ids = async (name: string) => (await readCohort(name)).map(({ id }) => id);
    const kept = new Set(await ids('validation'));
    if (config.studies.cohort) expect((await ids(config.studies.cohort)).filter((id) => kept.has(id))).toEqual([]);
    else expect(config.studies.source).toBe('toy');
  });
});

it('changes of a plan what the configuration says', () => {
  const asked = { plan: 'lite', width: 16, patch: [8, 64, 64] } as unknown as TrainingConfig;
  expect(planOf(asked)).toEqual({ ...plans.lite, width: 16, patch: [8, 64, 64] });
  expect(planOf({ plan: 'lite' } as TrainingConfig)).toEqual(plans.lite);
});

describe('studiesAt', () => {
  const studies = { source: 'toy', annotatedShare: 0, simulatedShare: 0, distractorShare: 0 } as const;
  const at = (steps: readonly number[], growEvery?: number) =>
    steps.map((step) => {
      const { first, count } = studiesAt(step, { ...studies, atATime: 3, stepsPerStudy: 4, growEvery });
      return Array.from({ length: count }, (_, i) => first + i).join(' ');
    });

  it('lets the oldest make room', () => {
    expect(at([1, 3, 4, 8])).toEqual(['0 1 2', '0 1 2', '1 2 3', '2 3 4']);
  });

  it('begins with one study, keeps it while more come, and then goes on in the same way', () => {
    expect(at([1, 5, 6, 10, 11, 13, 14, 18], 5)).toEqual(['0', '0', '0 1', '0 1', '0 1 2', '0 1 2', '1 2 3', '2 3 4']);
  });
});
