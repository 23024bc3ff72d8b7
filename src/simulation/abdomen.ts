/** What lies below the diaphragm: liver, spleen, stomach with its bubble, kidneys, bowel, fat. */
import type { Field } from './smoothNoise.ts';

const [fatHu, airHu] = [-105, -990];

interface Organ {
  readonly z: number;
  readonly y: number;
  readonly x: number;
  readonly halfZ: number;
  readonly halfY: number;
  readonly halfX: number;
}
const stomach: Organ = { z: -26, y: -34, x: 58, halfZ: 62, halfY: 50, halfX: 46 };
const spleen: Organ = { z: -12, y: 46, x: 84, halfZ: 56, halfY: 42, halfX: 34 };
const kidneys: readonly Organ[] = [-1, 1].map((side) => ({
  z: -115,
  y: 52,
  x: side * 56,
  halfZ: 55,
  halfY: 27,
  halfX: 27,
}));

const levelIn = (organ: Organ, z: number, y: number, x: number) =>
  Math.hypot((z - organ.z) / organ.halfZ, (y - organ.y) / organ.halfY, (x - organ.x) / organ.halfX);

/** @param above mm above the diaphragm (below 0) */
export function abdomenHu(z: number, y: number, x: number, above: number, strands: Field, clouds: Field): number {
  const ripple = clouds(z, y, x);
  if (levelIn(spleen, z, y, x) < 1) return 52;
  const inStomach = levelIn(stomach, z, y, x) + 0.04 * ripple;
  if (inStomach < 1) {
    if (inStomach > 0.93) return 40;
    /** Gas rises to the front of a patient who lies on the back. */
    return y < -56 ? airHu : 18 + 14 * strands(z, y, x);
  }
  /** The liver fills the right and reaches over to the left in front; its lower edge lies at -140. */
  const edge = 22 - 0.5 * y + 8 * ripple - 0.75 * Math.max(0, -z - 70);
  if (x < edge && z > -150 + 0.3 * y && above < -2.5) return 60 + 2 * ripple;
  for (const kidney of kidneys) {
    const level = levelIn(kidney, z, y, x);
    if (level < 1) return level < 0.45 ? -60 : 34;
  }
  if (z < -60) {
    const loop = Math.hypot(((x + 400) % 46) - 23, ((y + z / 3 + 400) % 44) - 22) + 3 * ripple;
    if (y < 25 && loop < 17) return loop > 14.5 ? 38 : ripple > 0.9 && y < -20 ? airHu : 22 + 10 * strands(z, y, x);
  }
  return fatHu + 8 * strands(z, y, x);
}
