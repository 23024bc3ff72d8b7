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
  try {
    const registration = await serviceWorker.register('./serviceWorker.js', { type: 'module', updateViaCache: 'none' });
    const look = () => {
      const { waiting, active } = registration;
      if (waiting && active) onState({ kind: 'update-waiting', takeOver: () => takeOver(waiting) });
      else if (active?.state === 'activated') onState({ kind: 'ready' });
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

function takeOver(waiting: ServiceWorker): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting.postMessage('take-over');
}
