/** `npm start`: installs what is missing, builds the app, and serves it as any static host would.
 *  `npm start -- --port 8080` takes another port. */
import { spawnSync } from 'node:child_process';
import { chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { install } from './install.mjs';

chdir(fileURLToPath(new URL('..', import.meta.url)));
install();
const vite = (args) =>
  spawnSync(process.execPath, ['node_modules/vite/bin/vite.js', ...args], { stdio: 'inherit' }).status;
const built = vite(['build', '--logLevel', 'error']);
if (built !== 0) process.exit(built ?? 1);
console.log('\nOpen the address below in Chrome or Edge. Ctrl+C ends it.');
process.exit(vite(['preview', ...process.argv.slice(2)]) ?? 0);
