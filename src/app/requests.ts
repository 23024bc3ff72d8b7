/** Counts what the page asks of other computers, so that "nothing leaves this computer" can be seen. */
import { useSyncExternalStore } from 'react';

const elsewhere = new Set<string>();
let blocked = 0;
let snapshot = { toOthers: 0, blocked: 0 };
const listeners = new Set<() => void>();

function changed(): void {
  snapshot = { toOthers: elsewhere.size, blocked };
  for (const listener of listeners) listener();
}

function watch(): void {
  new PerformanceObserver((list) => {
    for (const { name, startTime } of list.getEntries()) {
      const { protocol, origin } = new URL(name, location.href);
      if (/^https?:$/.test(protocol) && origin !== location.origin) elsewhere.add(`${startTime} ${name}`);
    }
    changed();
  }).observe({ type: 'resource', buffered: true });
  // What the security policy stopped never left.
  document.addEventListener('securitypolicyviolation', () => {
    blocked++;
    changed();
  });
}

let isWatching = false;
function subscribe(listener: () => void): () => void {
  if (!isWatching) watch();
  isWatching = true;
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useRequests(): { readonly toOthers: number; readonly blocked: number } {
  return useSyncExternalStore(subscribe, () => snapshot);
}
