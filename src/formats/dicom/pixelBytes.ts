/** One picture's bytes as they lie in the file: plain values, or a compressed stream of its own. */
import dicomParser, { type DataSet, type Element } from 'dicom-parser';
import { UnreadablePicture, type DecodedValues } from './decodeFrame.ts';
import { asPart10, explicitBigEndian, explicitLittleEndian, implicitLittleEndian, nameForParser } from './part10.ts';
import type { FrameHeader, PixelLayout } from './frameHeader.ts';
import { needsToBeWhole } from './wholeStream.ts';

export type PixelBytes =
  | { readonly kind: 'native'; readonly bytes: Uint8Array<ArrayBuffer>; readonly littleEndian: boolean }
  | { readonly kind: 'encapsulated'; readonly bytes: Uint8Array<ArrayBuffer> };

const pixelData = 'x7fe00010';
const nativeSyntaxes = [implicitLittleEndian, explicitLittleEndian, explicitBigEndian];

/** @throws UnreadablePicture where the file does not hold what its header says, or is not there any more */
export async function pixelBytes(file: Blob, frame: FrameHeader): Promise<PixelBytes> {
  try {
    return await bytesIn(file, frame);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new UnreadablePicture('The file cannot be read any more: it was moved or changed.', { cause: error });
  }
}

async function bytesIn(file: Blob, { frame, layout }: FrameHeader): Promise<PixelBytes> {
  const { header, whole } = layout.numberOfFrames > 1 ? parsedLast(file) : parsing(file);
  const part10 = await header();
  if (part10.kind !== 'dicom') throw new UnreadablePicture('The file cannot be read any more.');
  const element = part10.dataSet.elements[pixelData];
  if (!element) throw new UnreadablePicture('The file holds no pixel data.');
  const isNative = nativeSyntaxes.includes(part10.transferSyntax);
  if (isNative === (element.hadUndefinedLength ?? false)) {
    throw new UnreadablePicture('The pixel data are not stored in the way that the header names.');
  }
  if (!isNative) {
    const bytes = encapsulatedFrame(await whole(element.dataOffset), frame, layout.numberOfFrames);
    needsToBeWhole(bytes, layout);
    return { kind: 'encapsulated', bytes };
  }
  const length = frameLength(layout);
  const start = element.dataOffset + frame * length;
  const end = Math.min(element.dataOffset + element.length, part10.data.size);
  if (start + length > end) throw new UnreadablePicture('The pixel data end too early.');
  const bytes = new Uint8Array(await part10.data.slice(start, start + length).arrayBuffer());
  return { kind: 'native', bytes, littleEndian: part10.transferSyntax !== explicitBigEndian };
}

/** A file's header, and all of it, each read when first asked for. */
interface Parsing {
  readonly header: () => ReturnType<typeof asPart10>;
  /** @param headerBytes up to the pixel data */
  readonly whole: (headerBytes: number) => Promise<DataSet>;
}

function parsing(file: Blob): Parsing {
  let header: ReturnType<typeof asPart10> | undefined;
  let whole: Promise<DataSet> | undefined;
  return {
    header: () => (header ??= asPart10(file)),
    whole: (headerBytes) => (whole ??= parseWhole(file, headerBytes)),
  };
}

/** The file with several pictures that was read last: its pictures are asked for one after the other. */
let last: { readonly file: Blob; readonly parsing: Parsing } | null = null;

function parsedLast(file: Blob): Parsing {
  if (last?.file !== file) last = { file, parsing: parsing(file) };
  return last.parsing;
}

function frameLength({ rows, columns, samplesPerPixel, bitsAllocated }: PixelLayout): number {
  if (bitsAllocated === 12) {
    throw new UnreadablePicture('Two values in three bytes (12 bits, packed), a form long retired, are not read.');
  }
  if (![8, 16, 32].includes(bitsAllocated)) {
    throw new UnreadablePicture(`Values of ${bitsAllocated} bits are not those of a CT.`);
  }
  return (rows * columns * samplesPerPixel * bitsAllocated) / 8;
}

