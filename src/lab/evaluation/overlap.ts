/** How far a mask and the truth agree, voxel by voxel. */
export interface Overlap {
  /** 2 |A and B| / (|A| + |B|); null where both are empty: undefined, and whoever averages says how it counts. */
  readonly dice: number | null;
  /** Share of the truth that was found; null where there is none. */
  readonly sensitivity: number | null;
  /** Share of what is none of the truth, and was left alone; null where everything is. */
  readonly specificity: number | null;
  readonly truthVoxels: number;
  readonly resultVoxels: number;
}

/** @param truth and result: anything but 0 is inside
 *  @param within voxels that count; all where it is not given */
export function overlapOf(truth: Uint8Array, result: Uint8Array, within?: Uint8Array): Overlap {
  let [both, onlyTruth, onlyResult, neither] = [0, 0, 0, 0];
  for (let i = 0; i < truth.length; i++) {
    if (within && within[i] === 0) continue;
    if (truth[i] !== 0) {
      if (result[i] !== 0) both++;
      else onlyTruth++;
    } else if (result[i] !== 0) onlyResult++;
    else neither++;
  }
  return {
    dice: share(2 * both, 2 * both + onlyTruth + onlyResult),
    sensitivity: share(both, both + onlyTruth),
    specificity: share(neither, neither + onlyResult),
    truthVoxels: both + onlyTruth,
    resultVoxels: both + onlyResult,
  };
}

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
