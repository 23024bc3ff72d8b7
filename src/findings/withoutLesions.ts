import type { Findings, LesionCounts, LungFindings, Zone } from './findings.ts';
import { countOn } from './lesions.ts';
import { centreSpreadMm } from './spread.ts';
import { extentOf, zonalExtentOf } from './zones.ts';

/** The findings as they would be had some of the lesions not been marked; those that stay keep their numbers. Nothing is
 *  measured anew: what a lesion adds to each count stands with it.
 *  @param isLeftOut of a lesion's number */
export function withoutLesions(findings: Findings, isLeftOut: (lesion: number) => boolean): Findings {
  const out = findings.lesions.filter(({ number }) => isLeftOut(number));
  if (out.length === 0) return findings;
  const kept = findings.lesions.filter(({ number }) => !isLeftOut(number));
  const voxelMl = out[0].volumeMl / voxelsOf(out[0].counts);
  // Whole voxels, so that rounding leaves nothing of what is taken away.
  const voxels = (ml: number) => Math.round(ml / voxelMl);
  const taken = (of: (counts: LesionCounts) => number) => out.reduce((sum, { counts }) => sum + of(counts), 0);

  /** @param here of a count of each lung, what counts in this one, or in both */
  const lung = (found: LungFindings, here: (ofEach: readonly number[]) => number, count: number): LungFindings => {
    const lesion = voxels(found.lesionMl) - taken(({ inLung }) => here(inLung));
    const groundGlass = voxels(found.groundGlassMl) - taken((counts) => here(counts.groundGlass));
    const highOpacity = voxels(found.highOpacityRatio * found.volumeMl) - taken((counts) => here(counts.highOpacity));
    const ofLung = (part: number) => (found.volumeMl === 0 ? 0 : part / voxels(found.volumeMl));
    return {
      ...found,
      lesionMl: lesion * voxelMl,
      lesionVolumeRatio: ofLung(lesion),
      groundGlassMl: groundGlass * voxelMl,
      consolidationMl: (lesion - groundGlass) * voxelMl,
      highOpacityRatio: ofLung(highOpacity),
      lesionCount: count,
    };
  };
  const { right, left, both } = findings.lungs;

  const before = voxels(both.lesionMl);
  const after = before - taken(({ inLung }) => inLung[0] + inLung[1]);
  /** Of shares of all lesion in the lungs. */
  const shares = (share: readonly number[], of: (counts: LesionCounts) => readonly number[]) =>
    share.map((part, i) => (Math.round(part * before) - taken((counts) => of(counts)[i])) / Math.max(1, after));
  const { lesionHu, peripheral } = findings;
  const zones = findings.zones.map((zone, i): Zone => {
    const lesion = voxels(zone.lesionMl) - taken(({ inZone }) => inZone[i]);
    return { ...zone, lesionMl: lesion * voxelMl, extent: extentOf(lesion, voxels(zone.lungMl)) };
  });
  const outsideLungs = voxels(findings.lesionOutsideLungsMl) - taken((counts) => counts.outsideLungs);
  return {
    ...findings,
    lungs: {
      right: lung(right, ([inRight]) => inRight, countOn(kept, 'right')),
      left: lung(left, ([, inLeft]) => inLeft, countOn(kept, 'left')),
      both: lung(both, ([inRight, inLeft]) => inRight + inLeft, kept.length),
    },
    lesions: kept,
    lesionOutsideLungsMl: outsideLungs * voxelMl,
    lesionHu: { ...lesionHu, share: shares(lesionHu.share, ({ byHu }) => byHu) },
    peripheral: {
      ...peripheral,
      ratio: peripheral.ratio && after > 0 ? shares(peripheral.ratio, ({ inRim }) => inRim) : null,
    },
    centreSpreadMm: centreSpreadMm(kept.map(({ boxMmLps }) => boxMmLps)),
    zones,
    zonalExtent: zonalExtentOf(zones),
  };
}

const voxelsOf = ({ inLung, outsideLungs }: LesionCounts) => inLung[0] + inLung[1] + outsideLungs;
