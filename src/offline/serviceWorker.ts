/** The page's side of working without a network. */

export type OfflineState =
  /** Not to be had here, in a reader's words. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'storing' }
  /** Everything is kept: the page opens with the network gone. */
  | { readonly kind: 'ready' }
  /** A newer version is kept and waits; `takeOver` reloads the page into it. */
  | { readonly kind: 'update-waiting'; readonly takeOver: () => void };

/** Registers the service worker and tells of every change.
 *  @param onState called at once and after each change */
export async function keepOffline(onState: (state: OfflineState) => void): Promise<void> {
  if (!('serviceWorker' in navigator)) {
    const reason = window.isSecureContext
      ? 'this browser window keeps nothing (private browsing?)'
      : 'the page is not served over https or from this computer';
    return onState({ kind: 'unavailable', reason });
  }
  const { serviceWorker } = navigator;
  onState({ kind: serviceWorker.controller ? 'ready' : 'storing' });
  let hadOne = serviceWorker.controller !== null;
  let isTaken = false;
  let isReplaced = false;
  serviceWorker.addEventListener('controllerchange', () => {
    if (isTaken) return location.reload();
    // Another tab went over to the newer version: what this page has not loaded yet may be gone.
    isReplaced = hadOne;
    hadOne = true;
    if (isReplaced) onState({ kind: 'update-waiting', takeOver: () => location.reload() });
  });
  try {
    const registration = await serviceWorker.register('./serviceWorker.js', { type: 'module', updateViaCache: 'none' });
    const look = () => {
      const { installing, waiting, active } = registration;
      if (isReplaced) return;
      const takeOver = () => {
        isTaken = true;
        waiting?.postMessage('take-over');
      };
      if (waiting && active) onState({ kind: 'update-waiting', takeOver });
      else if (active?.state === 'activated') onState({ kind: 'ready' });
      else if (!installing && !waiting && !active)
        onState({ kind: 'unavailable', reason: 'its files could not all be stored (too little room?)' });
    };
    const follow = (worker: ServiceWorker | null) => worker?.addEventListener('statechange', look);
    follow(registration.installing);
    follow(registration.active);
    registration.addEventListener('updatefound', () => follow(registration.installing));
    look();
  } catch (error) {
    onState({ kind: 'unavailable', reason: error instanceof Error ? error.message : String(error) });
  }
}
