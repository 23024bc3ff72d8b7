/** Pictures as they lie in the file, where there is no browser and hence no codec: evaluation, tests. */
import { UnreadablePicture, type DecodeFrame } from './decodeFrame.ts';
import { nativeValues, pixelBytes } from './pixelBytes.ts';

export const decodeNative: DecodeFrame = async (file, frame) => {
  const stored = await pixelBytes(file, frame);
  if (stored.kind === 'encapsulated')
    throw new UnreadablePicture('It is compressed; decompress the folder first (gdcmconv --raw, dcmdjpeg).');
  return nativeValues(stored.bytes, frame.layout, stored.littleEndian);
};
