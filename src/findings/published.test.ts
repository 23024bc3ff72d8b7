import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sharedPath } from '../../scripts/shared.ts';
import * as published from './published.ts';

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

test('histograms add up as their caveats say, and agree with the text', () => {
  const { lesionCountHistogram: count, ratioHistogram: ratio } = published;
  expect(sum(count.covid19)).toBeCloseTo(0.92, 2);
  expect(sum(count.cap)).toBeCloseTo(1, 2);
  // The missing 8 % have 4 or more lesions.
  expect(sum(count.covid19.slice(3)) + 1 - sum(count.covid19)).toBeCloseTo(published.fourOrMoreLesions.covid19, 2);
  expect(count.cap[0]).toBe(published.oneLesion.cap);
  expect(sum(ratio.covid19)).toBeCloseTo(1, 1);
  expect(sum(ratio.cap)).toBeCloseTo(1, 1);
  const over = published.ratioEdges.indexOf(published.largeRatio);
  expect(sum(ratio.covid19.slice(over))).toBeGreaterThan(published.overLargeRatio.covid19);
});

test('every curve has a value for each of its places', () => {
  const { lesionHuCurve: hu, centreSpread: spread, peripheralBand: rim, ratioHistogram: ratio } = published;
  for (const name of ['covid19', 'cap'] as const) {
    expect(hu[name]).toHaveLength(hu.hu.length);
    expect(ratio[name]).toHaveLength(published.ratioEdges.length);
    for (const band of ['mean', 'standardDeviation'] as const) {
      expect(spread[name][band]).toHaveLength(published.spreadEdges.length);
      expect(rim[name][band]).toHaveLength(rim.thicknessMm.length);
    }
  }
});

const sheet = sharedPath('design/published-findings.json');
test.skipIf(!sheet)('the figures are those of the sheet they were read into (skipped where it is absent)', () => {
  const read = JSON.parse(readFileSync(sheet!, 'utf8'));
  const both = ({ covid19, cap }: { covid19: unknown; cap: unknown }) => ({ covid19, cap });
  const band = (place: { covid19: { mean: unknown; sd: unknown }; cap: { mean: unknown; sd: unknown } }) =>
    both({
      covid19: { mean: place.covid19.mean, standardDeviation: place.covid19.sd },
      cap: { mean: place.cap.mean, standardDeviation: place.cap.sd },
    });
  expect(both(published.publishedScans)).toEqual(read.cohort);
  expect(both(published.lesionCountMean)).toEqual(both(read.lesionCount.mean));
  expect(both(published.lesionCountHistogram)).toEqual(both(read.lesionCount.histogram));
  expect(both(published.lesionVolumeRatioMean)).toEqual(both(read.lesionVolumeRatio.mean));
  expect(both(published.overLargeRatio)).toEqual(both(read.lesionVolumeRatio.fractionOver12Percent));
  expect(both(published.ratioHistogram)).toEqual(both(read.lesionVolumeRatio.histogram));
  expect(both(published.lesionHuCurve)).toEqual(both(read.hounsfield.curve));
  expect(published.lesionHuCurve.hu).toEqual(read.hounsfield.curve.hu);
  expect(both(published.centreSpread)).toEqual(band(read.centreSpread));
  expect(both(published.peripheralBand)).toEqual(band(read.peripheralLesionRatio));
  for (const name of ['covid19', 'cap'] as const) {
    const { widthMm: width, lengthMm: length, heightMm: height } = published.boxRanges[name];
    expect({ width, length, height }).toEqual(read.boxMm[name]);
  }
});
