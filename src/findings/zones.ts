import type { Side, Zone, ZoneHeight } from './findings.ts';
import { sides, type LungTally, type Tally } from './tally.ts';

const heights = ['lower', 'middle', 'upper'] as const satisfies readonly ZoneHeight[];

/** Three zones a lung, right before left and upper before lower, by thirds of that lung's height. Not the lobar
 *  score: thirds are no lobes. */
export function zonesOf(tally: Tally, voxelMl: number): Zone[] {
  return sides.flatMap((side) => {
    const lung = tally.lungs[side];
    return heights.map((height, third) => zone(lung, side, height, third, voxelMl)).reverse();
  });
}

function zone(lung: LungTally, side: Side, height: ZoneHeight, third: number, voxelMl: number): Zone {
  const first = lung.lungVoxels.findIndex((voxels) => voxels > 0);
  const slices = lung.lungVoxels.findLastIndex((voxels) => voxels > 0) - first + 1;
  let lungVoxels = 0;
  let lesionVoxels = 0;
  for (let k = 0; k < slices && first >= 0; k++) {
    if (Math.floor((3 * (k + 0.5)) / slices) !== third) continue;
    lungVoxels += lung.lungVoxels[first + k];
    lesionVoxels += lung.lesionVoxels[first + k];
  }
  const quarters = lungVoxels === 0 ? 0 : Math.ceil((4 * lesionVoxels) / lungVoxels);
  return {
    side,
    height,
    lungMl: lungVoxels * voxelMl,
    lesionMl: lesionVoxels * voxelMl,
    extent: quarters as Zone['extent'],
  };
}
