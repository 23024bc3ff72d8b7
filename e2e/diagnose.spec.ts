/** `npm run diagnose`: the same page, without its page. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { sharedPath } from '../scripts/shared.ts';
import { readNifti, type NiftiImage } from '../src/formats/nifti.ts';

test.describe.configure({ timeout: 300_000 });

const folders: string[] = [];
test.afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'diagnose-'));
  folders.push(folder);
  return folder;
};

/** Runs the command on one input; what it wrote can be read back. */
function diagnose(input: string, ...more: string[]) {
  const out = newFolder();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/tsx/dist/cli.mjs', 'scripts/diagnose.ts', input, '--out', out, ...more],
    { encoding: 'utf8' },
  );
  const read = (name: string) => readFileSync(join(out, name));
  return { status, stdout, stderr, read, json: () => JSON.parse(read('result.json').toString()) };
}

const image = async (bytes: Uint8Array): Promise<NiftiImage> => {
  const read = await readNifti(bytes);
  if (read.kind === 'refused') throw new Error(read.message);
  return read;
};
function ml({ grid, values }: NiftiImage, label: number): number {
  let voxels = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === label) voxels++;
  return (voxels * grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2]) / 1000;
}

test('input that cannot be used ends with status 2 and the reason', () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'letter.txt'), 'Dear colleague');
  writeFileSync(join(folder, 'slice.dcm'), 'Dear colleague');
  const result = diagnose(folder);
  expect(result.status).toBe(2);
  expect(result.stderr).toMatch(/no chest CT.*\n.*slice\.dcm: This file is called DICOM and is none/);
  expect(diagnose(join(folder, 'nowhere')).stderr).toMatch(/is not there/);
  expect(diagnose(folder, '--engine', 'steam').stderr).toMatch(/webgpu or wasm/);
});

const study = sharedPath('data/studies/boost_breast_healthy');
test('a real study on WebGPU: masks on its own grid, numbers that agree with them, no patient', async () => {
  test.skip(!study, 'the reference data are not beside the checkout');
  const result = diagnose(study!, '--engine', 'webgpu', '--model', 'tiny-untrained', '--show-untrained');
  expect(result.stderr).toBe('');
  expect(result.status).toBe(0);
  const json = result.json();
  expect(json.engine).toMatchObject({ kind: 'webgpu', reason: 'chosen by the reader' });
  expect(json.geometry.sizeVoxels).toEqual([512, 512, 98]);
  expect(json.scores.covid19 + json.scores.cap + json.scores.nonPneumonia).toBeCloseTo(1, 5);
  expect(json.warnings.join()).toMatch(/says nothing about the patient/);
  expect(JSON.stringify(json)).not.toMatch(/boost/i);

  const [lungs, lesions] = [await image(result.read('lungs.nii.gz')), await image(result.read('lesions.nii.gz'))];
  expect(lungs.grid.shape).toEqual([98, 512, 512]);
  expect(ml(lungs, 1)).toBeCloseTo(json.lungs.rightMl, 0);
  expect(ml(lungs, 2)).toBeCloseTo(json.lungs.leftMl, 0);
  expect(ml(lesions, 1)).toBeCloseTo(json.lesionMl, 0);
  expect(lesions.values.every((value, i) => value === 0 || lungs.values[i] !== 0)).toBe(true);
});

const nifti = sharedPath('data/lung_masks/volumes/imlab_id001_ct.nii.gz');
test('a NIfTI file and an untrained model: lungs, no lesions, no scores, and why', async () => {
  test.skip(!nifti, 'the reference data are not beside the checkout');
  const result = diagnose(nifti!, '--model', 'tiny-untrained');
  expect(result.status).toBe(0);
  const json = result.json();
  expect([json.scores, json.lesions, json.lesionMl, json.engine]).toEqual([null, [], null, null]);
  expect(json.warnings.join()).toMatch(/not trained/);
  expect(json.lungs.rightMl).toBeGreaterThan(2000);
  const mask = await image(result.read('lesions.nii.gz'));
  expect(mask.values.some((value) => value !== 0)).toBe(false);
  const source = await image(readFileSync(nifti!));
  expect([mask.grid, mask.exportOrder]).toEqual([source.grid, source.exportOrder]);
});