function encapsulatedFrame(dataSet: DataSet, frame: number, frames: number): Uint8Array<ArrayBuffer> {
  const element = dataSet.elements[pixelData];
  if (!element?.fragments?.length) throw new UnreadablePicture('The compressed picture is cut off.');
  try {
    // A copy, so that it can be handed to a worker whole.
    return new Uint8Array(fragmentsOf(dataSet, element, frame, frames));
  } catch (error) {
    throw new UnreadablePicture(`Picture ${frame + 1} cannot be found in its file.`, { cause: error });
  }
}

function fragmentsOf(dataSet: DataSet, element: Element, frame: number, frames: number) {
  const count = element.fragments?.length ?? 0;
  const offsets = element.basicOffsetTable ?? [];
  const readFragments = dicomParser.readEncapsulatedPixelDataFromFragments;
  if (frames === 1) return readFragments(dataSet, element, 0, count);
  if (offsets.length > 0) return dicomParser.readEncapsulatedImageFrame(dataSet, element, frame);
  if (count === frames) return readFragments(dataSet, element, frame, 1);
  // Several fragments a picture and no table: JPEG's own end marks part them.
  return dicomParser.readEncapsulatedImageFrame(
    dataSet,
    element,
    frame,
    dicomParser.createJPEGBasicOffsetTable(dataSet, element),
  );
}

async function parseWhole(file: Blob, headerBytes: number): Promise<DataSet> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // Compressed pictures are always explicit.
  nameForParser(bytes.subarray(0, headerBytes));
  try {
    return dicomParser.parseDicom(bytes);
  } catch (error) {
    // Rubbish behind the picture does no harm.
    const partial = (error as { dataSet?: DataSet }).dataSet;
    if (partial?.elements[pixelData]?.fragments) return partial;
    throw new UnreadablePicture('The compressed picture is cut off.', { cause: error });
  }
}

/** Plain stored values; bits above those stored (overlays, in old files) are taken off.
 *  @param bytes of one picture with one sample a pixel */
export function nativeValues(
  bytes: Uint8Array<ArrayBuffer>,
  layout: Pick<PixelLayout, 'bitsAllocated' | 'bitsStored' | 'pixelRepresentation'>,
  littleEndian: boolean,
): DecodedValues {
  const { bitsAllocated, pixelRepresentation } = layout;
  const width = bitsAllocated / 8;
  if (!littleEndian) {
    for (let i = 0; i < bytes.length; i += width) bytes.subarray(i, i + width).reverse();
  }
  const isSigned = pixelRepresentation === 1;
  const [S, U] = ({ 1: [Int8Array, Uint8Array], 2: [Int16Array, Uint16Array], 4: [Int32Array, Uint32Array] } as const)[
    width as 1 | 2 | 4
  ];
  const values = isSigned ? new S(bytes.buffer) : new U(bytes.buffer);
  return onlyStoredBits(values, layout);
}

/** Takes a value's sign from its highest stored bit, as the header says, whatever the codec made of it. */
export function onlyStoredBits(
  values: DecodedValues,
  { bitsStored, pixelRepresentation }: Pick<PixelLayout, 'bitsStored' | 'pixelRepresentation'>,
): DecodedValues {
  if (values instanceof Float32Array) return values;
  const isSigned = pixelRepresentation === 1;
  const width = 8 * values.BYTES_PER_ELEMENT;
  if (bitsStored < 1 || bitsStored >= 32) return values;
  if (isSigned) {
    const isInPlace = bitsStored === width && !/^Uint/.test(values.constructor.name);
    if (isInPlace) return values;
    const shift = 32 - bitsStored;
    const signed = bitsStored <= 16 ? new Int16Array(values.length) : new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) signed[i] = (values[i] << shift) >> shift;
    return signed;
  }
  // A codec that names its values signed knows better than a header that does not.
  const isPlain = bitsStored >= width || /^Int/.test(values.constructor.name);
  if (isPlain) return values;
  const mask = 2 ** bitsStored - 1;
  for (let i = 0; i < values.length; i++) values[i] &= mask;
  return values;
}
