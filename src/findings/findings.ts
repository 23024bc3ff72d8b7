/** What is measured of one study: lungs and lesions, no network. Plain data; volumes in ml, lengths in mm, places in
 *  LPS mm, ratios from 0 to 1. */
import type { Grid, LpsPoint } from '../volume/grid.ts';

export type Side = 'right' | 'left';

export interface BoxMm {
  /** Outer edges of the outermost voxels. */
  readonly min: LpsPoint;
  readonly max: LpsPoint;
}

/** What the voxels of a lesion add to the counts of its study. */
export interface LesionCounts {
  /** Of each lung, right before left. */
  readonly inLung: readonly number[];
  readonly groundGlass: readonly number[];
  readonly highOpacity: readonly number[];
  readonly outsideLungs: number;
  /** In the lungs, by bin of `Findings.lesionHu`. */
  readonly byHu: readonly number[];
  /** In the lungs, within each thickness of `Findings.peripheral`. */
  readonly inRim: readonly number[];
  /** By zone, in the order of `Findings.zones`. */
  readonly inZone: readonly number[];
}

/** A 26-connected part of the lesion mask, at least `leastLesionMl`. */
export interface Lesion {
  /** 1 is the largest; its value in the lesion map. */
  readonly number: number;
  readonly volumeMl: number;
  readonly boxMmLps: BoxMm;
  readonly centroidMmLps: LpsPoint;
  /** Greatest distance between two of its voxel centres within one axial slice, plus one voxel along it. */
  readonly longestDiameterMm: number;
  readonly meanHu: number;
  /** Where most of it lies; the nearer lung where it lies in neither. */
  readonly side: Side;
  /** Of its voxels, how many are ground glass rather than consolidation (`groundGlassBelowHu`). */
  readonly groundGlassShare: number;
  /** Of its voxels, how many lie in the rim of the lungs (`rimMm`). */
  readonly peripheralShare: number;
  readonly counts: LesionCounts;
}

/** Of the right lung, the left lung, or both together. */
export interface LungFindings {
  readonly volumeMl: number;
  /** null where there is no such lung. */
  readonly meanHu: number | null;
  /** Every lesion voxel within it, those of parts too small to be counted among them. */
  readonly lesionMl: number;
  /** LVR: lesion volume over lung volume. */
  readonly lesionVolumeRatio: number;
  readonly groundGlassMl: number;
  readonly consolidationMl: number;
  /** Lesion above -200 HU, of the lung. */
  readonly highOpacityRatio: number;
  /** Numbered lesions, each on the side where most of it lies. */
  readonly lesionCount: number;
}

export interface HuHistogram {
  /** Bins of equal width; `lowHu` is the lower edge of the first. Values beyond go to the end bins. */
  readonly lowHu: number;
  readonly binHu: number;
  /** Share of the voxels in each bin; sums to 1, all 0 where there are no voxels. */
  readonly share: readonly number[];
}

/** PLR against the rim's thickness, slice by slice with a disk, as the paper's Fig. 1 (i): the share of lesion voxels
 *  between the lungs and their erosion. */
export interface PeripheralCurve {
  readonly thicknessMm: readonly number[];
  /** null where there is no lesion in the lungs. */
  readonly ratio: readonly number[] | null;
}

export type ZoneHeight = 'upper' | 'middle' | 'lower';
/** A third of a lung's height, from its lowest slice to its highest; a slice belongs where its middle lies. */
export interface Zone {
  readonly side: Side;
  readonly height: ZoneHeight;
  readonly lungMl: number;
  readonly lesionMl: number;
  /** 0 none, 1 up to a quarter, 2 up to a half, 3 up to three quarters, 4 above. */
  readonly extent: 0 | 1 | 2 | 3 | 4;
}

export interface Findings {
  readonly lungs: Readonly<Record<Side | 'both', LungFindings>>;
  readonly lesions: readonly Lesion[];
  /** Of the lesion mask, what no lung holds: in no other volume but the lesions' own. */
  readonly lesionOutsideLungsMl: number;
  readonly lesionHu: HuHistogram;
  readonly lungHu: HuHistogram;
  readonly peripheral: PeripheralCurve;
  /** Root mean square distance of the lesions' box centres from their mean; null below two lesions. */
  readonly centreSpreadMm: number | null;
  readonly zones: readonly Zone[];
  /** Sum of the zones' extents, 0 to 24; not the lobar score. */
  readonly zonalExtent: number;
}

/** An edge at `groundGlassBelowHu`. */
export const huBins = { lowHu: -1050, binHu: 25, bins: 52 } as const;
export const leastLesionMl = 0.1;
/** Denser than this is high opacity. */
export const highOpacityHu = -200;
/** The rim's thickness at which the paper states the PLR. */
export const rimMm = 24.5;
/** Between the medians of masked ground glass (-578 HU) and consolidation (-244 HU). */
export const groundGlassBelowHu = -400;

/** Lesions told apart: 0 nothing, n the lesion of that number, `unnumberedLesion` parts too small to be counted. */
export interface LesionLabels {
  readonly grid: Grid;
  readonly labels: Uint16Array;
}
