import type { BlockingMemory } from './blockings.ts';

/** Beside the page's own files in the browser, gone with them when the reader clears what is stored. Where a browser
 *  keeps nothing the card is timed at every visit. */
export const blockingCache: BlockingMemory = {
  read: async (adapter) => {
    try {
      const kept = await (await caches.open(cacheName)).match(addressOf(adapter));
      return kept ? ((await kept.json()) as unknown) : undefined;
    } catch {
      return undefined;
    }
  },
  write: async (adapter, blocking) => {
    try {
      await (await caches.open(cacheName)).put(addressOf(adapter), Response.json(blocking));
    } catch {
      // As above.
    }
  },
};

/** Kernels that change get another name: what was timed for the old ones says nothing. */
const cacheName = 'graphics-card-2';
const addressOf = (adapter: string) => `/graphics-card/${encodeURIComponent(adapter)}`;
