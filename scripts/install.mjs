/** Installs the packages of the lock file where they are missing or out of date. No package may be imported here. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const marker = 'node_modules/.installed-lock';

/** Ends the process with a plain message where Node is too old or the installation fails. */
export function install() {
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const lock = readFileSync('package-lock.json', 'utf8');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === lock) return;
  console.log('Installing packages …');
  // Not `npm ci`: it refuses a lock file that lacks another platform's optional binaries.
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
  if (status !== 0) {
    console.error('npm install failed; what it printed stands above.');
    process.exit(1);
  }
  writeFileSync(marker, lock);
}
