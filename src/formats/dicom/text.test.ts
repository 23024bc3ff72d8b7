import dicomParser from 'dicom-parser';
import { expect, test } from 'vitest';
import { dateOf, numbersOf, personNameOf, textOf } from './text.ts';

/** An implicit little endian data set with a character set and one more element. */
function dataSetOf(characterSet: string, value: Uint8Array | string, element = 0x0010) {
  const bytes = (text: Uint8Array | string) => (typeof text === 'string' ? new TextEncoder().encode(text) : text);
  const one = (group: number, number: number, text: Uint8Array | string) => {
    const content = [...bytes(text), ...(bytes(text).length % 2 ? [0x20] : [])];
    return [
      group & 255,
      group >> 8,
      number & 255,
      number >> 8,
      content.length & 255,
      content.length >> 8,
      0,
      0,
      ...content,
    ];
  };
  const body = Uint8Array.from([...one(0x0008, 0x0005, characterSet), ...one(0x0010, element, value)]);
  return dicomParser.parseDicom(body, { TransferSyntaxUID: '1.2.840.10008.1.2' });
}
const bytes = (hex: string) => Uint8Array.from(hex.split(' '), (byte) => parseInt(byte, 16));
const name = 'x00100010';

/** Most are examples of PS3.5, annexes H to K. */
test.each([
  ['none', '', bytes('42 75 63 5E 4A 65 72 6F 6D 65'), 'Buc Jerome'],
  ['ISO_IR 100', 'ISO_IR 100', bytes('42 75 63 5E 4A E9 72 F4 6D 65'), 'Buc Jérôme'],
  ['ISO_IR 192', 'ISO_IR 192', 'Wang^XiaoDong=王^小东', 'Wang XiaoDong'],
  ['ISO_IR 144', 'ISO_IR 144', bytes('BF D5 E2 E0 5E C1'), 'Петр С'],
  ['GB18030', 'GB18030', bytes('CD F5 5E D0 A1 B6 AB'), '王 小东'],
  ['ISO 2022 IR 149', '\\ISO 2022 IR 149', bytes('1B 24 29 43 FB F3 5E 1B 24 29 43 D1 CE D4 D7'), '洪 吉洞'],
  [
    'ISO 2022 IR 87',
    '\\ISO 2022 IR 87',
    bytes('1B 24 42 3B 33 45 44 1B 28 42 5E 1B 24 42 42 40 4F 3A 1B 28 42'),
    '山田 太郎',
  ],
])('a name in %s', (_, term, value, expected) => {
  expect(personNameOf(dataSetOf(term, value), name)).toBe(expected);
});

test('what a header holds is one line of plain text', () => {
  expect(textOf(dataSetOf('', 'two\r\nlines\0 '), name)).toBe('two lines');
  expect(textOf(dataSetOf('', '<b>not bold</b>'), name)).toBe('<b>not bold</b>');
  expect(textOf(dataSetOf('a set nobody knows', 'text'), name)).toBe('text');
});

test('dates and numbers are read, or are none', () => {
  const date = (text: string) => dateOf(dataSetOf('', text), name);
  expect(['20260131', '2026.01.31', '', 'unknown'].map(date)).toEqual(['2026-01-31', '2026-01-31', '', '']);
  const numbers = (text: string) => numbersOf(dataSetOf('', text), name);
  expect(numbers(' 0.5\\-1.25E1 ')).toEqual([0.5, -12.5]);
  for (const text of ['', 'NaN\\1', '1e999', '1\\', 'one']) expect(numbers(text)).toEqual([]);
});
