import type { Findings, HuHistogram, Lesion, LungFindings, PeripheralCurve, Zone } from './findings.ts';
import { centreSpreadMm } from './spread.ts';
import { sides } from './tally.ts';
import { extentOf } from './zones.ts';

/** The findings as they would be had some of the lesions not been marked; those that stay keep their numbers. Nothing is
 *  measured anew: what a lesion adds to each count stands with it.
 *  @param isLeftOut of a lesion's number */
export function withoutLesions(findings: Findings, isLeftOut: (lesion: number) => boolean): Findings {
  const out = findings.lesions.filter(({ number }) => isLeftOut(number));
  if (out.length === 0) return findings;
  const kept = findings.lesions.filter(({ number }) => !isLeftOut(number));
  const voxelMl = out[0].volumeMl / voxelsOf(out[0]);
  /** Whole voxels, so that nothing is left of what is taken away. */
  const left = (ml: number, taken: number) => Math.round(ml / voxelMl) - taken;
  const taken = (of: (lesion: Lesion) => number) => out.reduce((sum, lesion) => sum + of(lesion), 0);

  const lung = (found: LungFindings, places: readonly number[], lesionCount: number): LungFindings => {
    const takenHere = (of: (counts: Lesion['counts']) => readonly number[]) =>
      taken(({ counts }) => places.reduce((sum, place) => sum + of(counts)[place], 0));
    const lungVoxels = left(found.volumeMl, 0);
    const lesion = left(
      found.lesionMl,
      takenHere(({ inLung }) => inLung),
    );
    const groundGlass = left(
      found.groundGlassMl,
      takenHere((counts) => counts.groundGlass),
    );
    const highOpacity = left(
      found.highOpacityRatio * found.volumeMl,
      takenHere((counts) => counts.highOpacity),
    );
    return {
      ...found,
      lesionMl: lesion * voxelMl,
      lesionVolumeRatio: lungVoxels === 0 ? 0 : lesion / lungVoxels,
      groundGlassMl: groundGlass * voxelMl,
      consolidationMl: (lesion - groundGlass) * voxelMl,
      highOpacityRatio: lungVoxels === 0 ? 0 : highOpacity / lungVoxels,
      lesionCount,
    };
  };
  const countOn = (side: Lesion['side']) => kept.filter((lesion) => lesion.side === side).length;
  const before = left(findings.lungs.both.lesionMl, 0);
  const after = before - taken(({ counts }) => counts.inLung[0] + counts.inLung[1]);
  /** Shares of all lesion in the lungs. */
  const shares = (share: readonly number[], of: (counts: Lesion['counts']) => readonly number[]) =>
    share.map((part, i) => (Math.round(part * before) - taken(({ counts }) => of(counts)[i])) / Math.max(1, after));

  const lesionHu: HuHistogram = { ...findings.lesionHu, share: shares(findings.lesionHu.share, ({ byHu }) => byHu) };
  const { ratio, thicknessMm } = findings.peripheral;
  const peripheral: PeripheralCurve = {
    thicknessMm,
    ratio: ratio && after > 0 ? shares(ratio, ({ inRim }) => inRim) : null,
  };
  const zones = findings.zones.map((zone, i): Zone => {
    const lesion = left(
      zone.lesionMl,
      taken(({ counts }) => counts.inZone[i]),
    );
    return { ...zone, lesionMl: lesion * voxelMl, extent: extentOf(lesion, left(zone.lungMl, 0)) };
  });
  const [right, leftLung] = sides.map((side, i) => lung(findings.lungs[side], [i], countOn(side)));
  return {
    ...findings,
    lungs: { right, left: leftLung, both: lung(findings.lungs.both, [0, 1], kept.length) },
    lesions: kept,
    lesionOutsideLungsMl:
      left(
        findings.lesionOutsideLungsMl,
        taken(({ counts }) => counts.outsideLungs),
      ) * voxelMl,
    lesionHu,
    peripheral,
    centreSpreadMm: centreSpreadMm(kept.map(({ boxMmLps }) => boxMmLps)),
    zones,
    zonalExtent: zones.reduce((sum, { extent }) => sum + extent, 0),
  };
}

const voxelsOf = ({ counts: { inLung, outsideLungs } }: Lesion) => inLung[0] + inLung[1] + outsideLungs;
