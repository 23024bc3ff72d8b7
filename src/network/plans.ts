/** A plan fixes every size of the network (network description, section 7); nothing else depends on its name. */
export interface Plan {
  readonly name: string;
  /** Base width c, a multiple of 8. */
  readonly width: number;
  /** Rows and columns G of the working grid. */
  readonly grid: number;
  /** Patch size [Pz, Py, Px] in working voxels. */
  readonly patch: readonly [z: number, y: number, x: number];
  /** Slices S that the classifier samples. */
  readonly slices: number;
  /** What the square working frame holds: the acquired field of view, or the lungs' box. */
  readonly frame: 'field' | 'lungs';
  /** Slices thinner than this are averaged in whole groups; null: as acquired. */
  readonly minSliceMm: number | null;
  /** `plain`: one strided convolution in place of each inception block, for the paper's ablation; no model ships so. */
  readonly stem?: 'plain' | undefined;
}

export const plans = {
  full: { name: 'full', width: 32, grid: 512, patch: [24, 256, 256], slices: 48, frame: 'field', minSliceMm: null },
  lite: { name: 'lite', width: 8, grid: 256, patch: [24, 128, 128], slices: 48, frame: 'lungs', minSliceMm: 2.5 },
  tiny: { name: 'tiny', width: 8, grid: 64, patch: [8, 32, 32], slices: 16, frame: 'lungs', minSliceMm: 5 },
} as const satisfies Record<string, Plan>;

export type PlanName = keyof typeof plans;
