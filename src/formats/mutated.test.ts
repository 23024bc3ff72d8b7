/** Files as no one writes them: flipped bytes, lengths that lie, files cut short, parts that changed places. Every reader
 *  reads each of them, or refuses it with a reason; nothing throws, hangs, has a hole in its grid, or takes memory on a
 *  header's word. FUZZ_RUNS sets how many are tried with each reader, FUZZ_SEED which; docs/reliability.md says what came
 *  of it. Seeds are small files of our own writers, and odd real ones where ../shared is there. */
import fc from 'fast-check';
import { gunzipSync, gzipSync, zipSync } from 'fflate';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { sharedPath } from '../../scripts/shared.ts';
import { defaultPreferences, parsePreferences } from '../app/preferences.ts';
import { madeDiagnosis, madeGrid, madeStudy, madeVolume } from '../diagnosis/exports/madeStudy.ts';
import { report } from '../diagnosis/exports/report.ts';
import { segmentation } from '../diagnosis/exports/segmentation.ts';
import { loadManifest, loadModelIndex } from '../network/model.ts';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { readingDirection, voxelCount, type Grid, type Volume } from '../volume/grid.ts';
import { readCheckpoint } from './checkpoint/readCheckpoint.ts';
import { floats, legacyFile, zipFile } from './checkpoint/torchSave.ts';
import { costOf, damage, damaged, type Bytes } from './damage.ts';
import { UnreadablePicture } from './dicom/decodeFrame.ts';
// Compressed pictures are Cornerstone's to decode, in a browser: e2e/reading.spec.ts.
import { decodeNative as decode } from './dicom/decodeNative.ts';
import { readSeg, segOnGrid } from './dicom/readSeg.ts';
import { readSr } from './dicom/readSr.ts';
import { writeNifti } from './nifti.ts';
import { openFiles } from './openFiles.ts';
import { readSeries } from './readSeries.ts';
import { readWeights, writeWeights } from './weights.ts';

const numRuns = Number(process.env.FUZZ_RUNS ?? 100);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const isLong = process.env.FUZZ_RUNS !== undefined;
const most = { cpuSeconds: 5, largestBytes: 2 ** 26 };

// A long run is not a hung one.
vi.setConfig({ testTimeout: 3_600_000 });

/** In words, whatever reader it is. */
const isReason = (message: string) => expect(message).toMatch(/^[\p{L}\d][\s\S]*\.$/u);

function isWhole({ grid, hu }: Volume): void {
  expect(hu.length).toBe(voxelCount(grid.shape));
  const numbers = [...grid.spacingMm, ...grid.originMm, ...grid.direction.flat()];
  expect(numbers.every(Number.isFinite), numbers.join()).toBe(true);
}

/** @returns whether anything of it could be read */
async function readAll(files: readonly Bytes[], name = 'file'): Promise<boolean> {
  const opened = await openFiles(files.map((bytes, i) => ({ name: `${i} ${name}`, data: new Blob([bytes]) })));
  opened.problems.forEach(({ message }) => isReason(message));
  let isRead = false;
  for (const series of opened.series) {
    const result = await readSeries(series, { decode });
    if (result.kind === 'refused') isReason(result.message);
    else isWhole(result.volume);
    isRead ||= result.kind === 'read';
  }
  return isRead;
}

/** Each picture by itself, whatever its series is good for. */
async function readPictures(bytes: Bytes): Promise<boolean> {
  let isRead = false;
  for (const series of (await openFiles([{ name: 'file', data: new Blob([bytes]) }])).series) {
    // A header may name thousands of frames that are not there.
    for (const frame of series.source === 'dicom' ? series.frames.slice(0, 4) : []) {
      try {
        const { rows, columns, samplesPerPixel } = frame.layout;
        expect((await decode(series.files[frame.file].data, frame)).length).toBe(rows * columns * samplesPerPixel);
        isRead = true;
      } catch (error) {
        if (!(error instanceof UnreadablePicture)) throw error;
        isReason(error.message);
      }
    }
  }
  return isRead;
}

