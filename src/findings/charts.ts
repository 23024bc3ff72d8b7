/** The paper's charts with this scan in them, as numbers; the page draws them and lists them. */
import { isSpreadComparable } from './compare.ts';
import { groundGlassBelowHu, type Findings } from './findings.ts';
import {
  centreSpread,
  lesionCountHistogram,
  lesionHuCurve,
  peripheralBand,
  ratioEdges,
  ratioHistogram,
  spreadEdges,
  type PerClass,
  type PublishedKind,
} from './published.ts';

interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly kind: PublishedKind;
  readonly caveats: readonly string[];
}

/** Shares of scans in bins; this scan lies in one of them. */
export interface BinChart extends Chart, PerClass<readonly number[]> {
  readonly bins: readonly string[];
  /** null where this scan lies in none. */
  readonly thisBin: number | null;
  readonly thisScan: string;
}

export interface Band {
  readonly mean: readonly number[];
  /** null where none is published. */
  readonly standardDeviation: readonly number[] | null;
}

/** Curves over common places; this scan may have a value at some of them. */
export interface CurveChart extends Chart, PerClass<Band> {
  readonly x: readonly number[];
  readonly xNames: readonly string[];
  readonly thisScan: readonly (number | null)[];
  /** A place worth a line across, and what it parts. */
  readonly divide?: { readonly x: number; readonly words: string };
}

const caveatsOf = (...caveats: (string | undefined)[]) => caveats.filter((words) => words !== undefined);

export function countChart({ lesions }: Findings): BinChart {
  const most = lesionCountHistogram.covid19.length;
  const count = lesions.length;
  return {
    title: 'Lesions per scan',
    xLabel: 'lesions',
    yLabel: '% of scans',
    kind: lesionCountHistogram.kind,
    caveats: caveatsOf(lesionCountHistogram.caveat, 'Ours: connected parts of at least 0.1 ml.'),
    bins: lesionCountHistogram.covid19.map((_, i) => (i + 1 === most ? `≥ ${most}` : String(i + 1))),
    covid19: lesionCountHistogram.covid19,
    cap: lesionCountHistogram.cap,
    thisBin: count === 0 ? null : Math.min(count, most) - 1,
    thisScan: String(count),
  };
}

export function ratioChart({ lungs }: Findings): BinChart {
  const ratio = lungs.both.lesionVolumeRatio;
  return {
    title: 'Lesion volume ratio (LVR)',
    xLabel: '% of the lungs',
    yLabel: '% of scans',
    kind: ratioHistogram.kind,
    caveats: caveatsOf(ratioHistogram.caveat),
    bins: edgeNames(ratioEdges),
    covid19: ratioHistogram.covid19,
    cap: ratioHistogram.cap,
    thisBin: ratioEdges.findLastIndex((edge) => ratio >= edge),
    thisScan: `${(100 * ratio).toFixed(1)} %`,
  };
}

/** Each curve's own shares, so that areas are alike: the paper's vertical unit says nothing. */
export function lesionHuChart({ lesionHu, lungs }: Findings): CurveChart {
  const { hu, covid19, cap, caveat, kind } = lesionHuCurve;
  const hasLesions = lesionHu.share.some((share) => share > 0);
  const { groundGlassMl, lesionMl } = lungs.both;
  const groundGlass = lesionMl === 0 ? 0 : Math.round((100 * groundGlassMl) / lesionMl);
  return {
    title: 'CT numbers within lesions',
    xLabel: 'HU',
    yLabel: '% of lesion voxels per 50 HU',
    kind,
    caveats: caveatsOf(
      caveat,
      `Ground glass is lesion below ${groundGlassBelowHu} HU, consolidation from there on: between the medians of the two in expert masks, -578 and -244 HU.`,
    ),
    x: hu,
    xNames: hu.map(String),
    covid19: { mean: inPercent(covid19), standardDeviation: null },
    cap: { mean: inPercent(cap), standardDeviation: null },
    thisScan: hasLesions ? inPercent(sharesAt(hu, lesionHu)) : hu.map(() => null),
    divide: {
      x: groundGlassBelowHu,
      words: hasLesions
        ? `ground glass ${groundGlass} % | consolidation ${100 - groundGlass} %`
        : 'ground glass | consolidation',
    },
  };
}

