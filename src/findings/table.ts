/** Each figure of a study described once, for panel, JSON and CSV alike. */
import {
  groundGlassBelowHu,
  highOpacityHu,
  leastLesionMl,
  rimMm,
  type Findings,
  type LungFindings,
  type Side,
} from './findings.ts';

export type Unit = 'ml' | 'mm' | 'HU' | '%' | 'count' | 'points';

export interface Figure {
  /** In JSON and CSV. */
  readonly id: string;
  readonly label: string;
  readonly unit: Unit;
  /** Decimals shown; files hold the whole number. */
  readonly digits: 0 | 1;
  /** Of the lungs as they are, whether lesions were looked for or not. */
  readonly ofLungsAlone?: true;
  /** In words, where the label does not say it all. */
  readonly rule?: string;
  /** In `unit`; a ratio is given in per cent. null where there is none. */
  readonly value: (findings: Findings) => number | null;
}

type Place = Side | 'both';
const placeNames: Readonly<Record<Place, string>> = { right: 'right lung', left: 'left lung', both: 'both lungs' };

export interface LungFigure extends Omit<Figure, 'value'> {
  readonly of: (lung: LungFindings) => number | null;
}
/** Figures that each lung has, and both together. */
export const lungFigures: readonly LungFigure[] = [
  { id: 'volumeMl', label: 'Volume', unit: 'ml', digits: 0, ofLungsAlone: true, of: (lung) => lung.volumeMl },
  { id: 'meanHu', label: 'Mean CT number', unit: 'HU', digits: 0, ofLungsAlone: true, of: (lung) => lung.meanHu },
  {
    id: 'lesionMl',
    label: 'Lesion volume',
    unit: 'ml',
    digits: 1,
    rule: `Every lesion voxel in the lung, those of parts below ${leastLesionMl} ml among them.`,
    of: (lung) => lung.lesionMl,
  },
  {
    id: 'lesionVolumePercent',
    label: 'Lesion volume ratio (LVR)',
    unit: '%',
    digits: 1,
    rule: 'Lesion volume over lung volume.',
    of: (lung) => 100 * lung.lesionVolumeRatio,
  },
  {
    id: 'lesionCount',
    label: 'Lesions',
    unit: 'count',
    digits: 0,
    rule: `Connected parts of the lesion mask (26 neighbours) of at least ${leastLesionMl} ml, on the side where most of each lies, or of the nearer lung.`,
    of: (lung) => lung.lesionCount,
  },
  {
    id: 'groundGlassMl',
    label: 'Ground glass',
    unit: 'ml',
    digits: 1,
    rule: `Lesion below ${groundGlassBelowHu} HU.`,
    of: (lung) => lung.groundGlassMl,
  },
  {
    id: 'consolidationMl',
    label: 'Consolidation',
    unit: 'ml',
    digits: 1,
    rule: `Lesion from ${groundGlassBelowHu} HU on.`,
    of: (lung) => lung.consolidationMl,
  },
  {
    id: 'highOpacityPercent',
    label: 'High opacity',
    unit: '%',
    digits: 1,
    rule: `Lesion above ${highOpacityHu} HU, of the lung. 98 of 100 healthy persons had less than 1 % opacity (PMC7392373).`,
    of: (lung) => 100 * lung.highOpacityRatio,
  },
];

/** PLR at one thickness of the published curve; null where there is no lesion. */
export function peripheralRatioAt({ peripheral }: Findings, thicknessMm: number): number | null {
  const i = peripheral.thicknessMm.findIndex((mm) => Math.abs(mm - thicknessMm) < 0.01);
  return i < 0 || !peripheral.ratio ? null : peripheral.ratio[i];
}

const percent = (ratio: number | null) => (ratio === null ? null : 100 * ratio);

/** Figures of the study as a whole, beyond those of the lungs. */
export const studyFigures: readonly Figure[] = [
  {
    id: 'peripheralLesionPercent',
    label: `Peripheral lesion ratio (PLR), ${rimMm} mm rim`,
    unit: '%',
    digits: 1,
    rule: `Lesion voxels between the lungs and their erosion by ${rimMm} mm, slice by slice with a disk.`,
    value: (findings) => percent(peripheralRatioAt(findings, rimMm)),
  },
  {
    id: 'centralLesionPercent',
    label: `Lesion deeper than ${rimMm} mm`,
    unit: '%',
    digits: 1,
    value: (findings) => {
      const ratio = peripheralRatioAt(findings, rimMm);
      return ratio === null ? null : 100 * (1 - ratio);
    },
  },
  {
    id: 'centreSpreadMm',
    label: 'Spread of lesion centres',
    unit: 'mm',
    digits: 1,
    rule: 'Root mean square distance of the box centres from their mean; from two lesions on.',
    value: (findings) => findings.centreSpreadMm,
  },
  {
    id: 'zonalExtent',
    label: 'Six-zone extent, of 24',
    unit: 'points',
    digits: 0,
    rule: 'Three zones a lung by thirds of its height, each 0 to 4 by quarters of lesion. Not the lobar score.',
    value: (findings) => findings.zonalExtent,
  },
  {
    id: 'lesionOutsideLungsMl',
    label: 'Lesion outside the lungs',
    unit: 'ml',
    digits: 1,
    rule: 'In no other volume but the lesions’ own.',
    value: (findings) => findings.lesionOutsideLungsMl,
  },
  ...(['upper', 'middle', 'lower'] as const).map((height): Figure => ({
    id: `${height}LesionPercent`,
    label: `Lesion in the ${height} thirds`,
    unit: '%',
    digits: 1,
    rule: 'Of all lesion in the lungs.',
    value: ({ zones, lungs }) => {
      if (lungs.both.lesionMl === 0) return null;
      const inThird = zones.filter((zone) => zone.height === height).reduce((sum, zone) => sum + zone.lesionMl, 0);
      return (100 * inThird) / lungs.both.lesionMl;
    },
  })),
];

/** Every figure in one list, those of the lungs once for each and once for both. */
export const figures: readonly Figure[] = [
  ...(['right', 'left', 'both'] as const).flatMap((place) =>
    lungFigures.map(({ of, ...figure }): Figure => ({
      ...figure,
      id: `${place}.${figure.id}`,
      label: `${figure.label}, ${placeNames[place]}`,
      value: (findings) => of(findings.lungs[place]),
    })),
  ),
  ...studyFigures,
];

const unitSuffix: Readonly<Record<Unit, string>> = {
  ml: ' ml',
  mm: ' mm',
  HU: ' HU',
  '%': ' %',
  count: '',
  points: '',
};

/** A value as the panel shows it: "12.3 %", "–" where there is none. */
export function figureText(value: number | null, { unit, digits }: { unit: Unit; digits: number }): string {
  if (value === null) return '–';
  const text = value.toFixed(digits);
  // No "-0".
  return (Number(text) === 0 ? (0).toFixed(digits) : text) + unitSuffix[unit];
}
