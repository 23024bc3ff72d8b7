/** Text of a DICOM header, by its Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1). */
import type { DataSet } from 'dicom-parser';

/** Names of DICOM's defined terms for TextDecoder; "ISO 2022 IR n" stands for "ISO_IR n" with escapes. */
const encodings: Readonly<Record<string, string>> = {
  '': 'windows-1252',
  'ISO_IR 6': 'windows-1252',
  'ISO_IR 100': 'windows-1252',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 13': 'shift_jis',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 87': 'iso-2022-jp',
  'ISO_IR 159': 'iso-2022-jp',
  'ISO_IR 149': 'euc-kr',
  'ISO_IR 58': 'gb18030',
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gb18030',
};

/** The set that the header's text is most likely in: with several, the one beyond ASCII that is named last. */
function encodingOf(dataSet: DataSet): string {
  const terms = (dataSet.string('x00080005') ?? '')
    .split('\\')
    .map((term) => term.trim().replace('ISO 2022 IR', 'ISO_IR'));
  const known = terms.map((term) => encodings[term]).filter((name) => name !== undefined);
  return known.findLast((name) => name !== 'windows-1252') ?? 'windows-1252';
}

/** ISO 2022 escapes that TextDecoder's one-set encodings do not know. */

const escapes = /\x1b(?:\$?[()\-.]?[A-Za-z@])/g;

/** Longer than any name, description or list of numbers that is asked for; a damaged length may take in the whole file. */
const mostBytes = 2048;

/** Text of an element, without padding; empty where it is absent. Control characters become spaces. */
export function textOf(dataSet: DataSet, tag: string): string {
  const element = dataSet.elements[tag];
  if (!element || element.length <= 0 || element.items) return '';
  const end = element.dataOffset + Math.min(element.length, mostBytes);
  const bytes = dataSet.byteArray.slice(element.dataOffset, end);
  const encoding = encodingOf(dataSet);
  const text = new TextDecoder(encoding).decode(bytes as Uint8Array);
  return text
    .replace(escapes, '')

    .replace(/[\x00-\x1f\x7f]+/g, ' ')
    .trim();
}

/** An unsigned short; undefined where it is absent or cut off. */
export function uint16Of(dataSet: DataSet, tag: string): number | undefined {
  const element = dataSet.elements[tag];
  const isThere = element && element.length >= 2 && element.dataOffset + 2 <= dataSet.byteArray.length;
  return isThere ? dataSet.uint16(tag) : undefined;
}

/** A person's name: the first component group that says anything, its parts joined by spaces. */
export function personNameOf(dataSet: DataSet, tag: string): string {
  const groups = textOf(dataSet, tag).split('=');
  const first = groups.find((group) => group.replaceAll('^', '').trim() !== '') ?? '';
  return first
    .split('^')
    .map((part) => part.trim())
    .filter(Boolean)
    .join(' ');
}

/** A DICOM date as yyyy-mm-dd; empty where it is absent or none. */
export function dateOf(dataSet: DataSet, tag: string): string {
  const match = /^(\d{4})[.-]?(\d{2})[.-]?(\d{2})/.exec(textOf(dataSet, tag));
  return match ? `${match[1]}-${match[2]}-${match[3]}` : '';
}

/** Numbers of a DS or IS element; empty where it is absent or one of them is none. */
export function numbersOf(dataSet: DataSet, tag: string): number[] {
  const text = textOf(dataSet, tag);
  if (text === '') return [];
  const numbers = text.split('\\').map((part) => (part.trim() === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : [];
}

export function numberOf(dataSet: DataSet, tag: string): number | null {
  return numbersOf(dataSet, tag)[0] ?? null;
}
