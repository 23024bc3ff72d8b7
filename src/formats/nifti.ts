/** NIfTI-1 and -2 (.nii, .nii.gz): read into reading order, written on the source's own axes. */
import { gzipSync } from 'fflate';
import { isNIFTI1, isNIFTI2, NIFTI1, readHeader, type NIFTI2 } from 'nifti-reader-js';
import { dot, type Grid, type LpsPoint, type Shape, type Volume } from '../volume/grid.ts';
import { nearestAxes, plainOrder, readingGrid } from './axisOrder.ts';
import type { AxisOrder } from './series.ts';

export type NiftiValues =
  Uint8Array | Int8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

export interface NiftiImage {
  readonly kind: 'read';
  /** In reading order: axes permuted and flipped to the nearest anatomical ones, never resampled. Directions are
   *  exact, so an oblique picture has an oblique grid. */
  readonly grid: Grid;
  /** Scaled by the header's slope and intercept; of the stored type where these change nothing. */
  readonly values: NiftiValues;
  readonly exportOrder: AxisOrder;
}
export interface NiftiRefusal {
  readonly kind: 'refused';
  readonly message: string;
}

/** More than this and no chest CT is meant: 2,000 slices of 1024 x 1024 in 16 bits. */
const mostBytes = 4 * 2 ** 30;
const headerBytes = 544;
/** Deflate packs nothing tighter (258 bytes in two bits, and block headers). */
const mostDeflateRatio = 1032;
/** Of a CT, even with nothing around the body. */
const usualDeflateRatio = 16;

interface StoredType {
  readonly bytes: number;
  readonly make: (count: number) => NiftiValues;
  readonly read: (view: DataView, count: number, littleEndian: boolean) => NiftiValues;
}
const stored = <T extends NiftiValues>(
  make: (count: number) => T,
  bytes: number,
  get: (view: DataView, at: number, littleEndian: boolean) => number,
): StoredType => ({
  bytes,
  make,
  read: (view, count, littleEndian) => {
    const values = make(count);
    for (let i = 0; i < count; i++) values[i] = get(view, i * bytes, littleEndian);
    return values;
  },
});
const storedTypes: Readonly<Record<number, StoredType>> = {
  [NIFTI1.TYPE_UINT8]: stored(
    (count) => new Uint8Array(count),
    1,
    (view, at) => view.getUint8(at),
  ),
  [NIFTI1.TYPE_INT8]: stored(
    (count) => new Int8Array(count),
    1,
    (view, at) => view.getInt8(at),
  ),
  [NIFTI1.TYPE_INT16]: stored(
    (count) => new Int16Array(count),
    2,
    (view, at, little) => view.getInt16(at, little),
  ),
  [NIFTI1.TYPE_UINT16]: stored(
    (count) => new Uint16Array(count),
    2,
    (view, at, little) => view.getUint16(at, little),
  ),
  [NIFTI1.TYPE_INT32]: stored(
    (count) => new Int32Array(count),
    4,
    (view, at, little) => view.getInt32(at, little),
  ),
  [NIFTI1.TYPE_UINT32]: stored(
    (count) => new Uint32Array(count),
    4,
    (view, at, little) => view.getUint32(at, little),
  ),
  [NIFTI1.TYPE_FLOAT32]: stored(
    (count) => new Float32Array(count),
    4,
    (view, at, little) => view.getFloat32(at, little),
  ),
  [NIFTI1.TYPE_FLOAT64]: stored(
    (count) => new Float64Array(count),
    8,
    (view, at, little) => view.getFloat64(at, little),
  ),
};

class Refused extends Error {}

export interface NiftiHeader {
  readonly kind: 'read';
  /** As `readNifti` will give it. */
  readonly grid: Grid;
  /** Whole numbers of one byte: too few for CT, enough for a mask. */
  readonly isMask: boolean;
}

