/** From where one looks at the 3D scene, in the axes of the volume (x to the patient's left, y to the back,
 *  z to the head). */
import type { Scene3dPreset } from './contract.ts';

export type Vector = readonly [x: number, y: number, z: number];

export interface Gaze {
  /** Unit vectors: from the scene to the eye, and upwards on the screen. */
  readonly toEye: Vector;
  readonly up: Vector;
}

const presets: Record<Scene3dPreset, Gaze> = {
  front: { toEye: [0, -1, 0], up: [0, 0, 1] },
  right: { toEye: [-1, 0, 0], up: [0, 0, 1] },
  left: { toEye: [1, 0, 0], up: [0, 0, 1] },
  top: { toEye: [0, 0, 1], up: [0, -1, 0] },
};

export const viewFrom = (preset: Scene3dPreset): Gaze => presets[preset];

export const dot = (a: Vector, b: Vector) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

const unit = (a: Vector): Vector => {
  const length = Math.hypot(...a);
  return [a[0] / length, a[1] / length, a[2] / length];
};

/** Which way is right on the screen. */
export const rightOf = ({ toEye, up }: Gaze): Vector => cross(up, toEye);

/** Turns the scene as if one had it in hand: what faces the eye follows the pointer.
 *  @param right @param down angles in radians */
export function turned(gaze: Gaze, right: number, down: number): Gaze {
  const sideways = rightOf(gaze);
  const mix = (a: Vector, ca: number, b: Vector, cb: number): Vector =>
    unit([a[0] * ca + b[0] * cb, a[1] * ca + b[1] * cb, a[2] * ca + b[2] * cb]);
  const about = mix(gaze.toEye, Math.cos(right), sideways, -Math.sin(right));
  const toEye = mix(about, Math.cos(down), gaze.up, Math.sin(down));
  const up = mix(gaze.up, 1, toEye, -dot(gaze.up, toEye));
  return { toEye, up };
}
