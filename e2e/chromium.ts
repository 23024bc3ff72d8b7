import { existsSync } from 'node:fs';

const usualPlaces = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser to test in: the one named by CHROMIUM_PATH, else one the system has, else Playwright's own.
 *  @throws Error if CHROMIUM_PATH names nothing: another browser would not be what was asked for */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named && !existsSync(named)) throw new Error(`CHROMIUM_PATH names ${named}, which is not there`);
  return named ?? usualPlaces.find((path) => existsSync(path));
}

/** Everything runs on the CPU: WebGPU and WebGL 2 on SwiftShader. No traffic of the browser's own. */
export const chromiumArgs = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--js-flags=--expose-gc',
];
