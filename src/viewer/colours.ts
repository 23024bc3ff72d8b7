import type { PlaneName } from './contract.ts';

/** The colours that readers know the planes by; no overlay may have one of them. */
export const planeColours: Record<PlaneName, string> = {
  axial: '#ff4b42',
  sagittal: '#ffd84a',
  coronal: '#4fd46b',
};
export const textColour = '#e6e6e6';
export const lungColour = '#7cc7ff';
export const lesionColour = '#ff2f87';
/** Round the selected lesion. */
export const haloColour = '#ffffff';
/** The same two in 3D, as red, green and blue from 0 to 1. */
export const lungRgb = [0.72, 0.74, 0.78] as const;
export const lesionRgb = [1, 0.18, 0.53] as const;
/** Warm and pale, so that it is neither lesion nor evidence. */
export const vesselRgb = [0.93, 0.8, 0.62] as const;
export const evidenceRgb = [0.35, 0.75, 0.95] as const;

export const heatSteps = 256;

/** The evidence map's colours, 0 to 1 in 256 steps of red, green, blue. Lightness rises evenly from deep
 *  blue to pale cyan (a straight line in OKLCH, hence even to the eye and in grey print), and stays clear
 *  of the lesions' red-magenta and of the plane colours.
 *  Source: B. Ottosson, "A perceptual color space for image processing", 2020. */
export const heatColours: Uint8ClampedArray = makeHeatColours();

function makeHeatColours(): Uint8ClampedArray {
  const table = new Uint8ClampedArray(heatSteps * 3);
  for (let step = 0; step < heatSteps; step++) {
    const t = step / (heatSteps - 1);
    const mix = (from: number, to: number) => from + (to - from) * t;
    table.set(oklchToSrgb(mix(0.4, 0.95), mix(0.19, 0.07), mix(275, 195)), step * 3);
  }
  return table;
}

/** @param hue in degrees @returns 0 to 255, may lie outside where the colour cannot be shown */
export function oklchToSrgb(lightness: number, chroma: number, hue: number): [number, number, number] {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const encode = (c: number) => 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);
  return [encode(linear[0]), encode(linear[1]), encode(linear[2])];
}
