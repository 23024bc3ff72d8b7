/** This scan beside what the paper published. */
import type { Findings, Lesion } from './findings.ts';
import { rimMm } from './findings.ts';
import {
  boxRanges,
  centreSpread,
  fourOrMoreLesions,
  largeRatio,
  lesionCountHistogram,
  lesionCountMean,
  lesionVolumeRatioMean,
  oneLesion,
  overLargeRatio,
  peripheralBand,
  publishedScans,
  ratioHistogram,
  spreadComparableAt,
  spreadEdges,
  type BoxRange,
  type PublishedKind,
} from './published.ts';
import { figureText, peripheralRatioAt } from './table.ts';

export interface ComparisonRow {
  readonly label: string;
  readonly thisScan: string;
  readonly covid19: string;
  readonly cap: string;
  readonly kind: PublishedKind;
  readonly caveat: string | null;
}

/** Stands under the table. */
export const comparisonNote = `From the DeepSC-COVID paper (IEEE TMI 2021): ${publishedScans.covid19} COVID-19 and ${publishedScans.cap} CAP scans of one hospital. It describes that database; it is not a cut-off.`;

export function compare(findings: Findings): ComparisonRow[] {
  const { lesions, lungs } = findings;
  const ratio = lungs.both.lesionVolumeRatio;
  const atRim = peripheralBand.thicknessMm.indexOf(rimMm);
  return [
    {
      label: 'Lesions',
      thisScan: String(lesions.length),
      covid19: `${lesionCountMean.covid19} on average`,
      cap: `${lesionCountMean.cap} on average`,
      kind: lesionCountMean.kind,
      caveat: lesionCountHistogram.caveat ?? null,
    },
    {
      label: 'Count pattern',
      thisScan: countPattern(lesions.length),
      covid19: `4 or more in ${percent(fourOrMoreLesions.covid19)} of scans`,
      cap: `exactly 1 in ${percent(oneLesion.cap)} of scans`,
      kind: 'text',
      caveat: lesionCountHistogram.caveat ?? null,
    },
    {
      label: 'Lesion volume ratio (LVR)',
      thisScan: percent(ratio),
      covid19: `${percent(lesionVolumeRatioMean.covid19)} on average`,
      cap: `${percent(lesionVolumeRatioMean.cap)} on average`,
      kind: lesionVolumeRatioMean.kind,
      caveat: ratioHistogram.caveat ?? null,
    },
    {
      label: `LVR above ${largeRatio * 100} %`,
      thisScan: ratio > largeRatio ? 'yes' : 'no',
      covid19: `over ${wholePercent(overLargeRatio.covid19)} of scans`,
      cap: `${wholePercent(overLargeRatio.cap)} of scans`,
      kind: overLargeRatio.kind,
      caveat: ratioHistogram.caveat ?? null,
    },
    {
      label: 'Lesion boxes, width x length x height, mm',
      thisScan: lesions.length === 0 ? '–' : rangesText(rangesOf(lesions)),
      covid19: rangesText(boxRanges.covid19),
      cap: rangesText(boxRanges.cap),
      kind: boxRanges.kind,
      caveat: 'Of this scan the smallest and the largest; of the paper the ranges that hold over 90 % of its lesions.',
    },
    {
      label: 'Spread of lesion centres at LVR 4 to 6 %',
      thisScan: isSpreadComparable(findings)
        ? figureText(findings.centreSpreadMm, { unit: 'mm', digits: 1 })
        : 'not comparable',
      covid19: spreadText('covid19'),
      cap: spreadText('cap'),
      kind: centreSpread.kind,
      caveat: centreSpread.caveat ?? null,
    },
    {
      label: `Peripheral lesion ratio (PLR), ${rimMm} mm rim`,
      thisScan: percent(peripheralRatioAt(findings, rimMm)),
      covid19: `${percent(peripheralBand.covid19.mean[atRim])} on average`,
      cap: `${percent(peripheralBand.cap.mean[atRim])} on average`,
      kind: peripheralBand.kind,
      caveat: peripheralBand.caveat ?? null,
    },
  ];
}

/** Only there does the paper's text compare it, and one lesion has no spread. */
export function isSpreadComparable({ lesions, lungs }: Findings): boolean {
  const { leastRatio, mostRatio, leastLesions } = spreadComparableAt;
  const ratio = lungs.both.lesionVolumeRatio;
  return ratio >= leastRatio && ratio <= mostRatio && lesions.length >= leastLesions;
}

function spreadText(name: 'covid19' | 'cap'): string {
  const i = spreadEdges.indexOf(spreadComparableAt.leastRatio);
  return `${centreSpread[name].mean[i].toFixed(1)} on average`;
}

function countPattern(count: number): string {
  if (count === 0) return 'none';
  if (count === 1) return 'exactly 1';
  return count < 4 ? '2 or 3' : '4 or more';
}

function rangesOf(lesions: readonly Lesion[]): BoxRange {
  const range = (axis: 0 | 1 | 2): readonly [number, number] => {
    const sizes = lesions.map(({ boxMmLps: { min, max } }) => max[axis] - min[axis]);
    return [Math.min(...sizes), Math.max(...sizes)];
  };
  return { widthMm: range(0), lengthMm: range(1), heightMm: range(2) };
}

const rangesText = ({ widthMm, lengthMm, heightMm }: BoxRange) =>
  [widthMm, lengthMm, heightMm].map(([from, to]) => `${Math.round(from)}–${Math.round(to)}`).join(' x ');

const percent = (ratio: number | null) => figureText(ratio === null ? null : 100 * ratio, { unit: '%', digits: 1 });
const wholePercent = (ratio: number) => figureText(100 * ratio, { unit: '%', digits: 0 });
