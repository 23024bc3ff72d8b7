/** Real lungs against reference masks; skipped where ../shared is absent. Prints what docs/lungs.md quotes. */
import { openAsBlob } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../../scripts/shared.ts';
import { readNifti, volumeOfNifti, type NiftiImage } from '../formats/nifti.ts';
import { segmentLungs } from './segmentLungs.ts';

const sound = ['cip64', 'imlab_id001', 'imlab_id002', 'imlab_id003', 'imlab_id004'];
const diseased = ['rad04', 'rad10thick', 'rad36', 'rad40'];
const folder = sharedPath('data/lung_masks/volumes') === null ? null : sharedPath('data/lesion_volumes');
if (folder === null) console.warn('segmentLungs: ../shared/data is absent, real lungs are not looked at');

async function read(relative: string): Promise<NiftiImage> {
  const image = await readNifti(await openAsBlob(sharedPath(relative)!));
  if (image.kind === 'refused') throw new Error(image.message);
  return image;
}

interface Measured {
  readonly dice: number;
  /** Share of the reference's right and left that got the other label; 0 where it has no sides. */
  readonly swapped: number;
  /** Share of the marked lesion outside the lungs found. */
  readonly lesionOutside: number;
}

async function measure(ctPath: string, lungPath: string, lesionPath?: string): Promise<Measured> {
  const volume = volumeOfNifti(await read(ctPath));
  const lung = (await read(lungPath)).values;
  const lesion = lesionPath === undefined ? null : (await read(lesionPath)).values;
  const result = segmentLungs(volume);
  if (result.kind === 'none') throw new Error(`${ctPath}: ${result.message}`);
  const { labels } = result.lungs;
  const hasSides = lung.includes(2);
  let [own, reference, both, swapped, marked, outside] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] !== 0) own++;
    if (lung[i] !== 0) reference++;
    if (labels[i] !== 0 && lung[i] !== 0) both++;
    if (hasSides && labels[i] !== 0 && lung[i] !== 0 && labels[i] !== lung[i]) swapped++;
    if (lesion !== null && lesion[i] !== 0) {
      marked++;
      if (labels[i] === 0) outside++;
    }
  }
  const measured = {
    dice: (2 * both) / (own + reference),
    swapped: swapped / reference,
    lesionOutside: marked === 0 ? 0 : outside / marked,
  };
  const percent = (100 * measured.lesionOutside).toFixed(2);
  console.log(`${ctPath.split('/').at(-1)}: Dice ${measured.dice.toFixed(4)}, lesion outside ${percent} %`);
  return measured;
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;

describe.skipIf(folder === null)('real lungs', () => {
  test('sound lungs: Dice 0.95 on average, none below 0.90, right and left in their places', async () => {
    const measured: Measured[] = [];
    for (const name of sound) {
      const lung = name === 'cip64' ? 'lung_rl' : 'lung';
      measured.push(
        await measure(`data/lung_masks/volumes/${name}_ct.nii.gz`, `data/lung_masks/volumes/${name}_${lung}.nii.gz`),
      );
    }
    const dices = measured.map(({ dice }) => dice);
    expect(mean(dices)).toBeGreaterThanOrEqual(0.95);
    expect(Math.min(...dices)).toBeGreaterThanOrEqual(0.9);
    expect(Math.max(...measured.map(({ swapped }) => swapped))).toBeLessThan(0.001);
  }, 120_000);

  test('diseased lungs: Dice 0.96 on average, the marked lesion inside', async () => {
    const measured: Measured[] = [];
    for (const name of diseased) {
      const path = `data/lesion_volumes/${name}`;
      measured.push(await measure(`${path}_ct.nii.gz`, `${path}_lung.nii.gz`, `${path}_lesion.nii.gz`));
    }
    expect(mean(measured.map(({ dice }) => dice))).toBeGreaterThanOrEqual(0.96);
    measured.forEach(({ lesionOutside }, i) => {
      expect(lesionOutside, diseased[i]).toBeLessThanOrEqual(diseased[i] === 'rad10thick' ? 0.15 : 0.02);
    });
  }, 120_000);
});
