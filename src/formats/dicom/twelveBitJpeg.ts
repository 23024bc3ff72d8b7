/** Cornerstone's decoder for 12-bit JPEG (`codecs/jpeg.js`, 5.14) puts the middle grey of a picture in the wrong place and
 *  reads progressive ones inexactly. Both were found by comparison with dcmtk, and are the same for every file. */
import type { DecodedValues } from './decodeFrame.ts';

export interface JpegFrame {
  readonly precision: number;
  readonly isProgressive: boolean;
}

/** Of the first frame header in a JPEG stream; null where there is none. */
export function jpegFrameOf(bytes: Uint8Array): JpegFrame | null {
  for (let at = 2; at + 4 < bytes.length && bytes[at] === 0xff; at += 2 + ((bytes[at + 2] << 8) | bytes[at + 3])) {
    const marker = bytes[at + 1];
    // Start of frame; the three between are tables and not frames.
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return { precision: bytes[at + 4], isProgressive: (marker & 3) === 2 };
  }
  return null;
}

/** In sixteenths of a step the decoder adds 2056 * 4095 / 255 = 33017 where half the range and half a step, 32776,
 *  would be right: 15 steps too much. */
const tooMuch = 15;

/** Changes the values in place. */
export function withMiddleGreyInPlace(values: DecodedValues): DecodedValues {
  for (let i = 0; i < values.length; i++) values[i] = Math.max(0, values[i] - tooMuch);
  return values;
}
