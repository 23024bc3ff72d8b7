/** Reading alone: files in, what they hold and one volume out. The browser tests drive this page. */
import { decodeWithCornerstone } from '../src/formats/dicom/decodeWithCornerstone.ts';
import { openFiles } from '../src/formats/openFiles.ts';
import { readSeries } from '../src/formats/readSeries.ts';
import type { DicomSeries, Opened, ReadSeries, Refusal } from '../src/formats/series.ts';
import type { Volume } from '../src/volume/grid.ts';

declare global {
  interface Window {
    reading: Reading;
  }
}

export interface Reading {
  /** What the chosen files hold, kept for the calls below. */
  open(): Promise<Opened>;
  /** @param index in `Opened.series` */
  read(index: number): Promise<ReadOutcome>;
  /** One picture in HU, whatever its series is good for. */
  picture(fileName: string, timeLimitMs?: number): Promise<PictureOutcome>;
  /** Reads until the first slice is shown, cancels, and gives what was thrown. */
  cancel(index: number): Promise<string>;
  /** Of what `picture` gave for two files. */
  difference(oneFile: string, otherFile: string): number;
  /** What becomes of damaged copies of a picture, one after the other, by one worker that each time decoded another
   *  picture just before: what a codec keeps of it would show. */
  damaged(original: string, other: string, copies: readonly string[]): Promise<DamagedOutcome[]>;
}

export interface DamagedOutcome {
  readonly name: string;
  /** `before`: the picture that was decoded before it. */
  readonly kind: 'refused' | 'as the original' | 'otherwise' | 'before';
  /** Why it was refused. */
  readonly message: string;
  /** From the original, in stored values, and how many of all differ. */
  readonly most: number;
  readonly differing: number;
  readonly elapsedMs: number;
}

export interface ReadOutcome {
  readonly result: Omit<ReadSeries, 'volume'> | Refusal;
  readonly grid: Volume['grid'] | null;
  /** After the call. */
  readonly firstSliceMs: number | null;
  readonly totalMs: number;
  /** CRC-32 of the voxels, little endian. */
  readonly checksum: number | null;
  readonly isShared: boolean;
  /** Slices that were announced while the volume filled. */
  readonly announced: number;
}

export type PictureOutcome =
  | {
      readonly kind: 'values';
      readonly rows: number;
      readonly columns: number;
      readonly least: number;
      readonly most: number;
    }
  | { readonly kind: 'unreadable'; readonly message: string };

const input = document.getElementById('files') as HTMLInputElement;
const decode = decodeWithCornerstone();
const pictures = new Map<string, Float32Array>();
let opened: Opened | null = null;

async function open(): Promise<Opened> {
  const files = [...(input.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, data: file }));
  opened = await openFiles(files);
  return opened;
}

async function read(index: number): Promise<ReadOutcome> {
  const start = performance.now();
  let firstSliceMs: number | null = null;
  const announced = new Set<number>();
  const result = await readSeries(opened!.series[index], {
    decode,
    onPreview: (volume, { first, last }) => {
      firstSliceMs ??= performance.now() - start;
      if (announced.size === 0) draw(volume, first);
      for (let z = first; z <= last; z++) announced.add(z);
    },
  });
  const totalMs = performance.now() - start;
  if (result.kind === 'refused') {
    return { result, grid: null, firstSliceMs, totalMs, checksum: null, isShared: false, announced: announced.size };
  }
  const { volume, ...rest } = result;
  draw(volume, Math.floor(volume.grid.shape[0] / 2));
  return {
    result: rest,
    grid: volume.grid,
    firstSliceMs,
    totalMs,
    checksum: crc32(new Uint8Array(volume.hu.buffer, volume.hu.byteOffset, volume.hu.byteLength)),
    isShared: volume.hu.buffer instanceof SharedArrayBuffer,
    announced: announced.size,
  };
}

