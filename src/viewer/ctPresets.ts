/** How the CT looks in 3D: Cornerstone's own presets, and one for bones that lesions show through. */
import { CONSTANTS, utilities } from '@cornerstonejs/core';
import type { Types } from '@cornerstonejs/core';
import { BlendMode } from '@kitware/vtk.js/Rendering/Core/VolumeMapper/Constants.js';
import type { CtPreset } from './contract.ts';

/** Bone in ivory and half clear, so that ribs and spine give the place and lesions show between them. Soft
 *  tissue stays away: it would hide the lungs. HU and opacity, HU and red, green, blue, led by their number. */
const bones: Types.ViewportPreset = {
  name: 'bones',
  scalarOpacity: '10 -3024 0 160 0 300 0.12 700 0.45 3071 0.7',
  colorTransfer: '16 -3024 0 0 0 160 0.72 0.62 0.5 500 0.94 0.9 0.8 3071 1 1 0.97',
  gradientOpacity: '4 0 1 255 1',
  ambient: '0.2',
  diffuse: '0.8',
  specular: '0.15',
  specularPower: '10',
  shade: '1',
  interpolation: '1',
};

/** As a slab's maximum is shown, from fat to dense bone. */
const maximum: Types.ViewportPreset = {
  ...bones,
  name: 'maximum',
  scalarOpacity: '8 -3024 0 -150 0 1200 1 3071 1',
  colorTransfer: '8 -3024 1 1 1 3071 1 1 1',
  shade: '0',
};

function stock(name: string): Types.ViewportPreset {
  const preset = CONSTANTS.VIEWPORT_PRESETS.find((one) => one.name === name);
  if (!preset) throw new Error(`Cornerstone has no preset ${name}`);
  return preset;
}

const presets: Record<CtPreset, Types.ViewportPreset> = {
  bones,
  contrast: stock('CT-Chest-Contrast-Enhanced'),
  soft: stock('CT-Muscle'),
  maximum,
};

export function applyCtPreset(actor: Types.VolumeActor, name: CtPreset): void {
  utilities.applyPreset(actor, presets[name]);
  actor.getMapper()?.setBlendMode(name === 'maximum' ? BlendMode.MAXIMUM_INTENSITY_BLEND : BlendMode.COMPOSITE_BLEND);
}
