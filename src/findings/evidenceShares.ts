/** Where a class's evidence lies, and whether it lies where the lesions are (the paper's Fig. 10: where a prediction
 *  is wrong, the two part). It says what the network used, not that it is right. */
import { lpsToVoxel, voxelToLps, type Grid, type Mask } from '../volume/grid.ts';

/** Volume shares of each evidence voxel; what lies in no voxel of the study is outside. */
export interface EvidenceRegions {
  readonly grid: Grid;
  readonly lesion: Float32Array;
  /** Lung without lesion. */
  readonly lung: Float32Array;
}

export interface RegionShares {
  readonly lesions: number;
  readonly otherLung: number;
  readonly outside: number;
}

export interface EvidenceShares {
  /** Of all evidence for the class, and of all against it; each adds up to 1. null where there is none. */
  readonly speaksFor: RegionShares | null;
  readonly speaksAgainst: RegionShares | null;
  /** See `agreementMeaning`; null where there are no lesions, no other lung, or no evidence at all. */
  readonly agreement: number | null;
}

export const agreementMeaning =
  'In how many of 100 pairs, one place in a lesion and one elsewhere in the lungs, the lesion has more evidence for the class. 50 means that evidence and lesions have nothing to do with each other; 100, that every lesion stands out. Where a prediction is wrong, the two often part.';

/** Distributes the study's voxels over those of an evidence grid, each to the nearest. One walk serves all maps on
 *  the same grid.
 *  @param evidence parallel to the study's grid, and coarser
 *  @param lesions anything but 0 is lesion */
export function evidenceRegions(evidence: Grid, lungs: Mask, lesions: ArrayLike<number>): EvidenceRegions {
  const [depth, rows, columns] = lungs.grid.shape;
  const nearest = ([0, 1, 2] as const).map((axis) => nearestVoxels(evidence, lungs.grid, axis));
  const [, mapRows, mapColumns] = evidence.shape;
  const cells = evidence.shape[0] * mapRows * mapColumns;
  const lesion = new Float32Array(cells);
  const lung = new Float32Array(cells);
  const perCell = evidence.spacingMm.reduce((product, mm) => product * mm, 1);
  const share = lungs.grid.spacingMm.reduce((product, mm) => product * mm, 1) / perCell;
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const line = (nearest[0][z] * mapRows + nearest[1][y]) * mapColumns;
      for (let x = 0; x < columns; x++, i++) {
        if (lesions[i] !== 0) lesion[line + nearest[2][x]] += share;
        else if (lungs.labels[i] !== 0) lung[line + nearest[2][x]] += share;
      }
    }
  // The map's outermost voxels stand for all beyond them as well.
  for (let i = 0; i < cells; i++) {
    const sum = lesion[i] + lung[i];
    if (sum > 1) [lesion[i], lung[i]] = [lesion[i] / sum, lung[i] / sum];
  }
  return { grid: evidence, lesion, lung };
}

function nearestVoxels(evidence: Grid, study: Grid, axis: 0 | 1 | 2): Int32Array {
  return Int32Array.from({ length: study.shape[axis] }, (_, i) => {
    const point = voxelToLps(study, [axis === 0 ? i : 0, axis === 1 ? i : 0, axis === 2 ? i : 0]);
    return Math.min(Math.max(Math.round(lpsToVoxel(evidence, point)[axis]), 0), evidence.shape[axis] - 1);
  });
}

/** @param values of one class, on the regions' grid; positive ones speak for it
 *  @throws RangeError where they are not on that grid */
export function evidenceShares(values: Float32Array, { lesion, lung }: EvidenceRegions): EvidenceShares {
  if (values.length !== lesion.length)
    throw new RangeError(`evidenceShares: ${values.length} values, ${lesion.length} voxels in the regions`);
  const sums = { for: [0, 0, 0], against: [0, 0, 0] };
  values.forEach((value, i) => {
    const side = value > 0 ? sums.for : sums.against;
    side[0] += Math.abs(value) * lesion[i];
    side[1] += Math.abs(value) * lung[i];
    side[2] += Math.abs(value) * (1 - lesion[i] - lung[i]);
  });
  return {
    speaksFor: sharesOf(sums.for),
    speaksAgainst: sharesOf(sums.against),
    agreement: agreementOf(values, lesion, lung),
  };
}

function sharesOf([lesions, otherLung, outside]: readonly number[]): RegionShares | null {
  const sum = lesions + otherLung + outside;
  return sum > 0 ? { lesions: lesions / sum, otherLung: otherLung / sum, outside: outside / sum } : null;
}

/** Area under the curve of lesion against other lung, each voxel weighing as much as it holds of them; pairs of equal
 *  evidence count half. */
function agreementOf(values: Float32Array, lesion: Float32Array, lung: Float32Array): number | null {
  const inLungs = [...values.keys()].filter((i) => lesion[i] + lung[i] > 0).sort((a, b) => values[a] - values[b]);
  let lesionSum = 0;
  let lungSum = 0;
  let won = 0;
  for (let start = 0; start < inLungs.length;) {
    let [lesionHere, lungHere, end] = [0, 0, start];
    for (; end < inLungs.length && values[inLungs[end]] === values[inLungs[start]]; end++) {
      lesionHere += lesion[inLungs[end]];
      lungHere += lung[inLungs[end]];
    }
    won += lesionHere * (lungSum + lungHere / 2);
    lesionSum += lesionHere;
    lungSum += lungHere;
    start = end;
  }
  const isEmpty = values.every((value) => value === 0);
  return isEmpty || lesionSum === 0 || lungSum === 0 ? null : won / (lesionSum * lungSum);
}
