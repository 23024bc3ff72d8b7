/** Files as no one writes them: flipped bytes, lengths that lie, files cut short, of odd files and of a made study. Each is
 *  read, or refused with a reason; nothing throws, no grid has a hole. FUZZ_RUNS sets how many are tried, FUZZ_SEED which. */
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { sharedPath } from '../../scripts/shared.ts';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { readingDirection, voxelCount, type Volume } from '../volume/grid.ts';
import { UnreadablePicture, type DecodeFrame } from './dicom/decodeFrame.ts';
import { nativeValues, pixelBytes } from './dicom/pixelBytes.ts';
import { openFiles } from './openFiles.ts';
import { readSeries } from './readSeries.ts';

const runs = { numRuns: Number(process.env.FUZZ_RUNS ?? 300), seed: Number(process.env.FUZZ_SEED ?? 1) };

// A long run is not a hung one.
vi.setConfig({ testTimeout: 600_000 });

type Bytes = Uint8Array<ArrayBuffer>;
type Change = (bytes: Bytes) => Bytes;

/** At a place within the part of the file that holds its header, most likely. */
const place = fc.integer({ min: 0, max: 3000 });
const changed = (bytes: Bytes, at: number, values: readonly number[]) => {
  const copy = bytes.slice();
  copy.set(values.slice(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
  return copy;
};
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 0, max: 255 })).map(
    ([at, value]) =>
      (bytes: Bytes) =>
        changed(bytes, at, [value]),
  ),
  fc.tuple(place, fc.constantFrom(...'0123456789-.\\NaE')).map(
    ([at, letter]) =>
      (bytes: Bytes) =>
        changed(bytes, at, [letter.charCodeAt(0)]),
  ),
  place.map((at) => (bytes: Bytes) => changed(bytes, at, [255, 255, 255, 255])),
  fc.double({ min: 0, max: 1, noNaN: true }).map((part) => (bytes: Bytes) => bytes.slice(0, part * bytes.length)),
  fc.tuple(place, fc.integer({ min: 1, max: 16 })).map(
    ([at, by]) =>
      (bytes: Bytes) =>
        bytes.slice().copyWithin(at, at + by),
  ),
);

/** Compressed pictures are Cornerstone's to decode, in a browser. */
const decode: DecodeFrame = async (file, frame) => {
  const stored = await pixelBytes(file, frame);
  if (stored.kind === 'encapsulated') throw new UnreadablePicture('Compressed.');
  return nativeValues(stored.bytes, frame.layout, stored.littleEndian);
};

async function readAll(files: readonly Bytes[]): Promise<void> {
  const opened = await openFiles(files.map((bytes, i) => ({ name: `${i}.dcm`, data: new Blob([bytes]) })));
  for (const series of opened.series) {
    const result = await readSeries(series, { decode });
    if (result.kind === 'refused') {
      expect(result.message).toMatch(/^[A-Z\d].*\.$/s);
      continue;
    }
    const { grid, hu } = result.volume;
    expect(hu.length).toBe(voxelCount(grid.shape));
    const numbers = [...grid.spacingMm, ...grid.originMm, ...grid.direction.flat()];
    expect(numbers.every(Number.isFinite), numbers.join()).toBe(true);
  }
}

test('odd files, changed', async (context) => {
  const folder = sharedPath('data/oddities');
  if (!folder) return context.skip('needs ../shared/data/oddities');
  const files = readdirSync(folder).map((name): Bytes => new Uint8Array(readFileSync(`${folder}/${name}`)));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files.keys()),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      (at, changes) => readAll([changes.reduce((bytes, apply) => apply(bytes), files[at])]),
    ),
    runs,
  );
});

test.each([
  ['classic', false],
  ['enhanced', true],
])('a made %s study, some of it changed', async (_, multiFrame) => {
  const grid = { shape: [16, 16, 16], spacingMm: [4, 1, 1], originMm: [0, 0, 0], direction: readingDirection } as const;
  const volume: Volume = { grid, hu: Int16Array.from({ length: 4096 }, (_, i) => (i % 1500) - 1024) };
  const written = writeDicomStudy(volume, { multiFrame });
  const files = await Promise.all(
    written.map(async ({ data }): Promise<Bytes> => new Uint8Array(await data.arrayBuffer())),
  );
  const some = fc.array(fc.tuple(fc.nat(files.length - 1), change), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(some, (changes) =>
      readAll(files.map((bytes, i) => changes.reduce((so, [which, apply]) => (which === i ? apply(so) : so), bytes))),
    ),
    { ...runs, numRuns: Math.ceil(runs.numRuns / 5) },
  );
});
