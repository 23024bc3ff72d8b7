/** A Chromium to test in: one named by CHROMIUM_PATH, one that is installed, Playwright's own download, or the
 *  system's package manager, in that order. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** @returns path of the browser, or undefined where only Playwright's own may be there
 *  @throws Error if CHROMIUM_PATH names nothing: another browser would not be what was asked for */
export function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which is not there`);
  return named || usualPlaces.find((path) => existsSync(path));
}

/** Playwright's own browser where it has been downloaded. Asked for late: packages may not be there yet. */
async function playwrightsOwn() {
  const { chromium } = await import('playwright');
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

const run = (command, args) => spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });

/** Sees to it that there is one, and says how where there is none.
 *  @throws Error with what was tried */
export async function ensureChromium() {
  const present = findChromium() ?? (await playwrightsOwn());
  if (present) return present;

  console.log('No Chromium found; trying the download of Playwright …');
  run('npx', ['playwright', 'install', 'chromium']);
  const downloaded = await playwrightsOwn();
  if (downloaded) return downloaded;

  if (existsSync('/usr/bin/apt-get')) {
    console.log('The download did not work; trying the package chromium of the system …');
    const [command, ...before] = process.getuid?.() === 0 ? ['apt-get'] : ['sudo', '-n', 'apt-get'];
    const apt = (...args) => run(command, [...before, ...args]);
    apt('update', '-qq');
    apt('install', '-y', '-qq', 'chromium');
    const installed = findChromium();
    if (installed) return installed;
  }
  throw new Error(
    'The browser tests need Chromium, and none could be found or installed. Install Chromium or Chrome, or name one: CHROMIUM_PATH=/path/to/chromium npm test',
  );
}
