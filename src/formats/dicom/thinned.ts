/** A series with only some of its slices. */
import { cross, dot, type LpsPoint } from '../../volume/grid.ts';
import type { DicomSeries, GeometryNote, Series } from '../series.ts';
import type { FrameHeader } from './frameHeader.ts';
import { limits } from './geometryGuard.ts';

/** Every n-th place along the stack, with all pictures of it, from one end on; the others are not so much as decoded, and
 *  pictures without a place stay for the guard to judge. Unchanged where the first has no direction: refused for that. Of a NIfTI file the slices are
 *  left out as it is read. */
export function thinned(series: DicomSeries, every: number): DicomSeries;
export function thinned(series: Series, every: number): Series;
export function thinned(series: Series, every: number): Series {
  const spacingMm = series.spacingMm === null ? null : series.spacingMm * every;
  if (series.source === 'nifti') {
    return { ...series, sliceCount: Math.ceil(series.sliceCount / every), spacingMm, keptEvery: every };
  }
  const first = series.frames[0]?.orientation;
  if (!first || every <= 1) return series;
  const normal = cross(first.row, first.column);
  const along = ({ positionMm }: FrameHeader) => dot(positionMm as LpsPoint, normal);
  const unplaced = series.frames.filter(({ positionMm }) => positionMm === null);
  const placed = series.frames.filter(({ positionMm }) => positionMm !== null);
  const sorted = placed.map((frame) => ({ frame, at: along(frame) })).sort((a, b) => a.at - b.at);
  let place = -1;
  const kept = sorted.filter(({ at }, i) => {
    if (i === 0 || at - sorted[i - 1].at > limits.sameMm) place++;
    return place % every === 0;
  });
  return {
    ...series,
    frames: [...kept.map(({ frame }) => frame), ...unplaced],
    sliceCount: Math.ceil((place + 1) / every),
    spacingMm,
    keptEvery: every,
  };
}

export function thinningNotes({ keptEvery }: Series): GeometryNote[] {
  if (keptEvery === undefined) return [];
  const message = `Only one slice in ${keptEvery} was read, for want of memory: small lesions may not be seen.`;
  return [{ code: 'thinned', severity: 'warning', message }];
}
