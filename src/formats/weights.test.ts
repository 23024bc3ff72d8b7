import { describe, expect, it } from 'vitest';
import { readWeights, writeWeights } from './weights.ts';

const tensors = new Map([
  ['a.weight', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
  ['b', { shape: [1], data: Float32Array.of(-0.5) }],
]);

/** A file with this header and so many bytes behind it. */
function fileWith(header: unknown, bytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

describe('safetensors', () => {
  it('reads what it wrote, from any byte of a buffer', () => {
    const file = writeWeights(tensors, { step: '7' });
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(readWeights(shifted.subarray(3))).toEqual({ kind: 'read', tensors, metadata: { step: '7' } });
  });

  it('reads a Node buffer that is part of a larger one', () => {
    const pool = Buffer.alloc(4096);
    const file = Buffer.from(writeWeights(tensors));
    file.copy(pool, 100);
    expect(readWeights(pool.subarray(100, 100 + file.length))).toMatchObject({ kind: 'read', tensors });
  });

  it('starts the values at a multiple of 8, where the header says', () => {
    const file = writeWeights(tensors);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    expect(header['a.weight']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
    expect(new DataView(file.buffer).getFloat32(8 + length + 24, true)).toBe(-0.5);
  });

  it.each([
    { dtype: 'F16', bytes: Uint16Array.of(0x3c00, 0xc000) },
    { dtype: 'BF16', bytes: Uint16Array.of(0x3f80, 0xc000) },
    { dtype: 'F64', bytes: Float64Array.of(1, -2) },
  ])('reads $dtype as float32', ({ dtype, bytes }) => {
    const file = fileWith({ a: { dtype, shape: [2], data_offsets: [0, bytes.byteLength] } }, bytes.byteLength);
    file.set(new Uint8Array(bytes.buffer), file.length - bytes.byteLength);
    const expected = new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]);
    expect(readWeights(file)).toMatchObject({ kind: 'read', tensors: expected });
  });

  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  it.each([
    ['a few bytes', new Uint8Array(5), 'too short'],
    ['another format', new TextEncoder().encode('PK and then something quite different'), 'another format'],
    ['a header that is no JSON', fileWith('{"a":', 0), 'cannot be read'],
    ['half the values', fileWith({ a: entry }, 4), 'Tensor a of this safetensors file is cut off'],
    ['whole numbers', fileWith({ a: { ...entry, dtype: 'I32' } }, 8), 'holds I32 values'],
    ['an odd type', fileWith({ a: { ...entry, dtype: 'toString' } }, 8), 'holds toString values'],
    ['a wrong size', fileWith({ a: { ...entry, shape: [3] } }, 8), 'another size'],
    ['a negative shape', fileWith({ a: { ...entry, shape: [-2] } }, 8), 'has no shape'],
    ['no entry at all', fileWith({ a: null }, 8), 'has no shape'],
  ])('refuses %s in plain words', (_, file, words) => {
    const result = readWeights(file);
    expect(result).toMatchObject({ kind: 'refused', message: expect.stringContaining(words) });
  });
});
