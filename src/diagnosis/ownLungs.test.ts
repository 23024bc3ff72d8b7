import { expect, test } from 'vitest';
import { writeNifti, readNifti, type NiftiImage } from '../formats/nifti.ts';
import { madeGrid, madeLesions, madeLungs, madeVolume } from './exports/madeStudy.ts';
import { lungsOfNifti, partSides } from './ownLungs.ts';

async function stored(values: Uint8Array | Int16Array | Float32Array, grid = madeGrid): Promise<NiftiImage> {
  const image = await readNifti(writeNifti(grid, values, 'a mask'));
  if (image.kind === 'refused') throw new Error(image.message);
  return image;
}
const taken = async (values: Uint8Array | Int16Array | Float32Array, saidToBeLungs = true, grid = madeGrid) =>
  lungsOfNifti(await stored(values, grid), madeVolume, saidToBeLungs);
const relabelled = (of: (label: number, i: number) => number) => madeLungs.labels.map(of);

test.each([
  ['right 1, left 2', (label: number) => label],
  ['right 2, left 1', (label: number) => (label === 0 ? 0 : 3 - label)],
  ['both 1', (label: number) => Math.min(label, 1)],
  ['five lobes', (label: number, i: number) => (label === 0 ? 0 : 10 * label + (Math.floor(i / 41 / 33) < 9 ? 0 : 1))],
  ['lungs and a lesion label over both', (label: number, i: number) => (madeLesions.labels[i] ? 3 : label)],
])('%s: right and left are told apart by place', async (_, of) => {
  expect(await taken(relabelled(of))).toEqual({ kind: 'lungs', lungs: madeLungs });
});

/** One row of voxels. */
const sidesIn = (row: string) => {
  const grid = { ...madeGrid, shape: [1, 1, row.length] as const };
  return [...partSides({ grid, labels: Uint8Array.from(row, Number) }).labels].join('');
};

test('a part over both sides is cut in the middle, with a lesion of its own label or without', () => {
  expect(sidesIn('011110')).toBe('011220');
  expect(sidesIn('02111111111111111110')).toBe('01111111112222222220');
});

test.each([
  ['a larger right lung, labelled', '0111111111111022220', '0111111111111022220'],
  ['the same, touching', '0111111111111222200', '0111111111111222200'],
  ['the same, not labelled', '0111111111111011110', '0111111111111022220'],
  ['a larger left lung, the labels the other way round', '0222201111111111110', '0111102222222222220'],
  ['a right lung alone', '01111111100000000000', '01111111100000000000'],
  ['a left lung alone, of two lobes', '00000000000111222110', '00000000000222222220'],
])('%s: no lung is cut', (_, row, sides) => {
  expect(sidesIn(row)).toBe(sides);
});

test('the values may be stored in any number of bits', async () => {
  expect(await taken(Float32Array.from(madeLungs.labels))).toEqual({ kind: 'lungs', lungs: madeLungs });
});

test('other images, nothing, or what does not look like lungs is refused in words', async () => {
  const moved = { ...madeGrid, originMm: [-38, -16.5, 202] as const };
  expect(await taken(madeLungs.labels, true, moved)).toMatchObject({ message: expect.stringContaining('2.0 mm') });
  const smaller = { ...madeGrid, shape: [19, 33, 41] as const };
  const cut = madeLungs.labels.slice(0, 19 * 33 * 41);
  expect(await taken(cut, true, smaller)).toMatchObject({ message: expect.stringContaining('41 x 33 x 19') });
  expect(await taken(new Uint8Array(madeLungs.labels.length))).toMatchObject({ message: 'The mask is empty.' });
  expect(await taken(madeLesions.labels, false)).toMatchObject({ message: expect.stringContaining('(2 ml') });
  expect(await taken(madeLesions.labels, true)).toMatchObject({ kind: 'lungs' });
});

test('CT numbers are no mask', async () => {
  expect(await taken(madeVolume.hu)).toEqual({ kind: 'no-mask' });
});
