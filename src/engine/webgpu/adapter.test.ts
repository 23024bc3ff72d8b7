import { expect, it } from 'vitest';
import { describeAdapter } from './adapter.ts';

it.each([
  ['Chromium on SwiftShader', { vendor: 'google', architecture: 'swiftshader', isFallbackAdapter: true }, true],
  ['SwiftShader that does not own up', { vendor: 'google', architecture: 'swiftshader' }, true],
  ['lavapipe', { vendor: 'mesa', architecture: 'software' }, true],
  ['lavapipe by its description', { vendor: 'mesa', description: 'llvmpipe (LLVM 15.0.6, 256 bits)' }, true],
  ['a laptop', { vendor: 'apple', architecture: 'metal-3', isFallbackAdapter: false }, false],
  ['a card', { vendor: 'nvidia', architecture: 'ampere' }, false],
])('tells %s', (_, info, isSoftware) => expect(describeAdapter(info).isSoftware).toBe(isSoftware));

it('names what browsers leave to be named', () => {
  expect(describeAdapter({ vendor: 'apple', architecture: 'metal-3', description: '' }).name).toBe('apple metal-3');
  expect(describeAdapter({}).name).toBe('an unnamed adapter');
});
