import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { openFiles } from '../openFiles.ts';
import type { DicomSeries } from '../series.ts';
import type { PixelLayout } from './frameHeader.ts';
import { pixelBytes } from './pixelBytes.ts';
import { needsToBeWhole } from './wholeStream.ts';

const layout = (transferSyntax: string, part: Partial<PixelLayout> = {}): PixelLayout => ({
  transferSyntax,
  rows: 2,
  columns: 4,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: 16,
  bitsStored: 16,
  pixelRepresentation: 0,
  numberOfFrames: 1,
  ...part,
});
const complaintOf = (bytes: readonly number[], of: PixelLayout) => {
  try {
    needsToBeWhole(Uint8Array.from(bytes), of);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};
const isWhole = (bytes: readonly number[], of: PixelLayout) => complaintOf(bytes, of) === '';

test('JPEG and its kin end with their mark, padded or not', () => {
  for (const syntax of ['50', '51', '57', '70', '80', '81', '90', '91', '201']) {
    const jpeg = layout(`1.2.840.10008.1.2.4.${syntax}`);
    const ends = (...bytes: number[]) => !/cut off/.test(complaintOf(bytes, jpeg));
    expect(ends(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9)).toBe(true);
    expect(ends(0xff, 0xd8, 1, 2, 3, 0xff, 0xd9, 0, 0, 0)).toBe(true);
    expect(ends(0xff, 0xd8, 1, 2, 3, 0xff)).toBe(false);
    expect(ends(0xff, 0xd8, 1, 2, 0xd9)).toBe(false);
  }
});

test('RLE holds a run for every pixel, in as many segments as a pixel has bytes', () => {
  const rle = layout('1.2.840.10008.1.2.5');
  const header = (...starts: number[]) => [
    ...[starts.length, ...starts].flatMap((n) => [n & 255, n >> 8, 0, 0]),
    ...new Array<number>(4 * (15 - starts.length)).fill(0),
  ];
  // Eight times 7; then 1, 2, 3 and five times 4.
  const high = [249, 7];
  const low = [2, 1, 2, 3, 252, 4];
  const whole = [...header(64, 66), ...high, ...low];
  expect(isWhole(whole, rle)).toBe(true);
  expect(isWhole([...whole, 0], rle)).toBe(true);
  for (let length = 0; length < whole.length; length++) expect(isWhole(whole.slice(0, length), rle)).toBe(false);
  expect(isWhole([...header(64), ...high], rle)).toBe(false);
  expect(isWhole([...header(64, 9999), ...high, ...low], rle)).toBe(false);
  expect(isWhole([...header(66, 64), ...high, ...low], rle)).toBe(false);
  expect(isWhole(whole, layout('1.2.840.10008.1.2.5', { columns: 5 }))).toBe(false);
  // Runs that go on behind the last pixel, and a place that the decoder would take for an end.
  expect(isWhole([...header(64, 66), 248, 7, ...low], rle)).toBe(false);
  expect(isWhole([...whole, 1, 5, 5], rle)).toBe(false);
  expect(isWhole([2, 0, 0, 0, ...whole.slice(4, 60), 80, 0, 0, 0, ...whole.slice(64)], rle)).toBe(false);
});

test('every real picture has its end, and misses it when cut short (skipped without ../shared)', async (context) => {
  const folder = sharedPath('data/oddities');
  const studies = sharedPath('data/studies');
  if (!folder || !studies) return context.skip('needs ../shared/data');
  const firstOf = readdirSync(studies, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `${studies}/${name}/${readdirSync(`${studies}/${name}`)[0]}`);
  const paths = [...readdirSync(folder).map((name) => `${folder}/${name}`), ...firstOf];
  let compressed = 0;
  for (const path of paths) {
    const data = new Blob([readFileSync(path)]);
    for (const series of (await openFiles([{ name: path, data }])).series as DicomSeries[]) {
      for (const frame of series.frames) {
        const stored = await pixelBytes(series.files[frame.file].data, frame).catch((error: Error) => error.message);
        expect(stored, path).not.toBe('The compressed picture is cut off.');
        if (typeof stored === 'string' || stored.kind !== 'encapsulated') continue;
        compressed++;
        expect(() => needsToBeWhole(stored.bytes.subarray(0, stored.bytes.length / 2), frame.layout), path).toThrow(
          'cut off',
        );
      }
    }
  }
  expect(compressed).toBeGreaterThan(15);
});
