/** Keeps the whole app on the reader's machine: after one visit it opens and reads with the network gone. A new
 *  version waits until the page says so (`offline/serviceWorker.ts`): it never interrupts a read. */
import { clientsClaim } from 'workbox-core';
import { addPlugins, cleanupOutdatedCaches, precacheAndRoute } from 'workbox-precaching';
import { contentPolicy, headerPolicy } from './contentPolicy.ts';

/** The part of ServiceWorkerGlobalScope that is used: its library cannot stand beside that of the DOM. */
declare const self: {
  /** Everything that was built, put in by the build (`scripts/serviceWorkerPlugin.ts`). */
  readonly __PRECACHE_LIST: { url: string; revision: string | null }[];
  skipWaiting(): Promise<void>;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
};

/** Hosts that set no headers get isolation, and so WebAssembly threads, from the second load on. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const policy = 'Content-Security-Policy';

addPlugins([
  {
    cachedResponseWillBeUsed: async ({ cachedResponse }) => {
      if (!cachedResponse) return cachedResponse;
      const headers = new Headers(cachedResponse.headers);
      for (const [name, value] of Object.entries(isolation)) headers.set(name, value);
      // A worker heeds the policy of its own response, not that of the page.
      if (!headers.has(policy)) headers.set(policy, headerPolicy(contentPolicy));
      const { status, statusText } = cachedResponse;
      return new Response(cachedResponse.body, { status, statusText, headers });
    },
  },
]);
precacheAndRoute(self.__PRECACHE_LIST, { ignoreURLParametersMatching: [/.*/] });
cleanupOutdatedCaches();
clientsClaim();

self.addEventListener('message', ({ data }) => {
  if (data === 'take-over') void self.skipWaiting();
});
