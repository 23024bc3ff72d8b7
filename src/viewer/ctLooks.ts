import type { CtPreset } from './contract.ts';

/** What the CT may show in 3D, in a reader's words. */
export const ctLooks: Readonly<Record<CtPreset, string>> = {
  bones: 'CT: bones',
  contrast: 'CT: contrast and bones',
  soft: 'CT: soft tissue',
  maximum: 'CT: maximum (MIP)',
};
