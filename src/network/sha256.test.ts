import { createHash } from 'node:crypto';
import { expect, test, vi } from 'vitest';
import { plainSha256, sha256Of } from './sha256.ts';

const ofNode = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

test('every length around a block gives what Node gives', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => i * 37 + length);
    expect(Buffer.from(plainSha256(bytes)).toString('hex'), String(length)).toBe(ofNode(bytes));
  }
  const long = new Uint8Array(3_000_001).fill(0xe7);
  expect(Buffer.from(plainSha256(long)).toString('hex')).toBe(ofNode(long));
});

test('a page that is not secure has no hash of its own, and gets the same', async () => {
  const bytes = new TextEncoder().encode('abc');
  const known = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await sha256Of(bytes)).toBe(known);
  vi.stubGlobal('crypto', {});
  expect(await sha256Of(bytes)).toBe(known);
  vi.unstubAllGlobals();
});