const grid: Grid = { shape: [16, 16, 16], spacingMm: [4, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
const volume: Volume = { grid, hu: Int16Array.from({ length: 4096 }, (_, i) => (i % 1500) - 1024) };
const bytesOf = async ({ data }: { data: Blob }): Promise<Bytes> => new Uint8Array(await data.arrayBuffer());
const studyFiles = (multiFrame: boolean) => Promise.all(writeDicomStudy(volume, { multiFrame }).map(bytesOf));
const oddities = sharedPath('data/oddities');
const oddFiles = (): Bytes[] =>
  oddities ? readdirSync(oddities).map((name) => new Uint8Array(readFileSync(`${oddities}/${name}`))) : [];

const bytesOfJson = (value: unknown): Bytes => new TextEncoder().encode(JSON.stringify(value)) as Bytes;
const nifti = () => writeNifti(grid, volume.hu, 'made');

/** The segmentation and the report of a study of two lungs and two lesions. */
async function madeObjects(): Promise<{ seg: Bytes; sr: Bytes }> {
  const files = writeDicomStudy(madeVolume);
  const [series] = (await openFiles(files)).series;
  const read = await readSeries(series, { decode });
  if (read.kind === 'refused') throw new Error(read.message);
  const study = madeStudy(series, read, madeDiagnosis());
  const now = new Date('2026-01-02T03:04:05Z');
  const [seg, sr] = [await segmentation(study, now), await report(study, now)];
  if ('kind' in seg || 'kind' in sr) throw new Error('the made study has nothing to export');
  return { seg: seg.bytes, sr };
}

const stateDict = { 'module.a.weight': floats([2, 3], [1, 2, 3, 4, 5, 6]), b: floats([8], new Float32Array(8)) };
const tensors = new Map([
  ['a.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['b', { shape: [1], data: Float32Array.of(-0.5) }],
]);
const manifest = {
  name: 'made',
  version: '1',
  card: 'Made for a test.',
  plan: 'lite',
  classes: ['covid19', 'cap', 'nonPneumonia'],
  preprocessing: { intensity: 'window', lesionInput: 'probability', axes: 'yx', depth: 'feet-first' },
  weights: { seeded: 7 },
  training: 'None.',
  evidence: 'none',
  verified: true,
};

interface Reader {
  readonly seeds: () => Promise<readonly Bytes[]> | readonly Bytes[];
  /** Holds what was read to its laws.
   *  @param others the seeds, `bytes` was made from the one at `index`
   *  @returns whether it was read, not refused */
  readonly read: (bytes: Bytes, others: readonly Bytes[], index: number) => Promise<boolean> | boolean;
}

const orReason = (result: { kind: string; message?: string }) => {
  if (result.kind !== 'refused') return true;
  isReason(result.message ?? '');
  return false;
};
const tensorsFit = (read: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>) => {
  for (const { shape, data } of read.values()) expect(data.length).toBe(shape.reduce((size, n) => size * n, 1));
};

const readers: Readonly<Record<string, Reader>> = {
  'DICOM, odd real files': {
    seeds: oddFiles,
    read: async (bytes) => {
      await readAll([bytes]);
      return readPictures(bytes);
    },
  },
  'DICOM, one slice of a study': {
    seeds: () => studyFiles(false),
    read: (bytes, others, index) => readAll(others.map((other, i) => (i === index ? bytes : other))),
  },
  'DICOM, enhanced': { seeds: () => studyFiles(true), read: (bytes) => readAll([bytes]) },
  zip: {
    seeds: async () => {
      const files = await studyFiles(false);
      const entries = Object.fromEntries(files.map((bytes, i) => [`a/${i}.dcm`, bytes.slice()]));
      return [zipSync(entries), zipSync(entries, { level: 0 }), zipSync({ 'in.zip': zipSync(entries) })] as Bytes[];
    },
    read: (bytes) => readAll([bytes], 'study.zip'),
  },
  NIfTI: {
    seeds: () => [gunzipSync(nifti()) as Bytes],
    read: (bytes) => readAll([bytes], 'ct.nii'),
  },
  'NIfTI, packed after the damage': {
    seeds: () => [gunzipSync(nifti()) as Bytes],
    read: (bytes) => readAll([gzipSync(bytes) as Bytes], 'ct.nii.gz'),
  },
  'NIfTI, packed': { seeds: () => [nifti()], read: (bytes) => readAll([bytes], 'ct.nii.gz') },
  safetensors: {
    seeds: () => [writeWeights(tensors, { step: '7' })],
    read: (bytes) => {
      const weights = readWeights(bytes);
      if (weights.kind === 'read') tensorsFit(weights.tensors);
      return orReason(weights);
    },
  },
  'PyTorch checkpoint': {
    seeds: () => [zipFile(stateDict), legacyFile(stateDict)] as Bytes[],
    read: (bytes) => {
      const checkpoint = readCheckpoint(bytes);
      if (checkpoint.kind === 'read') tensorsFit(checkpoint.tensors);
      return orReason(checkpoint);
    },
  },
  'DICOM segmentation': {
    seeds: async () => [(await madeObjects()).seg],
    read: async (bytes) => {
      const seg = await readSeg(new Blob([bytes]));
      if (seg.kind === 'read') segOnGrid(seg, madeGrid, ({ number }) => number);
      return orReason(seg);
    },
  },
  'DICOM structured report': {
    seeds: async () => [(await madeObjects()).sr],
    read: async (bytes) => orReason(await readSr(new Blob([bytes]))),
  },
  preferences: {
    seeds: () => [
      bytesOfJson({ ...defaultPreferences, keys: { invert: ['n'] }, model: 'lite' }),
      bytesOfJson({ lastRun: { plan: 'lite', engine: 'wasm', elapsedMs: 1, slices: 2 } }),
    ],
    read: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      const preferences = parsePreferences(text);
      // What is kept is understood the next time.
      expect(parsePreferences(JSON.stringify(preferences))).toEqual(preferences);
      return true;
    },
  },
  'model manifest': {
    seeds: () => [bytesOfJson(manifest)],
    read: async (bytes) => orReason(await loadManifest(() => Promise.resolve(bytes), 'made')),
  },
  'model index': {
    seeds: () => [bytesOfJson({ default: 'made', models: ['made', 'other'] })],
    read: async (bytes) => orReason(await loadModelIndex(() => Promise.resolve(bytes))),
  },
};

test.each(Object.entries(readers))('%s, damaged', async (name, { seeds, read }) => {
  const files = await seeds();
  if (files.length === 0) return console.warn(`${name}: skipped, ../shared/data/oddities is not there`);
  const counts = { read: 0, refused: 0, cpuSeconds: 0, largestBytes: 0 };
  await fc.assert(
    fc.asyncProperty(fc.nat(files.length - 1), fc.array(damage, { maxLength: 6 }), async (at, damages) => {
      const bytes = damaged(files[at], damages);
      const cost = await costOf(async () => {
        counts[(await read(bytes, files, at)) ? 'read' : 'refused']++;
      });
      counts.cpuSeconds = Math.max(counts.cpuSeconds, cost.cpuSeconds);
      counts.largestBytes = Math.max(counts.largestBytes, cost.largestBytes);
      expect(cost.cpuSeconds).toBeLessThan(most.cpuSeconds);
      expect(cost.largestBytes).toBeLessThanOrEqual(most.largestBytes);
    }),
    { numRuns, seed },
  );
  // Neither a reader that refuses everything nor damage that does none would show anything.
  expect(counts.read).toBeGreaterThan(0);
  if (isLong) console.log(`${name}: ${JSON.stringify(counts)}`);
});
