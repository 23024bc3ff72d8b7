/** Files made to do harm, each with what it would have cost: finds of mutated.test.ts and of reading the code with its eyes.
 *  No reader takes memory for what a header merely says, or time without end. */
import { gzipSync, zipSync, zlibSync } from 'fflate';
import { expect, test } from 'vitest';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { readingDirection, type Grid, type Volume } from '../volume/grid.ts';
import { readCheckpoint } from './checkpoint/readCheckpoint.ts';
import { floats, global, orderedDict, pickle, tensor, text, zipFile } from './checkpoint/torchSave.ts';
import { costOf, type Bytes } from './damage.ts';
import { UnreadablePicture } from './dicom/decodeFrame.ts';
import type { FrameHeader } from './dicom/frameHeader.ts';
import { planReading } from './dicom/geometryGuard.ts';
import { readNifti, writeNifti } from './nifti.ts';
import { openFiles } from './openFiles.ts';
import { readSeries } from './readSeries.ts';
import type { DicomSeries, SourceFile } from './series.ts';
import { readWeights } from './weights.ts';

const megabyte = 2 ** 20;

/** @returns what the work gives, done within a few megabytes and a second of the processor */
async function cheaply<T>(work: () => T | Promise<T>): Promise<T> {
  let result: T | undefined;
  const { cpuSeconds, largestBytes } = await costOf(async () => (result = await work()));
  expect(largestBytes).toBeLessThan(4 * megabyte);
  expect(cpuSeconds).toBeLessThan(1);
  return result as T;
}

const file = (name: string, ...parts: Uint8Array[]): SourceFile => ({ name, data: new Blob(parts as Bytes[]) });
const refusal = (result: { kind: string; message?: string }) =>
  result.kind === 'refused' ? result.message : expect.fail('it was read');

const grid: Grid = { shape: [16, 16, 16], spacingMm: [4, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
const volume: Volume = { grid, hu: Int16Array.from({ length: 4096 }, (_, i) => (i % 1500) - 1024) };

test('a checkpoint whose zip promises two gigabytes in a hundred bytes', async () => {
  const zip = zipSync({ 'a/data.pkl': pickle('}'), 'a/data/0': new Uint8Array(64) }, { level: 9 });
  const view = new DataView(zip.buffer);
  // The unpacked sizes in the central directory.
  for (let at = 0; at < zip.length - 4; at++) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 2 ** 30, true);
  }
  expect(refusal(await cheaply(() => readCheckpoint(zip)))).toBe('The file is too large to be read.');
});

test('a checkpoint tensor of 2^27 values that all are one', async () => {
  const one = { ...floats([1], [1]), shape: [2 ** 14, 2 ** 13], strides: [0, 0] };
  expect(refusal(await cheaply(() => readCheckpoint(zipFile({ one }))))).toMatch('reaches beyond its values');
});

test('a checkpoint whose numbers are lists within lists, a text without end', async () => {
  // Each list holds the one before it twice: as text, 2^40 letters.
  const doubling = Array.from({ length: 40 }, (_, i) => [']', 'h', i, 'a', 'h', i, 'a', 'q', i + 1]);
  const lists = [']', 'q', 0, ...doubling.flat()];
  const args = ['(', '(', text('storage'), global('torch', 'FloatStorage'), text('0'), text('cpu'), 'K', 1, 't', 'Q'];
  const data = pickle(global('torch._utils', '_rebuild_tensor_v2'), ...args, ...lists, ')', ')', 't', 'R');
  expect(refusal(await cheaply(() => readCheckpoint(zipFile({}, data))))).toMatch(/no state dict|damaged/);
});

test('a checkpoint that names one tensor a thousand times', () => {
  const values = floats([1000], new Float32Array(1000));
  const items = Array.from({ length: 1000 }, (_, i) => [text(`t${i}`), tensor(values, '0')]);
  const data = pickle(orderedDict, '(', ...items, 'u');
  expect(refusal(readCheckpoint(zipFile({ t0: values }, data)))).toMatch('share their values too often');
});

const safetensors = (header: unknown, bytes: number): Uint8Array => {
  const written = new TextEncoder().encode(JSON.stringify(header));
  const all = new Uint8Array(8 + written.length + bytes);
  new DataView(all.buffer).setBigUint64(0, BigInt(written.length), true);
  all.set(written, 8);
  return all;
};

test('safetensors whose ten thousand tensors are the same megabyte', async () => {
  const entry = { dtype: 'F32', shape: [2 ** 18], data_offsets: [0, megabyte] };
  const header = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`t${i}`, entry]));
  const bytes = safetensors(header, megabyte);
  expect(refusal(await cheaply(() => readWeights(bytes)))).toBe('The tensors of this safetensors file overlap.');
});

test('safetensors with a type that cannot be put in words, and notes that are none', () => {
  const odd = { dtype: { toString: 1, valueOf: 1 }, shape: [1], data_offsets: [0, 4] };
  expect(refusal(readWeights(safetensors({ odd }, 4)))).toMatch('holds unnamed values');
  for (const notes of [null, 5, [1], { a: 1 }]) {
    expect(readWeights(safetensors({ __metadata__: notes }, 0))).toMatchObject({ kind: 'read', metadata: {} });
  }
});

