/** The shape of a simulated thorax, in millimetres from its middle: x to the left, y to the back, z to the head; z = 0
 *  lies between the base of the lungs (-45) and the right dome of the diaphragm (about 50), the apices end near 250. */
import type { Random } from '../volume/random.ts';
import { fractalNoise, smoothStep, type Field } from './smoothNoise.ts';

export interface Thorax {
  /** In plane, 0.92 to 1.08. */
  readonly size: number;
  readonly fatMm: number;
  readonly breasts: boolean;
  readonly heart: number;
  readonly domeMm: readonly [right: number, left: number];
  /** Unevenness of surfaces, about 1. */
  readonly ripple: Field;
}

export function drawThorax(random: Random, seed: number): Thorax {
  return {
    size: 0.92 + 0.16 * random(),
    fatMm: 9 + 14 * random() ** 1.5,
    breasts: random() < 0.4,
    heart: 0.92 + 0.18 * random(),
    domeMm: [44 + 14 * random(), 32 + 12 * random()],
    ripple: fractalNoise(45, 2, seed),
  };
}

/** An oval with flat sides (FG-squircle), its back flatter than its front. */
export interface Oval {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly front: number;
  readonly back: number;
  /** 0 an ellipse, 1 a rectangle. */
  readonly squareness: number;
}

/** 0 in the middle, 1 on the border. */
export function ovalLevel({ x: cx, y: cy, halfWidth, front, back, squareness }: Oval, y: number, x: number): number {
  const u = (x - cx) / halfWidth;
  const v = (y - cy) / (y < cy ? front : back);
  const [uu, vv] = [u * u, v * v];
  return Math.sqrt(Math.max(0, uu + vv - squareness * Math.min(1, uu) * Math.min(1, vv)));
}

/** Skin, from the neck's base to the abdomen. Towards the top the shoulders (arms raised) are broad and flat. */
export function bodyOutline({ size, fatMm }: Thorax, z: number): Oval {
  const shoulder = smoothStep(175, 262, z);
  const belly = smoothStep(20, -120, z);
  return {
    x: 0,
    y: 0,
    halfWidth: size * (157 + 33 * shoulder - 4 * belly) + fatMm,
    front: size * (103 - 36 * shoulder + 4 * belly) + fatMm,
    back: size * (113 - 12 * shoulder - 4 * belly) + 0.6 * fatMm,
    squareness: 0.62,
  };
}

/** Inner border of the ribs: what is not mediastinum in it, above the diaphragm, is lung. */
export function cavity({ size }: Thorax, z: number): Oval {
  const up = Math.min(1, Math.max(0, (z - 60) / 194));
  const taper = Math.sqrt(Math.max(0, 1 - up ** 2.8));
  const low = smoothStep(40, -60, z);
  return {
    x: 0,
    y: 6 + 22 * up,
    halfWidth: size * (137 - 4 * low) * (0.12 + 0.88 * taper),
    front: size * (94 - 16 * low) * (0.12 + 0.88 * taper) - 10 * up,
    back: size * (91 - 2 * low) * (0.3 + 0.7 * taper) - 8 * up,
    squareness: 0.4,
  };
}

/** The lowest that the lungs reach. */
const sulcusMm = -46;

/** Height of the diaphragm: domes that fall to the sulcus at the back and the sides. */
export function diaphragm({ domeMm, size, ripple }: Thorax, y: number, x: number): number {
  const right = x < 0;
  const cx = size * (right ? -62 : 66);
  const u = (x - cx) / (size * (right ? 74 : 70));
  const v = (y + 12) / (size * (y < -12 ? 84 : 92));
  const fall = u * u + v * v;
  const top = domeMm[right ? 0 : 1];
  return Math.max(sulcusMm, top - 95 * fall ** 1.35 + 2 * ripple(0, y, x));
}

export interface Region {
  readonly x: number;
  readonly y: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
}

/** What the lungs leave free in the middle, as ovals of a slice. */
export function mediastinum(thorax: Thorax, z: number): readonly Region[] {
  const { size } = thorax;
  const blobs: Region[] = [];
  const add = (share: number, x: number, y: number, halfWidth: number, halfDepth: number) => {
    if (share > 0.05) blobs.push({ x, y, halfWidth: halfWidth * share, halfDepth: halfDepth * share });
  };
  const between = (low: number, high: number) =>
    smoothStep(low - 12, low + 12, z) * smoothStep(high + 12, high - 12, z);
  const top = smoothStep(170, 240, z);
  /** Spine, and the muscles behind it. */
  add(1, 0, 66 + 4 * top, 19, 19);
  add(1, 0, 108, 27, 32);
  /** Trachea, oesophagus and what lies around them; the thin fold behind the breast bone. */
  add(1, 1, 14, 13 + 9 * top, 44 - 6 * top);
  add(1, -1 + 6 * smoothStep(140, 80, z), -56, 4 + 14 * top, 38);
  /** Ascending aorta with the upper caval vein, arch, trunk of the pulmonary artery, hila. */
  add(between(92, 172), -16, -14, 27, 25);
  add(between(144, 168), 14, 16, 21, 34);
  add(between(92, 122), 16, -24, 26, 26);
  add(between(98, 122), 0, 6, 40, 17);
  add(smoothStep(160, 180, z), 2, -12, 33, 30);
  const heart = heartOval(thorax, z);
  if (heart) add(1, heart.x, heart.y, heart.halfWidth + 3, heart.halfDepth + 3);
  add(smoothStep(170, 148, z), 23 * size ** 0.5, 46, 14.5, 14.5);
  add(smoothStep(66, 46, z), -20, 12, 17, 18);
  return blobs;
}

/** The heart's outline in a slice, null above and below it. Its long axis points down, forward and to the left. */
export function heartOval({ size, heart }: Thorax, z: number): Region | null {
  const t = (z - 64) / (58 * heart);
  if (Math.abs(t) >= 1) return null;
  const swell = Math.sqrt(1 - Math.abs(t) ** 2.4);
  return {
    x: size * (20 - 17 * t),
    y: -22 + 6 * t,
    halfWidth: size * heart * (64 - 10 * t) * swell,
    halfDepth: size * heart * (45 + 4 * t) * swell,
  };
}

/** Level of a point in the heart, 1 on its border: longer towards the apex at the front left. */
export function heartLevel({ x: cx, y: cy, halfWidth, halfDepth }: Region, y: number, x: number): number {
  const [dx, dy] = [x - cx, y - cy];
  const along = 0.9 * dx - 0.44 * dy;
  const across = 0.44 * dx + 0.9 * dy;
  return Math.hypot(along / (1.04 * halfWidth), across / (0.96 * halfDepth));
}

/** Below 0 inside the mediastinum; about millimetres. Ovals run smoothly into each other. */
export function outsideMediastinum(blobs: readonly Region[], y: number, x: number): number {
  const blend = 5;
  let sum = 0;
  for (const { x: cx, y: cy, halfWidth, halfDepth } of blobs) {
    const u = (x - cx) / halfWidth;
    const v = (y - cy) / halfDepth;
    if (Math.abs(x - cx) > halfWidth + 50) continue;
    const distance = (Math.sqrt(u * u + v * v) - 1) * Math.min(halfWidth, halfDepth);
    if (distance < 60) sum += Math.exp(-distance / blend);
  }
  return sum === 0 ? 60 : -blend * Math.log(sum);
}
