import { voxelCount, voxelVolumeMl, type Mask, type Volume } from '../volume/grid.ts';
import {
  groundGlassBelowHu,
  highOpacityHu,
  type Findings,
  type LesionLabels,
  type LungFindings,
  type PeripheralCurve,
} from './findings.ts';
import { countOn, findLesions, type LesionsFound } from './lesions.ts';
import { centreSpreadMm } from './spread.ts';
import { tally, type HuCounts } from './tally.ts';
import { zonalExtentOf, zoneOfSlice, zonesOf } from './zones.ts';

/** Every 3.5 mm to 35, as the paper's Fig. 1 (i). */
const rimThicknessMm = Array.from({ length: 11 }, (_, i) => 3.5 * i);

export interface Measured {
  readonly findings: Findings;
  /** null where there is no lesion mask. */
  readonly lesionLabels: LesionLabels | null;
}

/** All that is measured of a study.
 *  @param lungs 1 right, 2 left
 *  @param lesions anything but 0 is lesion; null where none were looked for
 *  @throws RangeError where the masks are not on the volume's grid */
export function measure(volume: Volume, lungs: Mask, lesions: Mask | null): Measured {
  const voxels = voxelCount(volume.grid.shape);
  for (const { length } of [volume.hu, lungs.labels, lesions?.labels ?? volume.hu])
    if (length !== voxels) throw new RangeError(`measure: ${length} values on a grid of ${voxels} voxels`);
  const counts = tally(volume, lungs, lesions);
  const found = lesions && findLesions(volume, lungs, lesions, rimThicknessMm, zoneOfSlice(counts));
  const { right, left } = counts.lungs;
  const all = { lung: right.lung.plus(left.lung), lesion: right.lesion.plus(left.lesion) };
  const voxelMl = voxelVolumeMl(volume.grid);
  const parts = found?.lesions ?? [];
  const zones = zonesOf(counts, voxelMl);
  return {
    lesionLabels: found?.labels ?? null,
    findings: {
      lungs: {
        right: lungFindings(right, countOn(parts, 'right'), voxelMl),
        left: lungFindings(left, countOn(parts, 'left'), voxelMl),
        both: lungFindings(all, parts.length, voxelMl),
      },
      lesions: parts,
      lesionOutsideLungsMl: counts.lesionOutside * voxelMl,
      lesionHu: all.lesion.histogram(),
      lungHu: all.lung.histogram(),
      peripheral: peripheralCurve(found),
      centreSpreadMm: centreSpreadMm(parts.map((lesion) => lesion.boxMmLps)),
      zones,
      zonalExtent: zonalExtentOf(zones),
    },
  };
}

function lungFindings(
  { lung, lesion }: { lung: HuCounts; lesion: HuCounts },
  lesionCount: number,
  voxelMl: number,
): LungFindings {
  const lungVoxels = lung.voxels();
  const ofLung = (voxels: number) => (lungVoxels === 0 ? 0 : voxels / lungVoxels);
  return {
    volumeMl: lungVoxels * voxelMl,
    meanHu: lung.meanHu(),
    lesionMl: lesion.voxels() * voxelMl,
    lesionVolumeRatio: ofLung(lesion.voxels()),
    groundGlassMl: lesion.voxels(-Infinity, groundGlassBelowHu) * voxelMl,
    consolidationMl: lesion.voxels(groundGlassBelowHu) * voxelMl,
    highOpacityRatio: ofLung(lesion.voxels(highOpacityHu + 1)),
    lesionCount,
  };
}

function peripheralCurve(found: LesionsFound | null): PeripheralCurve {
  const ratio = found && found.inLungs > 0 ? found.inRim.map((voxels) => voxels / found.inLungs) : null;
  return { thicknessMm: rimThicknessMm, ratio };
}
