import { expect, test } from 'vitest';
import { ablationTable, type AblationCase } from './ablationTable.ts';
import type { Variant } from './variants.ts';

const variants: readonly Variant[] = [
  { name: 'both', tasks: ['classes', 'lesions'] },
  { name: 'lesions only', tasks: ['lesions'] },
];
const sick = { hasLesions: true, calledShare: 0.5, trueClass: 0 };
const clean = { hasLesions: false, calledShare: 0.25, trueClass: 2, dice: 0 };
const sure = (k: number) => [0, 1, 2].map((i) => (i === k ? 0.8 : 0.1));
const of = (variant: string, seed: number, [first, second]: readonly [number, number]): AblationCase[] => [
  { variant, seed, id: 'a0', patient: 'a', ...sick, dice: first, classProbabilities: sure(0) },
  { variant, seed, id: 'b0', patient: 'b', ...sick, dice: second, classProbabilities: sure(seed === 1 ? 0 : 2) },
  { variant, seed, id: 'a1', patient: 'a', ...clean, classProbabilities: sure(2) },
];
const lines = (cases: readonly AblationCase[]) =>
  ablationTable(variants, cases)
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));

test('means of all seeds, and what single seeds gave', () => {
  const rows = lines([...of('both', 1, [0.2, 0.6]), ...of('both', 2, [0.4, 0.8]), ...of('lesions only', 1, [1, 1])]);
  const both = rows[2];
  expect(both[1]).toBe('both');
  // Patients a and b have 0.3 and 0.7 over both seeds; lungs without lesions do not count here.
  expect(both[2]).toBe('0.500 (0.258) [0.300, 0.700] n = 4 (seeds: 0.400, 0.600)');
  expect(both[3]).toBe('0.250 (0.000) n = 2');
  expect(both[4]).toMatch(/^0\.833 .* n = 6$/);
  // Seed 2 calls a sick study healthy: against either class half of the pairs are ties.
  expect(both[5]).toBe('0.875 (seeds: 1.000, 0.750)');
});

test('what a variant lacks has no numbers, and one seed is not listed', () => {
  const row = lines(of('lesions only', 1, [0.5, 1]))[3];
  expect(row.slice(1, 6)).toEqual([
    'lesions only',
    expect.stringMatching(/^0\.750 .* n = 2$/),
    '0.250 n = 1',
    '–',
    '–',
  ]);
});
