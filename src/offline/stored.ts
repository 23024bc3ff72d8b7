/** What this page keeps on the reader's machine, and how to be rid of it. */

export interface Stored {
  /** The app itself: page, codecs, models. */
  readonly files: number;
  /** Bytes of all that this origin keeps, as the browser estimates them; null where it does not say. */
  readonly bytes: number | null;
  /** Preferences by name. No pixel and no name of a patient is ever among them. */
  readonly preferences: readonly string[];
}

/** @returns null where the browser lets the page keep nothing */
export async function whatIsStored(): Promise<Stored | null> {
  try {
    return await counted();
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function counted(): Promise<Stored> {
  const names = 'caches' in globalThis ? await caches.keys() : [];
  const counts = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).length));
  const estimate = await navigator.storage?.estimate?.().catch(() => null);
  return {
    files: counts.reduce((sum, count) => sum + count, 0),
    bytes: estimate?.usage ?? null,
    preferences: Object.keys(localStorage),
  };
}

/** Removes the stored app, preferences and the service worker. The open page goes on until it is reloaded. */
export async function forgetEverything(): Promise<void> {
  const registrations = (await navigator.serviceWorker?.getRegistrations()) ?? [];
  await Promise.all(registrations.map((registration) => registration.unregister()));
  const names = 'caches' in globalThis ? await caches.keys() : [];
  await Promise.all(names.map((name) => caches.delete(name)));
  localStorage.clear();
}
