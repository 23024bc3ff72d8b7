import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { openCase, parseCohort } from './cohort.ts';

describe('parseCohort', () => {
  it('reads columns in any order; empty cells are unknown', () => {
    const csv = 'class,id,ct,lesions,lungs\r\ncap,a,a.nii.gz,a_mask.nii.gz,\n\n# set aside\n,b,b.nii.gz,none,l.nii\n';
    expect(parseCohort(csv)).toEqual([
      { id: 'a', ct: 'a.nii.gz', lungs: 'unknown', lesions: { file: 'a_mask.nii.gz' }, trueClass: 'cap', slices: null },
      { id: 'b', ct: 'b.nii.gz', lungs: { file: 'l.nii' }, lesions: 'none', trueClass: null, slices: null },
    ]);
  });

  it.each([
    ['id,ct,lungs\na,b,c', 'no column lesions, class'],
    ['id,ct,lungs,lesions,class\na,,,,', 'names no study'],
    ['id,ct,lungs,lesions,class\na,b,,,flu', 'class flu'],
  ])('says what is wrong: %j', (csv, message) => {
    expect(() => parseCohort(csv)).toThrow(message);
  });
});

describe('openCase', () => {
  let folder = '';
  const grid = {
    shape: [20, 16, 18],
    spacingMm: [4, 1, 1],
    originMm: [-9, -8, -40],
    direction: readingDirection,
  } as const;
  const volume: Volume = { grid, hu: Int16Array.from({ length: 20 * 16 * 18 }, (_, i) => (i % 1500) - 1024) };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cohort-'));
    for (const { name, data } of writeDicomStudy(volume)) {
      await writeFile(join(folder, name), new Uint8Array(await data.arrayBuffer()));
    }
    await writeFile(join(folder, 'labels.csv'), 'case,slice_location,infection\na,-40,0\na,-36,1\nb,-32,1\n');
  });
  afterAll(() => rm(folder, { recursive: true }));
  const open = (slices: string) =>
    openCase(parseCohort(`id,ct,lungs,lesions,class,slices\na,.,,,cap,${slices}`)[0], folder);

  it('reads a folder of DICOM files, and what was said slice by slice', async () => {
    const study = await open('labels.csv#a');
    expect(study.volume).toEqual(volume);
    expect(study.sliceLabels).toEqual([
      { zMm: -40, isInfected: false },
      { zMm: -36, isInfected: true },
    ]);
  });

  it('says so where the table does not know the case', async () => {
    await expect(open('labels.csv#c')).rejects.toThrow('labels.csv says nothing of c');
  });
});
