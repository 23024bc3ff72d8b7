/** Grey and RGB pictures as PNG, for contact sheets. */
import { crc32, deflateSync } from 'node:zlib';

/** @param pixels rows one after the other, one byte (grey) or three (RGB) a pixel */
export function writePng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const channels = pixels.length / (width * height);
  if (channels !== 1 && channels !== 3) throw new RangeError(`writePng: ${channels} bytes a pixel`);
  const row = width * channels;
  /** Each row begins with its filter: none. */
  const filtered = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) filtered.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
