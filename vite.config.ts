import react from '@vitejs/plugin-react';
import { readdirSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { contentPolicy, headerPolicy, policyText, type Policy } from './src/contentPolicy.ts';
import { licencesPlugin } from './scripts/licencesPlugin.ts';
import { ortWasmPlugin } from './scripts/ortWasmPlugin.ts';
import { serviceWorkerPlugin } from './scripts/serviceWorkerPlugin.ts';

/** In the app's own page text becomes markup, and an address a script, only through `src/trustedTypes.ts`. Vite's client and
 *  the playground's pages know nothing of it, so it is no header. */
const trustedTypes = { 'require-trusted-types-for': "'script'", 'trusted-types': 'default' };

/** React's refresh preamble is an inline script, hot updates come through a web socket, and Vite's own
 *  client starts workers from blobs: only the dev server is given this. */
const devContentPolicy = {
  ...contentPolicy,
  'script-src': "'self' 'unsafe-inline' 'wasm-unsafe-eval'",
  'worker-src': "'self' blob:",
  'connect-src': "'self' ws: wss:",
};

/** Isolation gives the workers SharedArrayBuffer and WebAssembly threads. */
const headers = (policy: Policy) => ({
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': headerPolicy(policy),
});

/** Static hosts set no headers, so the built pages carry the policy themselves. It comes first in the
 *  head: what stands before it would be loaded without it. */
function policyInPage(policy: Policy): Plugin {
  return {
    name: 'content-policy-in-page',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: policyText(policy) },
        injectTo: 'head-prepend',
      },
    ],
  };
}

/** The Cornerstone packages keep module-wide registries and start workers from URLs beside themselves, so
 *  the dev server must not bundle copies of them; what they import as CommonJS must be bundled instead. */
const cornerstonePackages = ['core', 'metadata', 'utils', 'tools', 'dicom-image-loader'].map(
  (name) => `@cornerstonejs/${name}`,
);
const theirCommonJs = [
  'dicom-parser',
  'comlink',
  'pako',
  'uuid',
  'loglevel',
  'dcmjs',
  'gl-matrix',
  'lodash.get',
  'fast-deep-equal',
  'xmlbuilder2',
  'spark-md5',
  'seedrandom',
  'webworker-promise',
  'globalthis',
  '@cornerstonejs/codec-charls/decodewasmjs',
  '@cornerstonejs/codec-openjpeg/decodewasmjs',
  '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs',
  '@cornerstonejs/codec-libjxl/decodewasmjs',
  '@cornerstonejs/codec-openjph/wasmjs',
];

const playgroundPages = () =>
  readdirSync('playground')
    .filter((file) => file.endsWith('.html'))
    .map((file) => `playground/${file}`);

/** `vite build` makes the app; `vite build --mode playground` the pages the browser tests drive, under the
 *  same settings and policy, never shipped. */
export default defineConfig(({ mode }) => {
  const playground = mode === 'playground';
  const licences = licencesPlugin();
  const policy = playground ? contentPolicy : { ...contentPolicy, ...trustedTypes };
  return {
    base: './',
    plugins: [
      react(),
      policyInPage(policy),
      ortWasmPlugin(),
      ...(playground ? [] : [licences.page, serviceWorkerPlugin()]),
    ],
    publicDir: playground ? false : 'public',
    // vtk.js reaches Node's EventEmitter through xmlbuilder2; without this the built page dies at load.
    resolve: { alias: { events: 'events/events.js' } },
    worker: { format: 'es', plugins: () => [licences.worker()] },
    optimizeDeps: { exclude: cornerstonePackages, include: theirCommonJs },
    build: {
      target: 'esnext',
      outDir: playground ? '.cache/playground' : 'dist',
      chunkSizeWarningLimit: 5120,
      ...(playground ? { rolldownOptions: { input: playgroundPages() } } : {}),
    },
    server: { headers: headers(devContentPolicy) },
    preview: { headers: headers(contentPolicy) },
  };
});
