/** Independent readers of DICOM, for tests: dciodvfy (dicom3tools) and pydicom, where the machine has them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const runs = (command: string, args: readonly string[]) => spawnSync(command, args).error === undefined;

export const hasDciodvfy = runs('dciodvfy', ['-version']);
/** Debian's own Python, where python3-pydicom puts it. */
const python = '/usr/bin/python3';
export const hasPydicom = spawnSync(python, ['-c', 'import pydicom']).status === 0;

/** @returns the lines that begin with Error */
export function dciodvfyErrors(bytes: Uint8Array): string[] {
  const { stdout, stderr } = onFile(bytes, (path) => spawnSync('dciodvfy', [path], { encoding: 'utf8' }));
  return `${stdout}\n${stderr}`.split('\n').filter((line) => /^Error/.test(line));
}

/** @param script prints JSON; the file, read with pydicom, is `ds` */
export function pydicom(bytes: Uint8Array, script: string): unknown {
  const code = `import sys, json, pydicom\nds = pydicom.dcmread(sys.argv[1])\n${script}`;
  const { status, stdout, stderr } = onFile(bytes, (path) =>
    spawnSync(python, ['-c', code, path], { encoding: 'utf8' }),
  );
  if (status !== 0) throw new Error(`pydicom: ${stderr}`);
  return JSON.parse(stdout);
}

function onFile<T>(bytes: Uint8Array, read: (path: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'dicom-'));
  try {
    const path = join(folder, 'file.dcm');
    writeFileSync(path, bytes);
    return read(path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