/** A histogram's shares, gathered at evenly spaced places. */
function sharesAt(places: readonly number[], { lowHu, binHu, share }: Findings['lesionHu']): number[] {
  const step = places[1] - places[0];
  const gathered = places.map(() => 0);
  share.forEach((value, bin) => {
    const place = Math.floor((lowHu + bin * binHu - places[0]) / step + 0.5);
    gathered[Math.min(Math.max(place, 0), places.length - 1)] += value;
  });
  return gathered;
}

function inPercent(values: readonly number[]): number[] {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => (100 * value) / sum);
}

export function peripheralChart({ peripheral }: Findings): CurveChart {
  const { thicknessMm, covid19, cap, kind, caveat } = peripheralBand;
  return {
    title: 'Peripheral lesion ratio (PLR)',
    xLabel: 'thickness of the rim, mm',
    yLabel: '% of lesion voxels in the rim',
    kind,
    caveats: caveatsOf(caveat, 'Bands: one standard deviation on both sides.'),
    x: thicknessMm,
    xNames: thicknessMm.map(String),
    covid19: scaled(covid19),
    cap: scaled(cap),
    thisScan: peripheral.ratio ? peripheral.ratio.map((ratio) => 100 * ratio) : thicknessMm.map(() => null),
  };
}

function scaled({ mean, standardDeviation }: { mean: readonly number[]; standardDeviation: readonly number[] }): Band {
  return { mean: mean.map((v) => 100 * v), standardDeviation: standardDeviation.map((v) => 100 * v) };
}

export function spreadChart(findings: Findings): CurveChart {
  const { centreSpreadMm, lungs } = findings;
  const bin = spreadEdges.findLastIndex((edge) => lungs.both.lesionVolumeRatio >= edge);
  const step = spreadEdges[1] - spreadEdges[0];
  return {
    title: 'Spread of lesion centres',
    xLabel: 'LVR, % of the lungs',
    yLabel: 'spread, mm',
    kind: centreSpread.kind,
    caveats: caveatsOf(
      centreSpread.caveat,
      isSpreadComparable(findings)
        ? undefined
        : 'This scan is not comparable: the text compares at an LVR of 4 to 6 % and from two lesions on.',
      'Bands: one standard deviation on both sides.',
    ),
    // The middles of the bins; the last, open one is drawn as wide as the others.
    x: spreadEdges.map((edge) => 100 * (edge + step / 2)),
    xNames: edgeNames(spreadEdges),
    covid19: centreSpread.covid19,
    cap: centreSpread.cap,
    thisScan: spreadEdges.map((_, i) => (i === bin ? centreSpreadMm : null)),
  };
}

function edgeNames(edges: readonly number[]): string[] {
  const percent = (ratio: number) => Math.round(100 * ratio);
  return edges.map((edge, i) =>
    i + 1 === edges.length ? `> ${percent(edge)}` : `${percent(edge)}–${percent(edges[i + 1])}`,
  );
}

/** A chart's numbers as a table, the first column naming the place. */
export function chartTable(chart: BinChart | CurveChart): { header: string[]; rows: string[][] } {
  const digit = (value: number | null | undefined) => (value === null || value === undefined ? '' : value.toFixed(1));
  if ('bins' in chart) {
    return {
      header: [chart.xLabel, 'COVID-19', 'CAP', 'this scan'],
      rows: chart.bins.map((bin, i) => [
        bin,
        digit(100 * chart.covid19[i]),
        digit(100 * chart.cap[i]),
        i === chart.thisBin ? chart.thisScan : '',
      ]),
    };
  }
  const withBand = ({ mean, standardDeviation }: Band, i: number) =>
    standardDeviation ? `${digit(mean[i])} ± ${digit(standardDeviation[i])}` : digit(mean[i]);
  return {
    header: [chart.xLabel, 'COVID-19', 'CAP', 'this scan'],
    rows: chart.xNames.map((name, i) => [
      name,
      withBand(chart.covid19, i),
      withBand(chart.cap, i),
      digit(chart.thisScan[i]),
    ]),
  };
}