/** Where a file's voxels lie, from its first bytes alone. */
export async function readNiftiHeader(file: Blob): Promise<NiftiHeader | NiftiRefusal> {
  return orRefusal(async () => {
    const header = headerOf(await unpacked(file, headerBytes));
    const { shape, type } = layoutOf(header);
    const isPlain = [0, 1].includes(header.scl_slope) || !Number.isFinite(header.scl_slope);
    return { kind: 'read', grid: placed(shape, affineOf(header)).grid, isMask: type.bytes === 1 && isPlain };
  });
}

/** @param file a whole .nii or .nii.gz; of an archive no more is unpacked than its header asks for
 *  @param keptEvery one slice in so many alone, from the feet on */
export async function readNifti(file: Blob | Uint8Array, keptEvery = 1): Promise<NiftiImage | NiftiRefusal> {
  const blob = file instanceof Blob ? file : new Blob([file as Uint8Array<ArrayBuffer>]);
  return orRefusal(async () => {
    const header = headerOf(await unpacked(blob, headerBytes));
    const { shape, type, offset } = layoutOf(header);
    const end = offset + shape[0] * shape[1] * shape[2] * type.bytes;
    const endsEarly = (held: number) =>
      new Refused(`The NIfTI file ends early: it holds ${held} of the ${end} bytes its header names.`);
    const isPacked = await isGzip(blob);
    const most = isPacked ? mostDeflateRatio * blob.size : blob.size;
    if (most < end) throw endsEarly(most);
    // Where so much is to come of so little, it is counted before memory is taken for it.
    if (isPacked && end > usualDeflateRatio * blob.size) {
      const held = await lengthUnpacked(blob, end);
      if (held < end) throw endsEarly(held);
    }
    const { grid, order } = placed(shape, affineOf(header));
    const kept = thinnedGrid(grid, keptEvery);
    const places = order.map(({ axis, reversed }) => placesAlong(grid, kept, axis, reversed, keptEvery));
    const { slope, intercept } = scalingOf(header);
    const isScaled = slope !== 1 || intercept !== 0;
    const count = kept.shape[0] * kept.shape[1] * kept.shape[2];
    const values = isScaled ? new Float32Array(count) : type.make(count);
    const plane = new Uint8Array(shape[1] * shape[2] * type.bytes);
    let [k, filled, held] = [0, 0, offset];
    for await (const chunk of bytesFrom(blob, offset, end)) {
      held += chunk.length;
      for (let at = 0; at < chunk.length;) {
        const part = chunk.subarray(at, at + plane.length - filled);
        plane.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < plane.length) continue;
        const stored = type.read(new DataView(plane.buffer), shape[1] * shape[2], header.littleEndian);
        putPlane(stored, values, places, k++, { slope, intercept, isScaled });
        filled = 0;
      }
    }
    if (held < end) throw endsEarly(held);
    return { kind: 'read', grid: kept, values, exportOrder: order };
  });
}

/** A grid with one slice in so many, from the feet on. */
export function thinnedGrid(grid: Grid, keptEvery: number): Grid {
  const [depth, rows, columns] = grid.shape;
  const [z, y, x] = grid.spacingMm;
  return { ...grid, shape: [Math.ceil(depth / keptEvery), rows, columns], spacingMm: [z * keptEvery, y, x] };
}

/** For each voxel along a file's axis, its part of the place in the volume; negative where its slice is not kept. */
function placesAlong(grid: Grid, kept: Grid, axis: 0 | 1 | 2, reversed: boolean, keptEvery: number): Int32Array {
  const stride = [kept.shape[1] * kept.shape[2], kept.shape[2], 1][axis];
  return Int32Array.from({ length: grid.shape[axis] }, (_, i) => {
    const at = reversed ? grid.shape[axis] - 1 - i : i;
    if (axis !== 0) return at * stride;
    return at % keptEvery === 0 ? (at / keptEvery) * stride : notKept;
  });
}
const notKept = -(2 ** 31);

interface Scaling {
  readonly slope: number;
  readonly intercept: number;
  readonly isScaled: boolean;
}

