import { expect, test } from 'vitest';
import { inRoom } from './lettering.ts';

test('a banner keeps all its parts, on as few lines as have room', () => {
  const line = 'Up Made · MADE-UP-1 · F';
  const upTo = (letters: number) => inRoom(line, (text) => text.length <= letters);
  expect(upTo(23)).toEqual([line]);
  expect(upTo(20)).toEqual(['Up Made · MADE-UP-1', 'F']);
  expect(upTo(15)).toEqual(['Up Made', 'MADE-UP-1 · F']);
  // What has no room by itself is shortened by the painter.
  expect(upTo(3)).toEqual(['Up Made', 'MADE-UP-1', 'F']);
  expect(inRoom('', () => true)).toEqual(['']);
});
