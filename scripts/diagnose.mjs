/** `npm run diagnose -- FOLDER --out DIR`: installs and builds what is missing or out of date, then reads the study. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';

const from = process.cwd();
chdir(fileURLToPath(new URL('..', import.meta.url)));
install();

const newest = (path) =>
  statSync(path).isDirectory()
    ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
    : statSync(path).mtimeMs;
const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json'];
const isBuilt = existsSync('dist/index.html') && newest('dist/index.html') > Math.max(...sources.map(newest));

const node = (script, args, stdio = 'inherit') =>
  spawnSync(process.execPath, [`node_modules/${script}`, ...args], { stdio }).status ?? 1;
// Standard output is the caller's.
if (!isBuilt && node('vite/bin/vite.js', ['build', '--logLevel', 'error'], ['ignore', 2, 2]) !== 0) process.exit(1);

// Paths on the command line are the caller's, from where the caller stands.
const args = process.argv.slice(2).map((arg, i, all) => {
  const isPath =
    !arg.startsWith('--') &&
    (i === 0 || !all[i - 1].startsWith('--') || all[i - 1] === '--out' || all[i - 1] === '--show-untrained');
  return isPath ? resolve(from, arg) : arg;
});
process.exit(node('tsx/dist/cli.mjs', ['scripts/diagnose.ts', ...args]));
