/** A segmentation dropped with its study, ours or a reader's own: lungs and lesions back on the study's grid. */
import type { Findings, LesionLabels } from '../../findings/findings.ts';
import { measure } from '../../findings/measure.ts';
import type { Made } from '../../formats/dicom/madeBy.ts';
import {
  readSeg,
  segOnGrid,
  type ReadSegment,
  type SegRefusal,
  type SourceFrame,
} from '../../formats/dicom/readSeg.ts';
import type { Series } from '../../formats/series.ts';
import type { Mask, Volume } from '../../volume/grid.ts';
import { partSides } from '../ownLungs.ts';
import { leftCode, lesionCode, lungCode, rightCode } from './codes.ts';

/** What a derived object must agree with. */
export interface SourceSeries extends Pick<Series, 'study' | 'seriesInstanceUid'> {
  /** Of which the volume was made, one for each place; empty where the source has none (NIfTI). */
  readonly frames: readonly SourceFrame[];
}

/** What made the segments of one kind, as the file says. */
export interface SegmentMaker {
  readonly algorithms: readonly string[];
  /** AUTOMATIC or MANUAL where each of them is. */
  readonly algorithmType: 'AUTOMATIC' | 'SEMIAUTOMATIC' | 'MANUAL';
}

/** Algorithms and their type are those of the lesions. */
export interface Reopened extends SegmentMaker {
  readonly kind: 'reopened';
  readonly lungMaker: SegmentMaker;
  readonly made: Made;
  /** 1 right, 2 left: the file's, or those known already; null where there are neither. */
  readonly lungs: Mask | null;
  /** Measured anew; null without lungs. */
  readonly findings: Findings | null;
  /** null where the file holds none, and without lungs. */
  readonly lesions: LesionLabels | null;
}

/** @param known lungs found already, for a file that holds lesions alone */
export async function reopenSegmentation(
  file: Blob,
  { study, seriesInstanceUid, frames }: SourceSeries,
  volume: Volume,
  known: Mask | null = null,
): Promise<Reopened | SegRefusal> {
  const refused = (message: string): SegRefusal => ({ kind: 'refused', message });
  const seg = await readSeg(file);
  if (seg.kind === 'refused') return seg;
  if (seg.studyInstanceUid !== study.instanceUid) return refused('The segmentation belongs to another study.');
  if (seg.sourceSeriesUid !== seriesInstanceUid)
    return refused('The segmentation belongs to another series of this study.');
  if (frames.length > 0 && seg.instances.size > 0 && !frames.some((one) => seg.instances.has(one.sopInstanceUid)))
    return refused('The segmentation belongs to other images of this series, such as another phase.');
  const lungLabels = segOnGrid(seg, volume.grid, lungOf, frames);
  const lesionOf = ({ type }: ReadSegment) => (type.value === lesionCode.value ? 1 : 0);
  const lesionLabels = segOnGrid(seg, volume.grid, lesionOf, frames);
  if (!lungLabels || !lesionLabels) return refused('The segmentation lies outside these images.');
  const maskOf = (labels: Uint16Array): Mask | null =>
    labels.some((label) => label !== 0) ? { grid: volume.grid, labels: Uint8Array.from(labels) } : null;
  const own = maskOf(lungLabels);
  const lesions = maskOf(lesionLabels);
  const lungs = own && lungLabels.includes(unsided) ? partSides(own) : (own ?? known);
  if (!own && !lesions) {
    const names = [...new Set(seg.segments.map(({ label }) => label))].slice(0, 4).join(', ');
    return refused(`The segmentation holds neither lungs nor lesions, but: ${names || 'nothing named'}.`);
  }
  const measured = lungs && measure(volume, lungs, lesions);
  return {
    kind: 'reopened',
    ...makerOf(seg.segments.filter(({ type }) => type.value === lesionCode.value)),
    lungMaker: makerOf(seg.segments.filter((segment) => lungOf(segment) !== 0)),
    made: seg.made,
    lungs,
    findings: measured && measured.findings,
    lesions: measured && measured.lesionLabels,
  };
}

function makerOf(segments: readonly ReadSegment[]): SegmentMaker {
  const [only, ...others] = new Set(segments.map(({ algorithmType }) => algorithmType));
  return {
    algorithms: [...new Set(segments.map(({ algorithmName }) => algorithmName).filter(Boolean))],
    algorithmType: others.length === 0 && (only === 'AUTOMATIC' || only === 'MANUAL') ? only : 'SEMIAUTOMATIC',
  };
}

/** A lung that is not said to be the right or the left one. */
const unsided = 3;
/** Codes of other programs that name the side by themselves. */
const sidedLungs: Readonly<Record<string, number>> = { '3341006': 1, '44029006': 2 };

function lungOf({ type, modifier }: ReadSegment): number {
  if (type.value !== lungCode.value) return sidedLungs[type.value] ?? 0;
  return modifier?.value === rightCode.value ? 1 : modifier?.value === leftCode.value ? 2 : unsided;
}
