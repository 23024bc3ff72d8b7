/** Builds src/serviceWorker.ts as one file at the app's root, and hands it the list of all that was built. Workbox's
 *  own builder does the same, but cannot be installed from a lock file everywhere (rollup's optional binaries). */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const entry = 'serviceWorker';
const placeholder = 'self.__PRECACHE_LIST';

interface PrecacheEntry {
  readonly url: string;
  /** null where the name itself changes with the content. */
  readonly revision: string | null;
}

const hashOf = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex').slice(0, 16);
const isHashed = (name: string) => /^assets\/.+-[\w-]{8}\.\w+$/.test(name);

function publicFiles(folder: string): PrecacheEntry[] {
  if (!folder || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((file) => file.isFile() && !file.name.endsWith('.md'))
    .map((file) => {
      const path = join(file.parentPath, file.name);
      return { url: path.slice(folder.length + 1).replaceAll('\\', '/'), revision: hashOf(readFileSync(path)) };
    });
}

export function serviceWorkerPlugin(): Plugin {
  let publicFolder = '';
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    config: () => ({
      build: {
        rolldownOptions: {
          input: { index: 'index.html', [entry]: `src/${entry}.ts` },
          output: {
            entryFileNames: ({ name }: { name: string }) =>
              name === entry ? `${entry}.js` : 'assets/[name]-[hash].js',
          },
        },
      },
    }),
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle[`${entry}.js`];
        if (worker?.type !== 'chunk') this.error('the service worker was not built');
        if (worker.imports.length > 0) this.error(`the service worker must be one file; it imports ${worker.imports}`);
        if (!worker.code.includes(placeholder)) this.error(`the service worker does not read ${placeholder}`);
        const built = Object.values(bundle)
          .filter(({ fileName }) => fileName !== worker.fileName && !fileName.endsWith('.map'))
          .map((file): PrecacheEntry => {
            const content = file.type === 'chunk' ? file.code : file.source;
            return { url: file.fileName, revision: isHashed(file.fileName) ? null : hashOf(content) };
          });
        const list = [...built, ...publicFiles(publicFolder)].sort((a, b) => a.url.localeCompare(b.url));
        worker.code = worker.code.replaceAll(placeholder, () => JSON.stringify(list));
      },
    },
  };
}
