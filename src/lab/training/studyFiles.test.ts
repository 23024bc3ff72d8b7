import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keptOnDisk } from './studyFiles.ts';
import type { TrainingStudy } from './trainingStudy.ts';

const folder = await mkdtemp(join(tmpdir(), 'studies-'));
afterAll(() => rm(folder, { recursive: true }));

const study = (number: number): TrainingStudy => ({
  id: `made ${number}`,
  depth: 1,
  trueClass: 'cap',
  intensity: Float32Array.of(0, 0.5, 1, number / 10),
  lung: Uint8Array.of(0, 1, 1, 0),
  lesion: Uint8Array.of(0, 0, 1, 1),
});

it('makes each study once, and gives it back as it was made', async () => {
  const made: number[] = [];
  const make = (number: number) => {
    made.push(number);
    return Promise.resolve(study(number));
  };
  const kept = keptOnDisk(make, { folder, key: 'a', count: 2 });
  const [first, again] = [await kept(1), await kept(3)];
  expect(made).toEqual([1]);
  expect(again).toEqual(first);
  const { intensity, ...rest } = study(1);
  expect(first).toMatchObject(rest);
  first.intensity.forEach((value, i) => expect(Math.abs(value - intensity[i])).toBeLessThan(1 / 65535));
  await keptOnDisk(make, { folder, key: 'b', count: 2 })(1);
  expect(made).toEqual([1, 1]);
});