test.each(['ct.nii', 'ct.nii.gz'])('%s whose header names a gigabyte', async (name) => {
  const header = new Uint8Array(await new Response(unpack(writeNifti(grid, volume.hu, ''))).arrayBuffer());
  const view = new DataView(header.buffer);
  [1024, 1024, 512].forEach((size, i) => view.setInt16(42 + 2 * i, size, true));
  const bytes = name.endsWith('gz') ? gzipSync(header) : header;
  const [series] = (await openFiles([file(name, bytes)])).series;
  expect(refusal(await cheaply(() => readNifti(series.files[0].data)))).toMatch(/ends early/);
});
test('a packed NIfTI file that could hold the 14 MB it names, and does not', async () => {
  const header = new Uint8Array(await new Response(unpack(writeNifti(grid, volume.hu, ''))).arrayBuffer());
  const view = new DataView(header.buffer);
  [1024, 1024, 7].forEach((size, i) => view.setInt16(42 + 2 * i, size, true));
  const packed = gzipSync(Uint8Array.from([...header, ...new Uint8Array(12 * megabyte)]), { level: 9 });
  expect(14 * megabyte).toBeLessThan(1032 * packed.length);
  let read: Awaited<ReturnType<typeof readNifti>> | undefined;
  const { askedBytes } = await costOf(async () => (read = await readNifti(packed)));
  expect(read).toMatchObject({ kind: 'refused', message: expect.stringContaining('ends early') });
  expect(askedBytes).toBeLessThan(megabyte);
});
const unpack = (bytes: Bytes) => new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));

test('a deflated DICOM file that unpacks to 32 MB from 32 kB', async () => {
  const [{ data }] = writeDicomStudy(volume, { slices: [0] });
  const plain = new Uint8Array(await data.arrayBuffer());
  const uid = new TextEncoder().encode('1.2.840.10008.1.2.1');
  const at = plain.findIndex((_, i) => i > 132 && uid.every((letter, k) => plain[i + k] === letter));
  const head = plain.slice(0, at + 20);
  const longer = new TextEncoder().encode('1.2.840.10008.1.2.1.99');
  const meta = new Uint8Array([...head.subarray(0, at - 2), longer.length, 0, ...longer]);
  const packed = zlibSync(new Uint8Array(32 * megabyte)).subarray(2);
  const { problems } = await openFiles([file('bomb.dcm', meta, packed)]);
  expect(problems[0]?.message).toBe('This DICOM file cannot be read: it unpacks to more than any CT holds.');
});

test('a header that names 20,000 frames and holds one', async () => {
  const one = writeDicomStudy(volume, { slices: [0], attributes: { NumberOfFrames: 20_000 } });
  const [series] = (await openFiles(one)).series as DicomSeries[];
  expect(series.frames.length).toBe(1);
});

test('slices of 8192 x 8192 pixels: a codec would take memory for them before they are known to be there', async () => {
  const [series] = (await openFiles(writeDicomStudy(volume))).series as DicomSeries[];
  const frames = series.frames.slice(0, 10).map((frame): FrameHeader => ({
    ...frame,
    pixelSpacingMm: [0.1, 0.1],
    layout: { ...frame.layout, rows: 8192, columns: 8192 },
  }));
  expect(planReading(frames)).toMatchObject({ kind: 'refused', message: 'Slices of 8192 x 8192 pixels are no CT.' });
});

test('more slices than any scanner makes', async () => {
  const [series] = (await openFiles(writeDicomStudy(volume))).series as DicomSeries[];
  const frames = Array.from({ length: 150_000 }, (_, i): FrameHeader => {
    const frame = series.frames[i % 16];
    return { ...frame, positionMm: [0, 0, i] };
  });
  expect(planReading(frames)).toMatchObject({ kind: 'refused', code: 'too-large' });
});

test.each([
  ['a slice a kilometre aside', (i: number) => (i === 7 ? 1e6 : 0)],
  ['slices that lean by a kilometre', (i: number) => i * 6e4],
])('%s would be a volume of gigabytes around nothing', async (_, aside) => {
  const [series] = (await openFiles(writeDicomStudy(volume))).series as DicomSeries[];
  const frames = series.frames.map((frame, i): FrameHeader => {
    const [x, y, z] = frame.positionMm!;
    return { ...frame, positionMm: [x + aside(i), y, z] };
  });
  const decode = () => Promise.reject(new UnreadablePicture('It is not asked for.'));
  const result = await cheaply(() => readSeries({ ...series, frames }, { decode }));
  expect(result).toMatchObject({ kind: 'refused', message: 'The slices lie too far out of line to be one volume.' });
});

test('a folder of forty thousand empty files', async () => {
  const files = Array.from({ length: 40_000 }, (_, i) => ({ name: `${i}`, data: new Blob([]) }));
  const { counts } = await openFiles(files);
  expect(counts.ignored).toEqual([{ reason: 'Empty files', count: 40_000, example: '0' }]);
});
