import { expect, test } from 'vitest';
import { readingDirection, type Grid } from '../volume/grid.ts';
import { chartTable, countChart, lesionHuChart, peripheralChart, ratioChart, spreadChart } from './charts.ts';
import { measure } from './measure.ts';

/** Voxels of 1 ml in a lung of 10 x 10 x 10; lesions are whole slices of the given numbers of voxels. */
const grid: Grid = { shape: [10, 10, 10], spacingMm: [10, 10, 10], originMm: [0, 0, 0], direction: readingDirection };
function findingsOf(hu: number, ...slices: readonly number[]) {
  const labels = new Uint8Array(1000);
  slices.forEach((voxels, i) => labels.fill(1, 200 * i, 200 * i + voxels));
  const lungs = new Uint8Array(1000).fill(1);
  return measure({ grid, hu: new Int16Array(1000).fill(hu) }, { grid, labels: lungs }, { grid, labels }).findings;
}

test('this scan lies in its bin', () => {
  const findings = findingsOf(-500, 30, 30);
  expect(countChart(findings).thisBin).toBe(1);
  expect(ratioChart(findings)).toMatchObject({ thisBin: 3, thisScan: '6.0 %' });
  expect(ratioChart(findings).bins.slice(-2)).toEqual(['18–20', '> 20']);
  expect(ratioChart(findingsOf(-500, 100, 100, 100)).thisBin).toBe(10);
});

test('no lesion lies in no bin and on no curve', () => {
  const none = findingsOf(-500);
  expect(countChart(none).thisBin).toBe(null);
  for (const chart of [lesionHuChart(none), peripheralChart(none), spreadChart(none)])
    expect(chart.thisScan.every((value) => value === null)).toBe(true);
});

test('CT numbers: every curve adds up to 100 %, each voxel at the nearest place', () => {
  const at = (hu: number) => {
    const chart = lesionHuChart(findingsOf(hu, 30));
    return chart.x[chart.thisScan.indexOf(100)];
  };
  expect([at(-500), at(-476), at(-475), at(-1500), at(900)]).toEqual([-500, -500, -450, -1050, 200]);
  const { covid19, cap, divide } = lesionHuChart(findingsOf(-300, 30));
  for (const { mean } of [covid19, cap]) expect(mean.reduce((a, b) => a + b, 0)).toBeCloseTo(100, 8);
  expect(divide?.words).toBe('ground glass 0 % | consolidation 100 %');
});

test('the spread stands at the scan’s own LVR, and says where it cannot be compared', () => {
  const two = spreadChart(findingsOf(-500, 25, 25));
  expect(two.thisScan.map((value) => value !== null)).toEqual([false, false, true, false, false, false, false]);
  expect(two.caveats.join()).not.toContain('not comparable');
  expect(spreadChart(findingsOf(-500, 50)).caveats.join()).toContain('not comparable');
});

test('tables list what is drawn', () => {
  const findings = findingsOf(-500, 30, 30);
  expect(chartTable(countChart(findings)).rows[1]).toEqual(['2', '19.8', '29.0', '2']);
  const rim = chartTable(peripheralChart(findings));
  expect(rim.header).toEqual(['thickness of the rim, mm', 'COVID-19', 'CAP', 'this scan']);
  expect(rim.rows[7].slice(0, 3)).toEqual(['24.5', '62.4 ± 15.4', '24.5 ± 7.2']);
});
