import type { Side, Zone, ZoneHeight } from './findings.ts';
import { sides, type LungTally, type Tally } from './tally.ts';

const heights = ['lower', 'middle', 'upper'] as const satisfies readonly ZoneHeight[];

export const zoneCount = sides.length * heights.length;

/** Three zones a lung, right before left and upper before lower, by thirds of that lung's height. Not the lobar
 *  score: thirds are no lobes. */
export function zonesOf(tally: Tally, voxelMl: number): Zone[] {
  return sides.flatMap((side) => {
    const lung = tally.lungs[side];
    return heights.map((height, third) => zone(lung, side, height, third, voxelMl)).reverse();
  });
}

/** Index into `zonesOf` of a slice of a lung.
 *  @param side 0 right, 1 left */
export function zoneOfSlice({ lungs }: Tally): (side: number, z: number) => number {
  const thirds = sides.map((side) => thirdOfSlice(lungs[side]));
  return (side, z) => side * heights.length + (heights.length - 1 - thirds[side](z));
}

/** 0 lower to 2 upper, for slices between the lung's first and last. */
function thirdOfSlice({ lungVoxels }: LungTally): (z: number) => number {
  const first = lungVoxels.findIndex((voxels) => voxels > 0);
  const slices = lungVoxels.findLastIndex((voxels) => voxels > 0) - first + 1;
  return (z) => Math.floor((3 * (z - first + 0.5)) / slices);
}

function zone(lung: LungTally, side: Side, height: ZoneHeight, third: number, voxelMl: number): Zone {
  const thirdOf = thirdOfSlice(lung);
  const within = (bySlice: Uint32Array) => bySlice.reduce((sum, n, z) => (thirdOf(z) === third ? sum + n : sum), 0);
  const [lungVoxels, lesionVoxels] = [within(lung.lungVoxels), within(lung.lesionVoxels)];
  const extent = extentOf(lesionVoxels, lungVoxels);
  return { side, height, lungMl: lungVoxels * voxelMl, lesionMl: lesionVoxels * voxelMl, extent };
}

export const zonalExtentOf = (zones: readonly Zone[]) => zones.reduce((sum, { extent }) => sum + extent, 0);

export function extentOf(lesionVoxels: number, lungVoxels: number): Zone['extent'] {
  return (lungVoxels === 0 ? 0 : Math.ceil((4 * lesionVoxels) / lungVoxels)) as Zone['extent'];
}
