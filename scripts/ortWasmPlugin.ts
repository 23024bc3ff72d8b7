/** Ships ONNX Runtime's WebAssembly pair under the app's own path, for the dev server and the build.
 *
 *  Left to itself the runtime either asks the bundler for a 14 MB asset through `new URL(…, import.meta.url)`,
 *  under a hashed name of its own beside the worker, or starts its threads from a blob, which the content policy
 *  forbids. So: the variant of the package without the binary inside it, and the two files copied as they are to
 *  one folder, from where the runtime fetches the one and imports the other, also in each of its thread workers. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defaultClientConditions, type Plugin } from 'vite';

/** Relative to the app's base. `openWasm` is given this folder as an absolute address. */
export const ortFolder = 'ort/';

const files = {
  'ort-wasm-simd-threaded.mjs': 'text/javascript',
  'ort-wasm-simd-threaded.wasm': 'application/wasm',
} as const;

export function ortWasmPlugin(): Plugin {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web'));
  return {
    name: 'onnxruntime-wasm-files',
    // Resolves to the package's variant that brings no copy of the binary and takes the folder it is told.
    config: () => ({
      resolve: { conditions: ['onnxruntime-web-use-extern-wasm', ...defaultClientConditions] },
      optimizeDeps: { exclude: ['onnxruntime-web/wasm'] },
    }),
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = (request.url ?? '').split('?')[0];
        const name = Object.keys(files).find((file) => path.endsWith(`/${ortFolder}${file}`)) as keyof typeof files;
        if (!name) return next();
        // Vite would rewrite the .mjs, and refuse to import it from the public folder.
        for (const [header, value] of Object.entries(server.config.server.headers ?? {})) {
          response.setHeader(header, String(value));
        }
        response.setHeader('Content-Type', files[name]);
        response.end(readFileSync(join(folder, name)));
      });
    },
    generateBundle() {
      for (const name of Object.keys(files)) {
        this.emitFile({ type: 'asset', fileName: ortFolder + name, source: readFileSync(join(folder, name)) });
      }
    },
  };
}
