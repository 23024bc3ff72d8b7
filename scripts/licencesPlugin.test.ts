import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageFolderOf, shippedPackage } from './licencesPlugin.ts';

test.each([
  ['/a/node_modules/fflate/esm/browser.js', '/a/node_modules/fflate'],
  ['/a/node_modules/@cornerstonejs/core/dist/esm/index.js?v=1', '/a/node_modules/@cornerstonejs/core'],
  ['\0/a/node_modules/dcmjs/build/dcmjs.js?commonjs-module', '/a/node_modules/dcmjs'],
  ['/a/node_modules/b/node_modules/c/index.js', '/a/node_modules/b/node_modules/c'],
  ['/a/src/main.tsx', null],
])('%s is of %s', (id, folder) => {
  expect(packageFolderOf(id)).toBe(folder);
});

test('a package is listed with the text of its licence; one without any is not shipped', () => {
  const folder = mkdtempSync(join(tmpdir(), 'licence-'));
  const write = (json: object) => writeFileSync(join(folder, 'package.json'), JSON.stringify(json));
  write({ name: 'a', version: '1.0.0', license: 'MIT' });
  writeFileSync(join(folder, 'LICENSE.md'), 'Do as you like.');
  expect(shippedPackage(folder)).toEqual({ name: 'a', version: '1.0.0', licence: 'MIT', text: 'Do as you like.' });
  write({ name: 'a', version: '1.0.0', licenses: [{ type: 'MIT' }, { type: 'ISC' }] });
  expect(shippedPackage(folder).licence).toBe('MIT OR ISC');
  write({ name: 'a', version: '1.0.0' });
  expect(() => shippedPackage(folder)).toThrow('a names no licence');
  rmSync(folder, { recursive: true });
});