function putPlane(
  stored: NiftiValues,
  into: NiftiValues,
  [alongI, alongJ, alongK]: readonly Int32Array[],
  k: number,
  { slope, intercept, isScaled }: Scaling,
): void {
  let from = 0;
  for (const ofRow of alongJ) {
    const start = ofRow + alongK[k];
    for (const ofColumn of alongI) {
      const value = stored[from++];
      const to = start + ofColumn;
      if (to >= 0) into[to] = isScaled ? value * slope + intercept : value;
    }
  }
}

async function orRefusal<T>(read: () => Promise<T>): Promise<T | NiftiRefusal> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', message: error.message };
    throw error;
  }
}

/** CT numbers of an image, rounded to whole HU; what is not a number is air. */
export function volumeOfNifti({ grid, values }: NiftiImage): Volume {
  if (values instanceof Int16Array) return { grid, hu: values };
  const hu = new Int16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    hu[i] = Number.isNaN(value) ? -1024 : Math.max(-32768, Math.min(32767, Math.round(value)));
  }
  return { grid, hu };
}

async function isGzip(blob: Blob): Promise<boolean> {
  const magic = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  return magic[0] === 0x1f && magic[1] === 0x8b;
}

/** The file's bytes from a place to another, unpacked where it is gzip; fewer where it ends before. */
async function* bytesFrom(blob: Blob, start: number, end: number): AsyncGenerator<Uint8Array> {
  const stream: ReadableStream<Uint8Array> = (await isGzip(blob))
    ? blob.stream().pipeThrough(new DecompressionStream('gzip'))
    : blob.slice(0, end).stream();
  const reader = stream.getReader();
  try {
    for (let at = 0; at < end;) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(Math.max(0, start - at), end - at);
      at += value.length;
      if (part.length > 0) yield part;
    }
  } catch (error) {
    // A plain file that is gone says so itself.
    if (error instanceof DOMException) throw error;
    throw new Refused('The .nii.gz file is damaged: it cannot be unpacked.');
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The first `length` bytes. */
async function unpacked(blob: Blob, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let held = 0;
  for await (const part of bytesFrom(blob, 0, length)) {
    bytes.set(part, held);
    held += part.length;
  }
  return bytes.subarray(0, held);
}

async function lengthUnpacked(blob: Blob, end: number): Promise<number> {
  let held = 0;
  for await (const part of bytesFrom(blob, 0, end)) held += part.length;
  return held;
}

type Header = NIFTI1 | NIFTI2;

function headerOf(bytes: Uint8Array): Header {
  const buffer = bytes.slice().buffer;
  if (buffer.byteLength < 348 || !(isNIFTI1(buffer) || isNIFTI2(buffer))) throw new Refused('This is no NIfTI file.');
  try {
    return readHeader(buffer);
  } catch (error) {
    throw new Refused('The NIfTI header cannot be read.', { cause: error });
  }
}

function layoutOf(header: Header): { shape: Shape; type: StoredType; offset: number } {
  const [dimensions, columns, rows, slices, ...more] = header.dims;
  const isWhole = [columns, rows, slices].every((size) => Number.isInteger(size) && size > 0);
  const isSingle = more.slice(0, Math.max(0, dimensions - 3)).every((size) => size <= 1);
  if (!(dimensions >= 3 && isWhole && isSingle)) {
    throw new Refused(
      `The NIfTI file holds ${header.dims.slice(1, 1 + Math.max(1, Math.min(7, dimensions))).join(' x ')} values; a single volume is needed.`,
    );
  }
  const type = storedTypes[header.datatypeCode];
  if (!type) throw new Refused(`The NIfTI file stores values of a kind (${header.datatypeCode}) that no CT has.`);
  const bytes = columns * rows * slices * type.bytes;
  if (bytes > mostBytes)
    throw new Refused(`The NIfTI header names ${columns} x ${rows} x ${slices} voxels: too large.`);
  const offset = Number(header.vox_offset);
  if (!(offset >= 348 && offset < mostBytes)) throw new Refused('The NIfTI header names no place for its voxels.');
  return { shape: [slices, rows, columns], type, offset: Math.floor(offset) };
}

function scalingOf({ scl_slope: slope, scl_inter: intercept }: Header): { slope: number; intercept: number } {
  // A slope of 0 means that no scaling is stored.
  if (!Number.isFinite(slope) || slope === 0) return { slope: 1, intercept: 0 };
  return { slope, intercept: Number.isFinite(intercept) ? intercept : 0 };
}

/** Millimetres per unit of the header's lengths. */
function unitMm(header: Header): number {
  const unit = header.xyzt_units & NIFTI1.SPATIAL_UNITS_MASK;
  return unit === NIFTI1.UNITS_METER ? 1000 : unit === NIFTI1.UNITS_MICRON ? 0.001 : 1;
}

interface Placement {
  /** LPS mm of voxel [0, 0, 0]; of one step along i, j, k. */
  readonly origin: LpsPoint;
  readonly steps: readonly [LpsPoint, LpsPoint, LpsPoint];
}

/** NIfTI counts x to the right and y to the front; DICOM, and this project, to the left and to the back. */
function affineOf(header: Header): Placement {
  if (header.sform_code <= 0 && header.qform_code <= 0) {
    throw new Refused(
      'The NIfTI file does not say how the patient lies (no qform, no sform): left and right are unknown.',
    );
  }
  const mm = unitMm(header);
  const a = header.qform_code > 0 && header.sform_code < header.qform_code ? qformOf(header) : header.affine;
  // Taken from 0, since a plain minus makes zeros that are not equal to zero.
  const column = (j: number): LpsPoint => [0 - a[0][j] * mm, 0 - a[1][j] * mm, a[2][j] * mm];
  const placement: Placement = { origin: column(3), steps: [column(0), column(1), column(2)] };
  if (![placement.origin, ...placement.steps].flat().every(Number.isFinite)) {
    throw new Refused('The NIfTI header places its voxels at positions that are not numbers.');
  }
  return placement;
}

/** The turn and the place that the quaternion tells (nifti1.h, "method 2"). By our own hand: the library passes over it
 *  in NIfTI-2, and finds no number where rounding has made its square more than 1. */
function qformOf(header: Header): readonly (readonly [number, number, number, number])[] {
  const { quatern_b, quatern_c, quatern_d, pixDims } = header;
  const square = quatern_b ** 2 + quatern_c ** 2 + quatern_d ** 2;
  const shrink = square > 1 ? 1 / Math.sqrt(square) : 1;
  const [b, c, d] = [quatern_b * shrink, quatern_c * shrink, quatern_d * shrink];
  const a = Math.sqrt(Math.max(0, 1 - square));
  const [i, j] = [pixDims[1], pixDims[2]];
  const k = pixDims[3] * (pixDims[0] < 0 ? -1 : 1);
  return [
    [(a * a + b * b - c * c - d * d) * i, 2 * (b * c - a * d) * j, 2 * (b * d + a * c) * k, header.qoffset_x],
    [2 * (b * c + a * d) * i, (a * a + c * c - b * b - d * d) * j, 2 * (c * d - a * b) * k, header.qoffset_y],
    [2 * (b * d - a * c) * i, 2 * (c * d + a * b) * j, (a * a + d * d - b * b - c * c) * k, header.qoffset_z],
  ];
}

const lengthOf = (v: LpsPoint) => Math.hypot(v[0], v[1], v[2]);

interface Placed {
  readonly grid: Grid;
  readonly order: AxisOrder;
}

/** The file's axes, permuted and flipped to reading order. */
function placed([slices, rows, columns]: Shape, { origin, steps }: Placement): Placed {
  const lengths = steps.map(lengthOf);
  if (lengths.some((length) => !(length > 1e-6))) throw new Refused('The NIfTI header names a spacing of zero.');
  const units = steps.map((step, i) => step.map((part) => part / lengths[i]) as unknown as LpsPoint);
  if ([dot(units[0], units[1]), dot(units[0], units[2]), dot(units[1], units[2])].some((d) => Math.abs(d) > 1e-3)) {
    throw new Refused('The axes of the NIfTI file are not at right angles: it is sheared.');
  }
  const sizes = [columns, rows, slices];
  const axis = (i: number) => ({ count: sizes[i], spacingMm: lengths[i], towards: units[i] });
  const order = nearestAxes(units);
  return { grid: readingGrid([axis(0), axis(1), axis(2)], origin, order), order };
}

/** Values read in another order; the same array where the order is the same. */
function permuted<T extends NiftiValues>(
  values: T,
  shape: readonly number[],
  stride: readonly number[],
  first: number,
): T {
  const [depth, rows, columns] = shape;
  if (first === 0 && stride[2] === 1 && stride[1] === columns && stride[0] === columns * rows) return values;
  const result = new (values.constructor as new (count: number) => T)(values.length);
  let to = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      let from = first + z * stride[0] + y * stride[1];
      for (let x = 0; x < columns; x++, from += stride[2]) result[to++] = values[from];
    }
  return result;
}

