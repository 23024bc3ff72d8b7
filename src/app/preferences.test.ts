import { describe, expect, test } from 'vitest';
import { layoutAfter, layoutNames } from './layouts.ts';
import { defaultPreferences, parsePreferences } from './preferences.ts';

describe('preferences', () => {
  test('come back as they were kept', () => {
    const kept = { ...defaultPreferences, layout: 'quad' as const, readFirst: true, keys: { invert: ['n'] } };
    expect(parsePreferences(JSON.stringify(kept))).toEqual(kept);
  });
  test('one entry that makes no sense costs only itself', () => {
    const odd = parsePreferences('{"layout":"hexagon","readFirst":true,"fillOpacity":7}');
    expect(odd).toEqual({ ...defaultPreferences, readFirst: true });
  });
  test.each([null, '', '{', '[]', '3', '"x"'])('nothing usable (%s) gives the defaults', (text) => {
    expect(parsePreferences(text)).toEqual(defaultPreferences);
  });
});

test('layouts go round both ways', () => {
  expect(layoutAfter('read', -1)).toBe(layoutNames.at(-1));
  expect(layoutNames.reduce((layout) => layoutAfter(layout, 1), layoutNames[0])).toBe(layoutNames[0]);
});
