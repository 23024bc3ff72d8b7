/** Keys to actions. Nothing is taken from a field one types in or from an open dialog or menu. */
import { act, actionIds, actions, keysOf, type ActionId, type App } from './actions.ts';
import type { AppState } from './state.ts';

/** Held longer than this, G only looks beneath the overlays. */
const holdMs = 300;

/** A key as the tables write it: `Ctrl+z`, `Space`, `?`, `ArrowUp`; letters small, Cmd counts as Ctrl. */
export function keyName({ key, ctrlKey, metaKey, altKey }: KeyPress): string {
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toLowerCase() : key;
  return `${altKey ? 'Alt+' : ''}${ctrlKey || metaKey ? 'Ctrl+' : ''}${name}`;
}
type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>;

/** Single letters, digits and signs can be switched off for readers who speak to their computer (WCAG 2.1.4). */
export function actionFor(name: string, preferences: AppState['preferences']): ActionId | null {
  if (!preferences.singleKeys && name.length === 1) return null;
  const named = actionIds.filter((id) => keysOf(id, preferences).includes(name));
  // A reader's choice outlives a version in which the key gets a meaning of ours.
  return named.find((id) => preferences.keys[id]) ?? named[0] ?? null;
}

/** A reader's keys with one more choice; what the key did before loses it. */
export function withKey(preferences: AppState['preferences'], id: ActionId, name: string): AppState['preferences'] {
  const former = actionFor(name, { ...preferences, singleKeys: true });
  const keys = { ...preferences.keys, [id]: [name] };
  if (former && former !== id) keys[former] = keysOf(former, preferences).filter((key) => key !== name);
  return { ...preferences, keys };
}

/** For the sheet and for tooltips. */
export function keyWords(name: string): string {
  const words: Record<string, string> = {
    ArrowUp: '↑',
    ArrowDown: '↓',
    PageUp: 'PgUp',
    PageDown: 'PgDn',
    Escape: 'Esc',
    Delete: 'Del',
  };
  return name
    .split(/\+(?=.)/)
    .map((part) => words[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join('+');
}

function isTaken(event: KeyboardEvent, name: string): boolean {
  if (event.defaultPrevented) return true;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]'))
    return true;
  if (target?.closest('[role=dialog], [role=menu], [role=listbox]')) return true;
  // What the focused control does with the key itself.
  if (name === 'Space' && target?.closest('button, a, summary, [role=switch], [role=checkbox], [role=row]'))
    return true;
  // Lists and panels scroll where the keyboard has led to them; a click into one leaves the slices theirs.
  return (
    /^(Arrow|Home|End|Page)/.test(name) &&
    !!target?.closest('[role=slider], [role=radiogroup], [data-scrolls]:focus-visible')
  );
}

/** @returns a function that ends it */
export function listenToKeys(app: App): () => void {
  const away = new AbortController();
  const { signal } = away;
  let heldSince = 0;

  const down = (event: KeyboardEvent) => {
    const name = keyName(event);
    if (isTaken(event, name)) return;
    const id = actionFor(name, app.store.getState().preferences);
    if (!id) return;
    event.preventDefault();
    if (event.repeat && !actions[id].repeats) return;
    if (id === 'overlays') heldSince = event.timeStamp;
    act(app, id);
  };
  const up = (event: KeyboardEvent) => {
    if (!heldSince || actionFor(keyName(event), app.store.getState().preferences) !== 'overlays') return;
    if (event.timeStamp - heldSince > holdMs) act(app, 'overlays');
    heldSince = 0;
  };
  window.addEventListener('keydown', down, { signal });
  window.addEventListener('keyup', up, { signal });
  return () => away.abort();
}