async function cancel(index: number): Promise<string> {
  const controller = new AbortController();
  const options = { decode, signal: controller.signal, onPreview: () => controller.abort() };
  return readSeries(opened!.series[index], options).then(
    () => 'was read',
    (error: Error) => error.name,
  );
}

/** @returns the first picture of a file */
function found(fileName: string) {
  const series = opened!.series.find(
    (one): one is DicomSeries => one.source === 'dicom' && one.files.some(({ name }) => name === fileName),
  );
  const file = series?.files.findIndex(({ name }) => name === fileName) ?? -1;
  const frame = series?.frames.find((one) => one.file === file);
  return series && frame ? { data: series.files[file].data, frame } : null;
}

async function picture(fileName: string, timeLimitMs?: number): Promise<PictureOutcome> {
  const one = found(fileName);
  if (!one) return { kind: 'unreadable', message: 'no picture' };
  const { data, frame } = one;
  try {
    const decodeIt = timeLimitMs === undefined ? decode : decodeWithCornerstone({ timeLimitMs });
    const stored = await decodeIt(data, frame);
    const { slope, intercept } = frame.rescale ?? { slope: 1, intercept: 0 };
    const hu = Float32Array.from(stored, (value) => value * slope + intercept);
    pictures.set(fileName, hu);
    const { rows, columns } = frame.layout;
    return { kind: 'values', rows, columns, least: leastOf(hu), most: -leastOf(hu.map((value) => -value)) };
  } catch (error) {
    return { kind: 'unreadable', message: (error as Error).message };
  }
}

const leastOf = (values: Float32Array) => values.reduce((least, value) => Math.min(least, value), Infinity);

function difference(oneFile: string, otherFile: string): number {
  const [one, other] = [pictures.get(oneFile)!, pictures.get(otherFile)!];
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
}

async function damaged(original: string, other: string, copies: readonly string[]): Promise<DamagedOutcome[]> {
  const decodeOnOne = decodeWithCornerstone({ workers: 1 });
  const valuesOf = (name: string) => {
    const { data, frame } = found(name)!;
    return decodeOnOne(data, frame);
  };
  const differences = (one: ArrayLike<number>, reference: ArrayLike<number>) => {
    let [most, differing] = [0, 0];
    for (let i = 0; i < reference.length; i++) {
      if (one[i] !== reference[i]) differing++;
      most = Math.max(most, Math.abs(one[i] - reference[i]));
    }
    return { most, differing };
  };
  const originalValues = await valuesOf(original);
  const otherValues = await valuesOf(other);
  const outcomes: DamagedOutcome[] = [];
  for (const name of copies) {
    if (differences(await valuesOf(other), otherValues).differing > 0) throw new Error(`${name}: not what came before`);
    const start = performance.now();
    const outcome = await valuesOf(name).catch((error: Error) => error.message);
    const elapsedMs = performance.now() - start;
    if (typeof outcome === 'string') {
      outcomes.push({ name, kind: 'refused', message: outcome, most: 0, differing: 0, elapsedMs });
      continue;
    }
    const found = differences(outcome, originalValues);
    const isBefore = differences(outcome, otherValues).differing === 0;
    const kind = found.differing === 0 ? 'as the original' : isBefore ? 'before' : 'otherwise';
    outcomes.push({ name, kind, message: '', ...found, elapsedMs });
  }
  return outcomes;
}

const crcOfByte = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  return crc;
});

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ crcOfByte[(crc ^ bytes[i]) & 255];
  return ~crc >>> 0;
}

/** In the lung window, row by row: in reading order that is radiological convention. */
function draw({ grid, hu }: Volume, z: number): void {
  const [, rows, columns] = grid.shape;
  const canvas = document.getElementById('slice') as HTMLCanvasElement;
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const grey = ((hu[z * rows * columns + i] + 1350) / 1500) * 255;
    image.data.set([grey, grey, grey, 255], 4 * i);
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
}

window.reading = { open, read, cancel, picture, difference, damaged };
document.body.dataset.ready = 'yes';
