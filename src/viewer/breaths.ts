/** A frame's worth of work; then others get their turn. */
const breathMs = 8;

/** @returns to be awaited between small pieces of work: lets others in when it is their turn */
export function breaths(): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since <= breathMs) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}
