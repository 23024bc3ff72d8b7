/** A segmentation dropped with its study, ours or a reader's own: lungs and lesions back on the study's grid. */
import type { Findings, LesionLabels } from '../../findings/findings.ts';
import { measure } from '../../findings/measure.ts';
import { readSeg, segOnGrid, type ReadSegment, type SegRefusal } from '../../formats/dicom/readSeg.ts';
import type { ReadSeries, Series } from '../../formats/series.ts';
import type { Mask } from '../../volume/grid.ts';
import { leftCode, lesionCode, lungCode, rightCode } from './segmentation.ts';

export interface Reopened {
  readonly kind: 'reopened';
  /** What made each segment, as the file says. */
  readonly algorithms: readonly string[];
  /** 1 right, 2 left: the file's, or those known already; null where there are neither. */
  readonly lungs: Mask | null;
  /** Measured anew; null without lungs. */
  readonly findings: Findings | null;
  /** null without lungs or lesions. */
  readonly lesions: LesionLabels | null;
}

/** @param known lungs found already, for a file that holds lesions alone */
export async function reopenSegmentation(
  file: Blob,
  series: Series,
  read: ReadSeries,
  known: Mask | null = null,
): Promise<Reopened | SegRefusal> {
  const refused = (message: string): SegRefusal => ({ kind: 'refused', message });
  const seg = await readSeg(file);
  if (seg.kind === 'refused') return seg;
  if (seg.studyInstanceUid !== series.study.instanceUid || seg.sourceSeriesUid !== series.seriesInstanceUid)
    return refused('The segmentation belongs to another study or series.');
  const { volume } = read;
  const lungLabels = segOnGrid(seg, volume.grid, sideOf);
  const lesionLabels = segOnGrid(seg, volume.grid, ({ type }) => (type.value === lesionCode.value ? 1 : 0));
  if (!lungLabels || !lesionLabels) return refused('The segmentation lies outside these images.');
  const maskOf = (labels: Uint16Array): Mask | null =>
    labels.some((label) => label !== 0) ? { grid: volume.grid, labels: Uint8Array.from(labels) } : null;
  const [own, lesions] = [maskOf(lungLabels), maskOf(lesionLabels)];
  const lungs = own ?? known;
  if (!own && !lesions) return refused('The segmentation holds neither lungs nor lesions.');
  const measured = lungs && measure(volume, lungs, lesions);
  return {
    kind: 'reopened',
    algorithms: [...new Set(seg.segments.map(({ algorithmName }) => algorithmName).filter(Boolean))],
    lungs,
    findings: measured && measured.findings,
    lesions: measured && measured.lesionLabels,
  };
}

function sideOf({ type, modifier }: ReadSegment): number {
  if (type.value !== lungCode.value) return 0;
  return modifier?.value === rightCode.value ? 1 : modifier?.value === leftCode.value ? 2 : 0;
}
