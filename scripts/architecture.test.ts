import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { rooms } from './rooms.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');

function sourceFiles(): string[] {
  return readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(source, name));
}

const importsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1]);
const roomOf = (file: string) => relative(source, file).split('/')[0];
const isTest = (file: string) => /\.test\.tsx?$/.test(file);

test('docs/architecture.md lists the rooms and imports that the linter keeps', () => {
  const rows = readFileSync(join(root, 'docs/architecture.md'), 'utf8').matchAll(
    /^\| `(\w+)` *\|[^|]*\| *([^|]*?) *\|$/gm,
  );
  const documented = Object.fromEntries(
    [...rows].map(([, room, imports]) => [room, imports === '–' ? [] : imports.split(', ')]),
  );
  expect(documented).toEqual(rooms);
});

test('rooms import only what their row allows, types included', () => {
  const offences = sourceFiles()
    .filter((file) => !isTest(file) && relative(source, file).includes('/'))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => roomOf(resolve(dirname(file), target)))
        .filter((room) => room !== roomOf(file) && !rooms[roomOf(file)]?.includes(room))
        .map((room) => `${relative(root, file)} imports ${room}`),
    );
  expect(offences).toEqual([]);
});

test('entries are imported by nobody', () => {
  const entries = ['main.tsx', 'diagnosis.worker.ts', 'sample.worker.ts', 'serviceWorker.ts'].map((name) =>
    join(source, name),
  );
  const offences = sourceFiles().flatMap((file) =>
    importsOf(file)
      .filter((target) => target.startsWith('.') && entries.includes(resolve(dirname(file), target)))
      .map((target) => `${relative(root, file)} imports ${target}`),
  );
  expect(offences).toEqual([]);
});

test('navigator.gpu is touched in engine/webgpu only', () => {
  const offences = sourceFiles()
    .filter((file) => !isTest(file) && !relative(source, file).startsWith('engine/webgpu/'))
    .filter((file) => relative(source, file).includes('/') && /navigator\s*\??\.gpu\b/.test(readFileSync(file, 'utf8')))
    .map((file) => relative(root, file));
  expect(offences).toEqual([]);
});
