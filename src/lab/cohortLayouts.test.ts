import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLayout } from './cohortLayouts.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'layout-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function holds(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), '');
  }
}
const read = async (name: string) =>
  (await readLayout(name, folder)).map(({ id, ct, lungs, lesions, trueClass }) => {
    const words = [lungs, lesions].map((mask) => (typeof mask === 'object' ? mask.file : mask));
    return [id, ct, ...words, trueClass].join(' | ');
  });

it('MosMedData: grade 0 has no lesions, a mask belongs to the study of its number', async () => {
  await holds('studies/CT-0/study_0001.nii.gz', 'studies/CT-1/study_0255.nii.gz', 'studies/CT-4/study_1109.nii.gz');
  await holds('masks/study_0255_mask.nii.gz', 'README_EN.pdf');
  expect(await read('mosmed')).toEqual([
    'study_0001 | studies/CT-0/study_0001.nii.gz | unknown | none | nonPneumonia',
    'study_0255 | studies/CT-1/study_0255.nii.gz | unknown | masks/study_0255_mask.nii.gz | covid19',
    'study_1109 | studies/CT-4/study_1109.nii.gz | unknown | unknown | covid19',
  ]);
});

it('Zenodo 3757476: masks are found by their numbers, pictures keep their window', async () => {
  await holds('COVID-19-CT-Seg_20cases/coronacases_org_001.nii', 'Lung_Mask/coronacases_001.nii.gz');
  await holds('Infection_Mask/coronacases_001.nii.gz', 'Lung_and_Infection_Mask/coronacases_001.nii.gz');
  await holds('COVID-19-CT-Seg_20cases/radiopaedia_org_covid-19-pneumonia-10_85902_1-dcm.nii');
  await holds('Lung_Mask/radiopaedia_10_85902_1.nii.gz', 'Infection_Mask/radiopaedia_10_85902_1.nii.gz');
  const rows = await read('zenodo-20');
  expect(rows).toEqual([
    'coronacases_001 | COVID-19-CT-Seg_20cases/coronacases_org_001.nii | Lung_Mask/coronacases_001.nii.gz | Infection_Mask/coronacases_001.nii.gz | covid19',
    'radiopaedia_10_85902_1 | COVID-19-CT-Seg_20cases/radiopaedia_org_covid-19-pneumonia-10_85902_1-dcm.nii | Lung_Mask/radiopaedia_10_85902_1.nii.gz | Infection_Mask/radiopaedia_10_85902_1.nii.gz | covid19',
  ]);
  const windows = (await readLayout('zenodo-20', folder)).map(({ greyWindowHu }) => greyWindowHu);
  expect(windows).toEqual([undefined, [-1250, 250]]);
});

it('COVID-CT-MD: a folder a patient, by class', async () => {
  await holds('COVID-19 Cases/P001/IM0001.dcm', 'Cap Cases/cap001/IM0001.dcm', 'Normal subjects/normal001/IM0001.dcm');
  await holds('Index.csv', 'COVID-19 Cases/.DS_Store');
  expect(await read('covid-ct-md')).toEqual([
    'P001 | COVID-19 Cases/P001 | unknown | unknown | covid19',
    'cap001 | Cap Cases/cap001 | unknown | unknown | cap',
    'normal001 | Normal subjects/normal001 | unknown | none | nonPneumonia',
  ]);
});

it('says so where the folder holds something else, or nobody knows the layout', async () => {
  await holds('a.nii.gz');
  await expect(readLayout('mosmed', folder)).rejects.toThrow('holds no case laid out as MosMedData');
  await expect(readLayout('lidc', folder)).rejects.toThrow('mosmed, zenodo-20, covid-ct-md');
});
