/** What fills the air spaces of a lesion: 0 healthy, 1 all air replaced by fluid or cells. */
import { drawSeed, normal, type Random } from '../volume/random.ts';
import { airBronchograms } from './airBronchograms.ts';
import type { LesionField } from './lesionField.ts';
import type { LesionPlan } from './lesionPlan.ts';
import type { LungSpace } from './lungSpace.ts';
import { fractalNoise, smoothStep, wallDistance } from './smoothNoise.ts';

export interface LesionFill {
  /** On the field's box. */
  readonly fill: Float32Array;
  /** 0 none, 1 ground glass, 2 consolidation: where a reader would draw the borders. */
  readonly labels: Uint8Array;
}

/** Filled beyond this a reader calls it consolidation: vessels can hardly be told from what lies around them. */
const consolidatedFrom = 0.52;

/** Fill of ground glass: half of masked ground glass lies between -683 and -456 HU, around -578 (healthy: -868). */
const groundGlass = { mean: 0.32, sd: 0.085, least: 0.19, most: 0.52 };

export function fillLesion(plan: LesionPlan, field: LesionField, space: LungSpace, random: Random): LesionFill {
  const { start, shape, reach, radiusMm } = field;
  const { spacingMm } = space.grid;
  const fill = new Float32Array(reach.length);
  const labels = new Uint8Array(reach.length);
  const fillAt = fillOf(plan, radiusMm, spacingMm[1], random);
  for (let z = 0, i = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++, i++) {
        if (reach[i] > 1.8) continue;
        const at = [
          (z + start[0]) * spacingMm[0],
          (y + start[1]) * spacingMm[1],
          (x + start[2]) * spacingMm[2],
        ] as const;
        const value = fillAt(at[0], at[1], at[2], reach[i]);
        fill[i] = value.fill;
        if (reach[i] < 1) labels[i] = value.dense > consolidatedFrom ? 2 : 1;
      }
  if (plan.pattern === 'consolidation' || plan.pattern === 'mixed')
    airBronchograms(field, space, plan.lung, fill, random);
  return { fill, labels };
}

/** `dense` is the fill before fine lines are drawn into it. */
function fillOf(plan: LesionPlan, radiusMm: number, pixelMm: number, random: Random) {
  const draw = normal(random);
  const haze = Math.min(groundGlass.most, Math.max(groundGlass.least, groundGlass.mean + groundGlass.sd * draw()));
  const clouds = fractalNoise(20, 2, drawSeed(random));
  const cores = fractalNoise(Math.min(26, Math.max(9, 0.8 * radiusMm)), 3, drawSeed(random));
  const walls = wallDistance(5 + 4 * random(), drawSeed(random));
  const wallMm = Math.max(0.6, 0.55 * pixelMm);
  const coreLevel = 0.25 + 0.35 * random();
  const solid = 0.7 + 0.28 * random();
  /** How wide the border is, in units of reach. Real ground glass fades over millimetres, consolidation less. */
  const hazeEdge = Math.min(0.6, (3 + 5 * random()) / radiusMm);
  const solidEdge = Math.min(0.45, (1.2 + 2.5 * random()) / radiusMm);

  return (z: number, y: number, x: number, reach: number): { fill: number; dense: number } => {
    const cloud = clouds(z, y, x);
    let fill = haze * (1 + 0.3 * cloud) * smoothStep(1 + hazeEdge, 1 - hazeEdge, reach);
    if (plan.pattern === 'consolidation') {
      const body = solid * (1 + 0.07 * cloud) * smoothStep(1 + solidEdge, 1 - solidEdge, reach + 0.06 * cores(z, y, x));
      const halo = 0.6 * haze * smoothStep(1 + 1.5 * hazeEdge, 0.9, reach);
      fill = Math.max(body, halo);
    } else if (plan.pattern === 'mixed') {
      const core = smoothStep(coreLevel, coreLevel + 0.55, 0.75 - reach + 0.42 * cores(z, y, x));
      fill += (solid - fill) * core * smoothStep(1 + solidEdge, 1 - solidEdge, reach);
    }
    const dense = fill;
    if (plan.pattern === 'crazyPaving') {
      /** Not every septum is thickened alike. */
      const line = Math.exp(-((walls(z, y, x) / wallMm) ** 2)) * smoothStep(-1.3, 1.2, cores(z, y, x));
      fill += 0.24 * line * smoothStep(1.1, 0.85, reach);
    }
    return { fill: Math.min(1, Math.max(0, fill)), dense };
  };
}
