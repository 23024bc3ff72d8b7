import { deflateSync } from 'fflate';
import { expect, test } from 'vitest';
import { asPart10 } from './part10.ts';
import { readHeader } from './readHeader.ts';

type Syntax = 'implicit' | 'explicit' | 'big';

/** One element: group, element, VR, value of even length. */
function element(syntax: Syntax, tag: readonly [number, number], vr: string, value: Uint8Array): number[] {
  const little = syntax !== 'big';
  const number = (n: number, bytes: number) => {
    const least = Array.from({ length: bytes }, (_, i) => (n >>> (8 * i)) & 255);
    return little ? least : least.reverse();
  };
  const start = [...number(tag[0], 2), ...number(tag[1], 2)];
  const isLong = ['OW', 'OB', 'SQ', 'UN', 'OV', 'SV', 'UV'].includes(vr);
  const letters = [...vr].map((letter) => letter.charCodeAt(0));
  if (syntax === 'implicit') return [...start, ...number(value.length, 4), ...value];
  if (isLong) return [...start, ...letters, 0, 0, ...number(value.length, 4), ...value];
  return [...start, ...letters, ...number(value.length, 2), ...value];
}

const text = (value: string) => new TextEncoder().encode(value.length % 2 ? `${value} ` : value);
const whole = (value: number, syntax: Syntax) =>
  syntax === 'big' ? Uint8Array.of(value >> 8, value & 255) : Uint8Array.of(value & 255, value >> 8);

/** A slice of 2 x 3 pixels. */
const dataSet = (syntax: Syntax): number[] => [
  ...element(syntax, [0x0008, 0x0016], 'UI', text('1.2.840.10008.5.1.4.1.1.2')),
  ...element(syntax, [0x0008, 0x0060], 'CS', text('CT')),
  ...element(syntax, [0x0010, 0x0010], 'PN', text('Doe^Jane')),
  ...element(syntax, [0x0028, 0x0010], 'US', whole(2, syntax)),
  ...element(syntax, [0x0028, 0x0011], 'US', whole(3, syntax)),
  ...element(syntax, [0x7fe0, 0x0010], 'OW', new Uint8Array(12)),
];
const meta = (uid: string): number[] =>
  element('explicit', [0x0002, 0x0010], 'UI', text(uid.length % 2 ? `${uid}\0` : uid));
const preamble = [...new Uint8Array(128), ...text('DICM')];
const blob = (...parts: readonly (readonly number[] | Uint8Array)[]) =>
  new Blob(parts.map((part) => Uint8Array.from(part)));

const implicit = '1.2.840.10008.1.2';
const explicit = '1.2.840.10008.1.2.1';
const deflated = '1.2.840.10008.1.2.1.99';
const big = '1.2.840.10008.1.2.2';

test.each([
  ['explicit', blob(preamble, meta(explicit), dataSet('explicit')), explicit],
  ['implicit', blob(preamble, meta(implicit), dataSet('implicit')), implicit],
  ['big endian', blob(preamble, meta(big), dataSet('big')), big],
  ['deflated', blob(preamble, meta(deflated), deflateSync(Uint8Array.from(dataSet('explicit')))), explicit],
  ['without preamble', blob(meta(implicit), dataSet('implicit')), implicit],
  ['without meta, explicit', blob(dataSet('explicit')), explicit],
  ['without meta, implicit', blob(dataSet('implicit')), implicit],
  ['with a preamble and no syntax named', blob(preamble, dataSet('implicit')), implicit],
])('%s', async (_, file, syntax) => {
  const read = await asPart10(file);
  if (read.kind !== 'dicom') throw new Error(read.kind);
  expect(read.transferSyntax).toBe(syntax);
  expect(read.dataSet.elements.x7fe00010.length).toBe(12);
  const header = readHeader(read.dataSet, read.transferSyntax);
  expect(header).toMatchObject({ modality: 'CT', patient: { name: 'Doe Jane' } });
  expect(header.frames[0].layout).toMatchObject({ rows: 2, columns: 3 });
  // What was mended reads as a whole file again.
  const again = await asPart10(read.data);
  expect(again.kind === 'dicom' && again.transferSyntax).toBe(syntax);
});

test('a header longer than what is read first', async () => {
  const comment = element('explicit', [0x0009, 0x1001], 'UN', new Uint8Array(300_000));
  const [sop, rest] = [dataSet('explicit').slice(0, 34), dataSet('explicit').slice(34)];
  const read = await asPart10(blob(preamble, meta(explicit), sop, comment, rest));
  expect(read.kind === 'dicom' && 'x7fe00010' in read.dataSet.elements).toBe(true);
});

