import { expect, test } from 'vitest';
import { readingDirection, type Volume } from '../../volume/grid.ts';
import { writeDicomStudy } from '../../simulation/dicomStudy.ts';
import { openFiles } from '../openFiles.ts';
import type { DicomSeries } from '../series.ts';
import { nativeValues, onlyStoredBits, pixelBytes } from './pixelBytes.ts';

const layout = (bitsStored: number, pixelRepresentation: 0 | 1, bitsAllocated = 16) => ({
  bitsAllocated,
  bitsStored,
  pixelRepresentation,
});

test('the sign is that of the highest stored bit; bits above are taken off', () => {
  const stored = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
  expect([...nativeValues(stored(0x0fff, 0x0800, 0x07ff), layout(12, 1), true)]).toEqual([-1, -2048, 2047]);
  expect([...nativeValues(stored(0xffff, 0x8000), layout(16, 1), true)]).toEqual([-1, -32768]);
  // Bit 12 is an overlay of an old scanner.
  expect([...nativeValues(stored(0x1fff, 0x0800), layout(12, 0), true)]).toEqual([4095, 2048]);
  expect([...nativeValues(Uint8Array.of(255, 7), layout(8, 0, 8), true)]).toEqual([255, 7]);
  expect([...nativeValues(Uint8Array.of(0x01, 0x02), layout(16, 0), false)]).toEqual([0x0102]);
  // A codec that gives a signed picture as unsigned numbers, and one that knows better than the header.
  expect([...onlyStoredBits(Uint16Array.of(0xf830, 5), layout(16, 1))]).toEqual([-2000, 5]);
  expect([...onlyStoredBits(Int16Array.of(-7), layout(12, 0))]).toEqual([-7]);
});

const grid = { shape: [20, 16, 18], spacingMm: [4, 1, 1], originMm: [0, 0, 0], direction: readingDirection } as const;
const volume: Volume = { grid, hu: Int16Array.from({ length: 20 * 16 * 18 }, (_, i) => (i % 3000) - 1024) };

async function openOne(multiFrame: boolean): Promise<DicomSeries> {
  const { series } = await openFiles(writeDicomStudy(volume, { multiFrame }));
  return series[0] as DicomSeries;
}

test.each([
  ['one file a slice', false],
  ['an enhanced file', true],
])('every picture of %s is found', async (_, multiFrame) => {
  const { frames, files } = await openOne(multiFrame);
  expect(frames).toHaveLength(20);
  for (const frame of frames) {
    const { kind, bytes } = await pixelBytes(files[frame.file].data, frame);
    expect(kind).toBe('native');
    const z = frame.positionMm![2] / 4;
    const stored = [...nativeValues(bytes, frame.layout, true)].map((value) => value - 1024);
    expect(stored).toEqual([...volume.hu.subarray(z * 288, (z + 1) * 288)]);
  }
});

test('a file that ends too early, or holds other pixels than it says, is told from a sound one', async () => {
  const { frames, files } = await openOne(false);
  const { data } = files[0];
  await expect(pixelBytes(data.slice(0, data.size - 10), frames[0])).rejects.toThrow('end too early');
  const wider = { ...frames[0], layout: { ...frames[0].layout, columns: 60_000 } };
  await expect(pixelBytes(data, wider)).rejects.toThrow('end too early');
  const packed = { ...frames[0], layout: { ...frames[0].layout, bitsAllocated: 12 } };
  await expect(pixelBytes(data, packed)).rejects.toThrow('12 bits');
  const gone = {
    size: 1000,
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotFoundError')) }),
  };
  await expect(pixelBytes(gone as unknown as Blob, frames[0])).rejects.toThrow('moved or changed');
});