/** A .nii.gz on the source's own axes.
 *  @param values in reading order, on `grid`
 *  @param order how the file's i, j, k run in the grid; plain x, y, z where nothing else is asked for
 *  @param description 79 letters at most are kept */
export function writeNifti(
  grid: Grid,
  values: Uint8Array | Int16Array | Float32Array,
  description: string,
  order: AxisOrder = plainOrder,
): Uint8Array<ArrayBuffer> {
  const { shape, spacingMm, direction, originMm } = grid;
  const gridStride = [shape[1] * shape[2], shape[2], 1];
  const sign = order.map(({ reversed }) => (reversed ? -1 : 1));
  const sizes = order.map(({ axis }) => shape[axis]);
  const steps = order.map(({ axis }, i) => direction[axis].map((part) => part * spacingMm[axis] * sign[i]));
  const origin = [...originMm];
  order.forEach(({ axis, reversed }) => {
    if (reversed) for (let i = 0; i < 3; i++) origin[i] += (shape[axis] - 1) * spacingMm[axis] * direction[axis][i];
  });
  const first = order.reduce((at, { axis, reversed }) => at + (reversed ? (shape[axis] - 1) * gridStride[axis] : 0), 0);
  const stride = order.map(({ axis }, i) => sign[i] * gridStride[axis]);
  // `permuted` counts the slowest axis first.
  const body = permuted(values, [sizes[2], sizes[1], sizes[0]], [stride[2], stride[1], stride[0]], first);

  const header = new NIFTI1();
  const isWhole = values instanceof Uint8Array ? [NIFTI1.TYPE_UINT8, 8] : [NIFTI1.TYPE_INT16, 16];
  const [code, bits] = values instanceof Float32Array ? [NIFTI1.TYPE_FLOAT32, 32] : isWhole;
  header.littleEndian = true;
  header.dims = [3, sizes[0], sizes[1], sizes[2], 1, 1, 1, 1];
  header.datatypeCode = code;
  header.numBitsPerVoxel = bits;
  header.pixDims = [1, ...order.map(({ axis }) => spacingMm[axis]), 0, 0, 0, 0];
  header.vox_offset = 352;
  header.scl_slope = 1;
  header.scl_inter = 0;
  header.xyzt_units = NIFTI1.UNITS_MM;
  header.description = description.slice(0, 79);
  header.sform_code = NIFTI1.XFORM_SCANNER_ANAT;
  header.affine = [0, 1, 2, 3].map((row) =>
    row === 3 ? [0, 0, 0, 1] : [...steps.map((step) => step[row]), origin[row]].map((v) => (row < 2 ? 0 - v : v)),
  );
  header.magic = 'n+1';
  const bytes = new Uint8Array(352 + body.byteLength);
  bytes.set(new Uint8Array(header.toArrayBuffer()).subarray(0, 348));
  bytes.set(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), 352);
  return gzipSync(bytes, { level: 6, mtime: 0 }) as Uint8Array<ArrayBuffer>;
}