test('what is no DICOM, or is cut off, is said to be so', async () => {
  const kindOf = async (file: Blob) => (await asPart10(file)).kind;
  expect(await kindOf(new Blob(['Dear colleague, the CT shows nothing.']))).toBe('not-dicom');
  expect(await kindOf(new Blob([]))).toBe('not-dicom');
  expect(await kindOf(blob(preamble))).toBe('unreadable');
  expect(await kindOf(blob(preamble, meta(explicit), dataSet('explicit').slice(0, 6)))).toBe('unreadable');
  expect(await kindOf(blob(preamble, meta(deflated), [1, 2, 3, 4]))).toBe('unreadable');
});

test('sequences nested without end do not take the reader down', async () => {
  const sequence = [0x08, 0x00, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255];
  const item = [0xfe, 0xff, 0x00, 0xe0, 255, 255, 255, 255];
  const nested = Array.from({ length: 50_000 }, () => [...sequence, ...item]).flat();
  expect((await asPart10(blob(preamble, meta(explicit), nested))).kind).toBe('unreadable');
});

/** A slice with more elements before its pixels. */
const sliceWith = (...elements: readonly number[][]) => {
  const plain = dataSet('explicit');
  return blob(preamble, meta(explicit), plain.slice(0, -24), ...elements, plain.slice(-24));
};
const headerOf = async (file: Blob) => {
  const read = await asPart10(file);
  if (read.kind !== 'dicom') throw new Error(read.kind);
  return readHeader(read.dataSet, read.transferSyntax);
};

test.each(['OV', 'SV', 'UV'])('an element of eight-byte numbers (%s) does not lead the reader astray', async (vr) => {
  const eightBytes = element('explicit', [0x0028, 0x1001], vr, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  const slope = element('explicit', [0x0028, 0x1053], 'DS', text('2 '));
  const intercept = element('explicit', [0x0028, 0x1052], 'DS', text('-1024'));
  const { frames } = await headerOf(sliceWith(eightBytes, intercept, slope));
  expect(frames[0]).toMatchObject({ rescale: { slope: 2, intercept: -1024 }, layout: { rows: 2, columns: 3 } });
  // Within an item of a sequence, too.
  const item = [0xfe, 0xff, 0, 0xe0, eightBytes.length, 0, 0, 0, ...eightBytes];
  const sequence = element('explicit', [0x0028, 0x1002], 'SQ', Uint8Array.from(item));
  expect((await headerOf(sliceWith(sequence, intercept, slope))).frames[0].rescale).toEqual({
    slope: 2,
    intercept: -1024,
  });
});

test('text that holds the same letters is left alone', async () => {
  const name = element('explicit', [0x0028, 0x1001], 'LO', text('a UV\0\0lamp'));
  const read = await asPart10(sliceWith(name));
  if (read.kind !== 'dicom') throw new Error(read.kind);
  expect(read.dataSet.string('x00281001')).toBe('a UV');
  const { byteArray, elements } = read.dataSet;
  const { dataOffset, length } = elements.x00281001;
  expect(new TextDecoder().decode((byteArray as Uint8Array).slice(dataOffset, dataOffset + length))).toBe(
    'a UV\0\0lamp',
  );
});

test('padding has the sign of the values, and a range where one is named; a table of values is seen', async () => {
  const us = (tag: number, value: number) => element('explicit', [0x0028, tag], 'US', whole(value, 'explicit'));
  const frameOf = async (...elements: number[][]) => (await headerOf(sliceWith(...elements))).frames[0];
  expect((await frameOf(us(0x0120, 63_536))).padding).toEqual({ least: 63_536, most: 63_536 });
  expect((await frameOf(us(0x0103, 1), us(0x0120, 63_536))).padding).toEqual({ least: -2000, most: -2000 });
  expect((await frameOf(us(0x0120, 9), us(0x0121, 3))).padding).toEqual({ least: 3, most: 9 });
  expect((await frameOf()).padding).toBeUndefined();
  const table = element('explicit', [0x0028, 0x3000], 'SQ', Uint8Array.of(0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0));
  expect((await frameOf(table)).hasModalityTable).toBe(true);
  expect((await frameOf()).hasModalityTable).toBeUndefined();
});
