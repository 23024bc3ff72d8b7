import { expect, test } from 'vitest';
import { actionIds, actions } from './actions.ts';
import { actionFor, keyName, keyWords, withKey } from './keys.ts';
import { defaultPreferences } from './preferences.ts';

const press = (key: string, held: Partial<Parameters<typeof keyName>[0]> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

test('names say what is held, and letters are small', () => {
  expect(press('M')).toBe('m');
  expect(press(' ')).toBe('Space');
  expect(press('z', { metaKey: true })).toBe('Ctrl+z');
  expect(press('ArrowUp')).toBe('ArrowUp');
  expect(press('+')).toBe('+');
});

test('no key does two things', () => {
  const keys = actionIds.flatMap((id) => actions[id].keys);
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});

/** The brief's bindings: any of them gone is a habit broken. */
test.each([
  ['ArrowDown', 'slice-after'],
  ['Home', 'slice-first'],
  ['PageDown', 'series-after'],
  ['2', 'window-2'],
  ['9', 'window-9'],
  ['0', 'window-0'],
  ['Space', 'reset'],
  ['=', 'fit'],
  ['i', 'invert'],
  ['m', 'ruler'],
  ['r', 'region'],
  ['Backspace', 'delete-mark'],
  ['Ctrl+z', 'undo'],
  ['Ctrl+y', 'redo'],
  ['Escape', 'cancel-tool'],
  ['g', 'overlays'],
  ['o', 'lesion-style'],
  [']', 'stronger'],
  ['e', 'evidence'],
  ['k', 'lesion-after'],
  ['s', 'slab'],
  ['p', 'hide-identity'],
  ['?', 'keys'],
  ['.', 'layout-after'],
])('%s is %s', (key, id) => {
  expect(actionFor(key, defaultPreferences)).toBe(id);
});

test("a reader's own key takes the place of ours", () => {
  const preferences = { ...defaultPreferences, keys: { invert: ['n'] } };
  expect(actionFor('n', preferences)).toBe('invert');
  expect(actionFor('i', preferences)).toBeNull();
  expect(actionFor('n', { ...defaultPreferences, keys: { panel: ['n'] } })).toBe('panel');
});

test('a key that is chosen for one action is lost to the other', () => {
  const preferences = withKey(defaultPreferences, 'ruler', 'i');
  expect(actionFor('i', preferences)).toBe('ruler');
  expect(actionFor('m', preferences)).toBeNull();
  expect(preferences.keys.invert).toEqual([]);
  expect(actionFor('i', withKey(preferences, 'invert', 'i'))).toBe('invert');
});

test('single letters can be switched off; others stay', () => {
  const preferences = { ...defaultPreferences, singleKeys: false };
  expect(actionFor('m', preferences)).toBeNull();
  expect(actionFor('?', preferences)).toBeNull();
  expect(actionFor('ArrowDown', preferences)).toBe('slice-after');
  expect(actionFor('Ctrl+z', preferences)).toBe('undo');
});

test('keys are written as they stand on a keyboard', () => {
  expect([keyWords('Ctrl+z'), keyWords('+'), keyWords('PageUp'), keyWords('Space')]).toEqual([
    'Ctrl+Z',
    '+',
    'PgUp',
    'Space',
  ]);
});
