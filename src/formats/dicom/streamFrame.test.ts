import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnreadablePicture } from './decodeFrame.ts';
import type { PixelLayout } from './frameHeader.ts';
import { streamFrameOf } from './streamFrame.ts';

const layout = (kind: string, part: Partial<PixelLayout> = {}): PixelLayout => ({
  transferSyntax: `1.2.840.10008.1.2.4.${kind}`,
  rows: 256,
  columns: 512,
  samplesPerPixel: 1,
  photometricInterpretation: 'MONOCHROME2',
  planarConfiguration: 0,
  bitsAllocated: 16,
  bitsStored: 12,
  pixelRepresentation: 0,
  numberOfFrames: 1,
  ...part,
});
/** A comment, then 12 bits, 256 rows, 512 columns, 1 component. */
const jpeg = (marker: number) =>
  Uint8Array.of(...[0xff, 0xd8, 0xff, 0xfe, 0, 4, 1, 2, 0xff], ...[0xff, marker, 0, 11, 12, 1, 0, 2, 0, 1, 1, 0x11, 0]);
const uint32 = (n: number) => [n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255];
const jpeg2000 = (tile: number) =>
  Uint8Array.of(
    ...[0, 0, 0, 0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0],
    ...[522, 256, 10, 0, tile, tile, 0, 0].flatMap(uint32),
    ...[0, 1, 0x8b, 1, 1],
  );

test('what a stream says of itself', () => {
  const said = { rows: 256, columns: 512, components: 1, precision: 12, isProgressive: false, tiles: 1 };
  expect(streamFrameOf(jpeg(0xc3), layout('70'))).toEqual(said);
  expect(streamFrameOf(jpeg(0xf7), layout('80'))).toEqual(said);
  expect(streamFrameOf(jpeg(0xc2), layout('55'))).toEqual({ ...said, isProgressive: true });
  expect(streamFrameOf(jpeg2000(1024), layout('90'))).toEqual(said);
  expect(streamFrameOf(jpeg2000(256), layout('201'))).toEqual({ ...said, tiles: 3 });
  expect(streamFrameOf(jpeg(0xc3), { ...layout('70'), transferSyntax: '1.2.840.10008.1.2.5' })).toBeNull();
});

test.each([
  ['pixels', jpeg(0xc1), layout('51', { rows: 512 }), '512 x 256 pixels, its header says 512 x 512'],
  ['bits', jpeg(0xc1), layout('51', { bitsAllocated: 8 }), 'of another kind'],
  ['components', jpeg2000(512), layout('90', { samplesPerPixel: 3 }), 'of another kind'],
  ['a hundred thousand tiles', jpeg2000(1), layout('90'), 'is damaged'],
  ['tiles of nothing', jpeg2000(0), layout('90'), 'is damaged'],
  ['another compression', jpeg(0xc1), layout('90'), 'is damaged'],
  ['no frame', jpeg(0xc4), layout('51'), 'is damaged'],
])('%s that are not the picture its header describes are refused before they are decoded', (_, bytes, of, words) => {
  expect(() => streamFrameOf(bytes, of)).toThrow(UnreadablePicture);
  expect(() => streamFrameOf(bytes, of)).toThrow(words);
});

test('any bytes give a frame or a reason', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0xff, 0xd8, 0xff, ...rest)),
    fc.uint8Array({ maxLength: 80 }).map((rest) => Uint8Array.of(0xff, 0x4f, 0xff, 0x51, ...rest)),
  );
  fc.assert(
    fc.property(bytes, fc.constantFrom('50', '70', '80', '90', '201'), (stream, kind) => {
      try {
        streamFrameOf(stream, layout(kind));
      } catch (error) {
        expect(error).toBeInstanceOf(UnreadablePicture);
      }
    }),
  );
});
