export { findChromium } from '../scripts/chromium.mjs';

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
