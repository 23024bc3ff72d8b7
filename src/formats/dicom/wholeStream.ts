/** Whether a compressed picture is all there, as far as its form shows. Codecs fill what is missing with grey and say
 *  nothing, which would be read as lung or tissue; so this is looked at before they get it. */
import { UnreadablePicture } from './decodeFrame.ts';
import type { PixelLayout } from './frameHeader.ts';
import { holdsItsValues } from './huffmanCode.ts';

const runLengths = '1.2.840.10008.1.2.5';
/** JPEG, JPEG-LS, JPEG 2000 and HTJ2K all end with the same mark, which their coded data cannot hold. */
const endsWithMark = /^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|8[01]|9[0-3]|20[123])$/;
const isHuffmanCoded = /^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70)$/;
/** Bytes behind the end mark: padding to an even length, or to a writer's blocks. */
const mostPadding = 64;

/** @param bytes of one picture
 *  @throws UnreadablePicture where its end is missing, or its code does not fit its values */
export function needsToBeWhole(bytes: Uint8Array, layout: PixelLayout): void {
  const { transferSyntax } = layout;
  const isWhole =
    transferSyntax === runLengths
      ? holdsAllRuns(bytes, layout)
      : !endsWithMark.test(transferSyntax) || hasEndMark(bytes.subarray(-mostPadding));
  if (!isWhole) throw new UnreadablePicture('The compressed picture is cut off.');
  if (isHuffmanCoded.test(transferSyntax) && !holdsItsValues(bytes)) {
    throw new UnreadablePicture('The compressed picture is damaged.');
  }
}

const hasEndMark = (tail: Uint8Array) => tail.some((byte, i) => byte === 0xff && tail[i + 1] === 0xd9);

/** DICOM's RLE (PS3.5 annex G): 64 bytes that place the segments, one for each byte of a pixel, then runs. */
function holdsAllRuns(bytes: Uint8Array, { rows, columns, samplesPerPixel, bitsAllocated }: PixelLayout): boolean {
  if (bytes.length < 64) return false;
  const header = new DataView(bytes.buffer, bytes.byteOffset, 64);
  const count = header.getUint32(0, true);
  if (count !== (samplesPerPixel * bitsAllocated) / 8 || count > 15) return false;
  const starts = Array.from({ length: 15 }, (_, s) => header.getUint32(4 + 4 * s, true));
  // The decoder takes a place behind the last for that segment's end.
  if (starts.slice(count).some((start) => start !== 0)) return false;
  return starts.slice(0, count).every((start, s) => {
    const end = s + 1 < count ? starts[s + 1] : bytes.length;
    return start >= 64 && end <= bytes.length && unpacksTo(bytes.subarray(start, end), rows * columns);
  });
}

/** Whether PackBits runs end with that many bytes, and with them the segment, padding aside. */
function unpacksTo(runs: Uint8Array, wanted: number): boolean {
  let length = 0;
  let at = 0;
  while (length < wanted) {
    const n = runs[at];
    const isCopied = n < 128;
    at += isCopied ? n + 2 : n > 128 ? 2 : 1;
    if (at > runs.length || n === undefined) return false;
    length += isCopied ? n + 1 : n > 128 ? 257 - n : 0;
  }
  return length === wanted && runs.length - at <= mostPadding && runs.subarray(at).every((byte) => byte === 0);
}
