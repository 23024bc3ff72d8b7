import type { ReadSeries, Series } from '../series.ts';
import type { FrameHeader } from './frameHeader.ts';

/** A frame that has its place. */
export type PlacedFrame = FrameHeader & {
  readonly positionMm: NonNullable<FrameHeader['positionMm']>;
  readonly orientation: NonNullable<FrameHeader['orientation']>;
};

/** One frame for each place, of those that the volume was made from; none of a NIfTI file. */
export function framesRead(series: Series, { sliceInstances }: Pick<ReadSeries, 'sliceInstances'>): PlacedFrame[] {
  if (series.source !== 'dicom') return [];
  const used = new Set(sliceInstances.map(({ sopInstanceUid }) => sopInstanceUid));
  const places = new Map<string, PlacedFrame>();
  for (const frame of series.frames) {
    const { positionMm, orientation } = frame;
    if (!positionMm || !orientation || !used.has(frame.sopInstanceUid)) continue;
    const place = positionMm.map((mm) => mm.toFixed(2)).join();
    if (!places.has(place)) places.set(place, { ...frame, positionMm, orientation });
  }
  return [...places.values()];
}
