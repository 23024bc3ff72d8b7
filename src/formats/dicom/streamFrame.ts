/** What a compressed picture says of itself at its start, read before a codec takes memory for it. */
import { UnreadablePicture } from './decodeFrame.ts';
import type { PixelLayout } from './frameHeader.ts';

export interface StreamFrame {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  /** Bits of a value. */
  readonly precision: number;
  /** JPEG alone. */
  readonly isProgressive: boolean;
  /** JPEG 2000 alone: parts that are coded by themselves. */
  readonly tiles: number;
}

const jpeg = /^1\.2\.840\.10008\.1\.2\.4\.(5\d|6\d|70|8[01])$/;
export const isJpeg2000 = (transferSyntax: string) => /^1\.2\.840\.10008\.1\.2\.4\.9[0-3]$/.test(transferSyntax);
const isHighThroughput = (transferSyntax: string) => /^1\.2\.840\.10008\.1\.2\.4\.20[123]$/.test(transferSyntax);
/** OpenJPEG takes kilobytes for each tile that is named; 4096 x 4096 pixels in tiles of 64 are so many. */
const mostTiles = 4096;

/** @returns null for RLE and others that say nothing of themselves
 *  @throws UnreadablePicture where the stream is none, or not the picture that the header describes */
export function streamFrameOf(bytes: Uint8Array, layout: PixelLayout): StreamFrame | null {
  const { transferSyntax } = layout;
  const isJpeg = jpeg.test(transferSyntax);
  if (!isJpeg && !isJpeg2000(transferSyntax) && !isHighThroughput(transferSyntax)) return null;
  const frame = isJpeg ? jpegFrameOf(bytes) : jpeg2000FrameOf(bytes);
  const isSane = frame && isSide(frame.rows) && isSide(frame.columns) && frame.tiles <= mostTiles;
  if (!isSane) throw new UnreadablePicture('The compressed picture is damaged.');
  if (frame.rows !== layout.rows || frame.columns !== layout.columns) {
    throw new UnreadablePicture(
      `The compressed picture has ${frame.columns} x ${frame.rows} pixels, its header says ${layout.columns} x ${layout.rows}.`,
    );
  }
  if (frame.components !== layout.samplesPerPixel || frame.precision > layout.bitsAllocated) {
    throw new UnreadablePicture('The compressed picture is of another kind than its header says.');
  }
  return frame;
}

const isSide = (pixels: number) => pixels > 0 && pixels < 2 ** 16;

/** Of the first frame header in a JPEG or JPEG-LS stream (ISO 10918-1, B.2.2); null where there is none. */
function jpegFrameOf(bytes: Uint8Array): StreamFrame | null {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return null;
  const uint16 = (at: number) => (bytes[at] << 8) | bytes[at + 1];
  for (let at = 2; at + 10 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    // Start of frame, JPEG-LS's own among them; the three between are tables and not frames.
    const isFrame = (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame) {
      return {
        precision: bytes[at + 4],
        rows: uint16(at + 5),
        columns: uint16(at + 7),
        components: bytes[at + 9],
        isProgressive: marker !== 0xf7 && (marker & 3) === 2,
        tiles: 1,
      };
    }
    // Any number of FF may stand before a marker.
    at += marker === 0xff ? 1 : 2 + uint16(at + 2);
  }
  return null;
}

/** Within a JP2 file, as some write it, the code stream begins later. */
const furthestStart = 4096;

/** Of the marker SIZ (ISO 15444-1, A.5.1), which is the first. */
function jpeg2000FrameOf(bytes: Uint8Array): StreamFrame | null {
  const mark = [0xff, 0x4f, 0xff, 0x51];
  const start = bytes.subarray(0, furthestStart).findIndex((_, i) => mark.every((byte, k) => bytes[i + k] === byte));
  if (start < 0 || start + 43 > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, 43);
  const [right, bottom, left, top, tileWidth, tileHeight, tilesLeft, tilesTop] = Array.from({ length: 8 }, (_, i) =>
    view.getUint32(8 + 4 * i),
  );
  return {
    rows: bottom - top,
    columns: right - left,
    components: view.getUint16(40),
    precision: (view.getUint8(42) & 0x7f) + 1,
    isProgressive: false,
    tiles: Math.ceil((right - tilesLeft) / tileWidth) * Math.ceil((bottom - tilesTop) / tileHeight),
  };
}
