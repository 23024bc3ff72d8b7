import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import { compare, isSpreadComparable } from './compare.ts';
import { measure } from './measure.ts';
import { figures, figureText } from './table.ts';

/** Voxels of 1 ml in a lung of 10 x 10 x 10. */
const grid: Grid = { shape: [10, 10, 10], spacingMm: [10, 10, 10], originMm: [0, 0, 0], direction: readingDirection };
function findingsOf(...lesionVoxels: number[]) {
  const labels = new Uint8Array(1000);
  for (const i of lesionVoxels) labels[i] = 1;
  const lungs = new Uint8Array(1000).fill(1);
  return measure({ grid, hu: new Int16Array(1000) }, { grid, labels: lungs }, { grid, labels }).findings;
}
const scan = (findings: ReturnType<typeof findingsOf>) => compare(findings).map((row) => row.thisScan);
const line = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);

test('a scan without lesions', () => {
  expect(scan(findingsOf())).toEqual(['0', 'none', '0.0 %', 'no', '–', 'not comparable', '–']);
});

test('the paper’s columns', () => {
  expect(compare(findingsOf()).map((row) => [row.covid19, row.cap])).toEqual([
    ['4.4 on average', '1.7 on average'],
    ['4 or more in 55.2 % of scans', 'exactly 1 in 54.8 % of scans'],
    ['14.3 % on average', '4.4 % on average'],
    ['over 50 % of scans', '5 % of scans'],
    ['15–140 x 15–170 x 30–240', '35–105 x 42–105 x 85–160'],
    ['86.0 on average', '15.6 on average'],
    ['62.4 % on average', '24.5 % on average'],
  ]);
});

test('two lesions at 5 % of the lung: the spread can be compared', () => {
  const findings = findingsOf(...line(0, 10), ...line(500, 10), ...line(510, 10), ...line(520, 10), ...line(900, 10));
  expect(scan(findings).slice(0, 5)).toEqual(['3', '2 or 3', '5.0 %', 'no', '100–100 x 10–30 x 10–10']);
  expect(isSpreadComparable(findings)).toBe(true);
  // Box centres at y 0, 10, 0 and z 0, 50, 90 mm.
  const mean = [10 / 3, 140 / 3];
  const squares = [
    [0, 0],
    [10, 50],
    [0, 90],
  ].map(([y, z]) => (y - mean[0]) ** 2 + (z - mean[1]) ** 2);
  expect(scan(findings)[5]).toBe(`${Math.sqrt((squares[0] + squares[1] + squares[2]) / 3).toFixed(1)} mm`);
});

test('outside 4 to 6 %, or with one lesion, the spread is not compared', () => {
  expect(isSpreadComparable(findingsOf(...line(0, 50)))).toBe(false);
  expect(isSpreadComparable(findingsOf(...line(0, 10), ...line(500, 10)))).toBe(false);
  expect(isSpreadComparable(findingsOf(...line(0, 30), ...line(500, 40)))).toBe(false);
});

test('no two figures bear the same name; shares of the lesion add up', () => {
  const names = figures.map((figure) => figure.id);
  expect(new Set(names).size).toBe(names.length);
  const findings = findingsOf(...line(0, 10), ...line(900, 30));
  const value = (id: string) => figures.find((figure) => figure.id === id)?.value(findings) ?? NaN;
  expect(value('lowerLesionPercent')).toBe(25);
  expect(value('upperLesionPercent') + value('middleLesionPercent') + value('lowerLesionPercent')).toBe(100);
  expect(value('peripheralLesionPercent') + value('centralLesionPercent')).toBe(100);
  expect(value('both.lesionVolumePercent')).toBe(4);
});

test('values in words', () => {
  expect(figureText(12.345, { unit: '%', digits: 1 })).toBe('12.3 %');
  expect(figureText(-0.3, { unit: 'HU', digits: 0 })).toBe('0 HU');
  expect(figureText(null, { unit: 'ml', digits: 1 })).toBe('–');
});
