/** How far an engine may lie from what is expected: absolute, or relative to the largest expected value where that
 *  exceeds 1. Every number with its reason. */
export const tolerances = {
  /** Values are only moved or compared: nothing may be rounded. */
  moved: 0,
  /** One layer. Float32 sums of at most a few hundred terms of order 1, in any order: some 1e-6. */
  layer: 2e-5,
  /** Norms divide by what a sum of squares leaves; a mean of 100 times the deviation costs two digits more. */
  norm: 5e-4,
  /** Whole subnets against the published modules (themselves float32), as the reference data ask. */
  golden: 1e-3,
  /** A whole patch against the reference: some twenty layers of which each norm rescales the errors before it. */
  patch: 1e-3,
  /** Scores against bias + means of the evidence: 14 c products and means of a few thousand voxels in float32. */
  identity: 1e-4,
  /** Lesion voxels that may fall on the other side of 0.5, as a share of all lesion voxels. */
  maskShare: 1e-3,
} as const;
