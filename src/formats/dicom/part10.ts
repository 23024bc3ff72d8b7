/** Brings a DICOM file to the form that every reader knows: preamble, file meta, a transfer syntax, nothing deflated.
 *  What was dropped is read up to its pixel data only. */
import dicomParser, { type DataSet } from 'dicom-parser';
import { Inflate } from 'fflate';

export interface Part10 {
  readonly kind: 'dicom';
  /** The file, or the file mended. */
  readonly data: Blob;
  /** All elements before the pixel data. */
  readonly dataSet: DataSet;
  readonly transferSyntax: string;
}
export type NotPart10 =
  | { readonly kind: 'not-dicom' }
  /** Looks like DICOM and cannot be read; in a reader's words. */
  | { readonly kind: 'unreadable'; readonly message: string };

export const implicitLittleEndian = '1.2.840.10008.1.2';
export const explicitLittleEndian = '1.2.840.10008.1.2.1';
export const deflatedLittleEndian = '1.2.840.10008.1.2.1.99';
export const explicitBigEndian = '1.2.840.10008.1.2.2';

const pixelData = 'x7fe00010';
const preambleLength = 132;
/** First try, and how much more each further one reads: headers with functional groups take megabytes. */
const firstRead = 1 << 16;
const readFactor = 16;
const mostHeader = 1 << 28;
/** A deflated file unpacks to no more: ten times the largest CT slice there is; and to no more than this times itself,
 *  beyond what is free. */
const mostInflated = 1 << 28;
const mostRatio = 200;
const free = 1 << 24;

export async function asPart10(file: Blob): Promise<Part10 | NotPart10> {
  const head = new Uint8Array(await file.slice(0, firstRead).arrayBuffer());
  if (hasPreamble(head)) return readWhole(file, head);
  const start = headless(head);
  if (!start) return { kind: 'not-dicom' };
  // From here on it is taken for DICOM only if the parser agrees.
  const mended = new Blob([start, file]);
  const read = await readWhole(mended, new Uint8Array(await mended.slice(0, firstRead).arrayBuffer()));
  const isPlausible =
    read.kind === 'dicom' && Object.keys(read.dataSet.elements).some((tag) => tag.startsWith('x0008'));
  return isPlausible ? read : { kind: 'not-dicom' };
}

const hasPreamble = (bytes: Uint8Array) => asciiOf(bytes, 128, 4) === 'DICM';

const asciiOf = (bytes: Uint8Array, at: number, length: number) =>
  String.fromCharCode(...bytes.subarray(at, at + length));

/** What must stand before a file without preamble; null where it does not begin as DICOM does. */
function headless(bytes: Uint8Array): Uint8Array<ArrayBuffer> | null {
  if (bytes.length < 16) return null;
  const group = bytes[0] | (bytes[1] << 8);
  const element = bytes[2] | (bytes[3] << 8);
  if (group === 2 && element <= 0x0102) return preamble();
  if (group !== 8 || element > 0x0070) return null;
  return fileMeta(isExplicit(bytes, 0) ? explicitLittleEndian : implicitLittleEndian);
}

/** Whether two letters stand where an explicit element has its value representation. */
const isExplicit = (bytes: Uint8Array, at: number) => /^[A-Z]{2}$/.test(asciiOf(bytes, at + 4, 2));

function preamble(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(preambleLength);
  bytes.set(new TextEncoder().encode('DICM'), 128);
  return bytes;
}

/** Preamble and a file meta group that names a transfer syntax and nothing else. */
function fileMeta(transferSyntax: string): Uint8Array<ArrayBuffer> {
  const uid = transferSyntax.length % 2 === 0 ? transferSyntax : `${transferSyntax}\0`;
  const bytes = new Uint8Array(preambleLength + 12 + 8 + uid.length);
  bytes.set(preamble());
  const view = new DataView(bytes.buffer);
  const element = (at: number, number: number, vr: string, length: number) => {
    view.setUint16(at, 2, true);
    view.setUint16(at + 2, number, true);
    bytes.set(new TextEncoder().encode(vr), at + 4);
    view.setUint16(at + 6, length, true);
  };
  element(preambleLength, 0x0000, 'UL', 4);
  view.setUint32(preambleLength + 8, 8 + uid.length, true);
  element(preambleLength + 12, 0x0010, 'UI', uid.length);
  bytes.set(new TextEncoder().encode(uid), preambleLength + 20);
  return bytes;
}

