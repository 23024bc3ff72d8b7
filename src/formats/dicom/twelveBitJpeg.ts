/** Cornerstone's decoder for 12-bit JPEG (`codecs/jpeg.js`, 5.14) puts the middle grey of a picture in the wrong place and
 *  reads progressive ones inexactly. Both were found by comparison with dcmtk, and are the same for every file. */
import type { DecodedValues } from './decodeFrame.ts';

/** In sixteenths of a step the decoder adds 2056 * 4095 / 255 = 33017 where half the range and half a step, 32776,
 *  would be right: 15 steps too much. */
const tooMuch = 15;

/** Changes the values in place. */
export function withMiddleGreyInPlace(values: DecodedValues): DecodedValues {
  for (let i = 0; i < values.length; i++) values[i] = Math.max(0, values[i] - tooMuch);
  return values;
}