async function readWhole(file: Blob, head: Uint8Array): Promise<Part10 | NotPart10> {
  let meta: MetaGroup;
  try {
    meta = readMeta(head);
  } catch {
    return unreadable('its header is damaged');
  }
  if (meta.transferSyntax === deflatedLittleEndian) return inflated(file, meta);
  if (!meta.transferSyntax) {
    const body = file.slice(meta.end);
    const syntax = isExplicit(head, meta.end) ? explicitLittleEndian : implicitLittleEndian;
    const mended = new Blob([fileMeta(syntax), body]);
    return readHeader(mended, syntax);
  }
  return readHeader(file, meta.transferSyntax);
}

interface MetaGroup {
  readonly transferSyntax: string;
  /** Where the data set begins. */
  readonly end: number;
}

/** Walks the elements of group 2 themselves: their group length is not always true. */
function readMeta(bytes: Uint8Array): MetaGroup {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let transferSyntax = '';
  let at = preambleLength;
  while (at + 8 <= bytes.length && view.getUint16(at, true) === 2) {
    const isLong = /^(OB|OW|OF|SQ|UT|UN)$/.test(asciiOf(bytes, at + 4, 2));
    const length = isLong ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true);
    const start = at + (isLong ? 12 : 8);
    if (start + length > bytes.length) throw new RangeError('file meta reaches past the end');

    if (view.getUint16(at + 2, true) === 0x10) transferSyntax = asciiOf(bytes, start, length).replace(/[\0 ]+$/, '');
    at = start + length;
  }
  return { transferSyntax, end: at };
}

/** Reads more of the file until the pixel data, or its end, comes into sight. */
async function readHeader(file: Blob, transferSyntax: string): Promise<Part10 | NotPart10> {
  for (let length = firstRead; ; length *= readFactor) {
    const bytes = new Uint8Array(await file.slice(0, Math.min(length, mostHeader)).arrayBuffer());
    if (![implicitLittleEndian, explicitBigEndian].includes(transferSyntax)) nameForParser(bytes);
    try {
      const dataSet = dicomParser.parseDicom(bytes, { untilTag: pixelData });
      // Where the header ends before the bytes do, the parser stopped at the pixel data, or read the whole file.
      const isComplete = pixelData in dataSet.elements || length >= file.size;
      if (isComplete) return { kind: 'dicom', data: file, dataSet, transferSyntax };
    } catch (error) {
      if (length >= file.size || length >= mostHeader) {
        const partial = (error as { dataSet?: DataSet }).dataSet;
        const hasPixels = partial && 'x00280010' in partial.elements;
        // A file cut off behind its picture's description still says what it would have been.
        if (partial && (hasPixels || 'x00080016' in partial.elements)) {
          return { kind: 'dicom', data: file, dataSet: partial, transferSyntax };
        }
        return unreadable('its header is damaged or cut off');
      }
    }
  }
}

/** Three kinds of eight-byte numbers (PS3.5, 7.1.2) came to DICOM after dicom-parser: it takes their lengths for those of
 *  short elements and reads on out of step. Named in place as bytes that it knows, they are stepped over.
 *  @param bytes explicit, little endian; those of a picture must not be among them */
export function nameForParser(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [O, S, U, V] = [0x4f, 0x53, 0x55, 0x56];
  for (let at = bytes.indexOf(V, preambleLength); at >= 0 && at + 7 <= bytes.length; at = bytes.indexOf(V, at + 1)) {
    const isNamed = [O, S, U].includes(bytes[at - 1]) && bytes[at + 1] === 0 && bytes[at + 2] === 0;
    if (!isNamed) continue;
    const length = view.getUint32(at + 3, true);
    // Else letters of a text.
    if (length % 8 === 0 && at + 7 + length <= bytes.length) bytes.set([O, 0x42], at - 1);
  }
}

async function inflated(file: Blob, meta: MetaGroup): Promise<Part10 | NotPart10> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const most = Math.min(mostInflated, free + mostRatio * file.size);
  let length = 0;
  const inflate = new Inflate((chunk) => {
    length += chunk.length;
    if (length > most) throw new RangeError('too large');
    chunks.push(chunk as Uint8Array<ArrayBuffer>);
  });
  try {
    inflate.push(new Uint8Array(await file.slice(meta.end).arrayBuffer()), true);
  } catch {
    return unreadable(length > most ? 'it unpacks to more than any CT holds' : 'it cannot be unpacked');
  }
  return readHeader(new Blob([fileMeta(explicitLittleEndian), ...chunks]), explicitLittleEndian);
}

const unreadable = (why: string): NotPart10 => ({
  kind: 'unreadable',
  message: `This DICOM file cannot be read: ${why}.`,
});
