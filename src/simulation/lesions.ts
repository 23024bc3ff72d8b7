/** Simulated pneumonia in a real or simulated chest. A lesion fills air spaces, so each voxel moves from its own CT
 *  number towards that of soft tissue: vessels stay where they are and show in ground glass, vanish in consolidation.
 *  What noise that takes away is put back with the host's own grain. */
import { drawSeed, uniform, type Random } from '../volume/random.ts';
import type { Mask, Volume } from '../volume/grid.ts';
import { measureNoise, noiseLike, type Noise } from './hostNoise.ts';
import { chooseCentre, growLesion, type LesionField, type Taken } from './lesionField.ts';
import { drawBurden, patterns, planLesions, type Burden, type LesionPlan, type Pattern } from './lesionPlan.ts';
import { fillLesion } from './lesionTexture.ts';
import { surveyLungs, type LungSpace, type PointMm } from './lungSpace.ts';
import type { Disease } from './published.ts';
import { smoothStep } from './smoothNoise.ts';

export interface Host {
  /** In reading order. */
  readonly volume: Volume;
  /** 1 right, 2 left, on the same grid. */
  readonly lungs: Mask;
}

export interface PlantOptions {
  /** How many lesions and how much of the lung; drawn from the published distributions if absent. */
  readonly burden?: Burden;
  /** Only these (to hold one out of training, say). */
  readonly patterns?: readonly Pattern[];
}

export interface PlantedLesion {
  readonly pattern: Pattern;
  readonly lung: 1 | 2;
  /** Millimetres along the grid's axes from voxel [0, 0, 0]. */
  readonly centreMm: PointMm;
}

export interface Planted {
  /** A new volume; the host's is left alone. */
  readonly volume: Volume;
  /** 0 none, 1 ground glass, 2 consolidation, on the host's grid. */
  readonly lesions: Uint8Array;
  readonly planted: readonly PlantedLesion[];
}

/** The same generator state gives the same disease.
 *  @throws RangeError where the mask holds no lung: whether there is any is asked before */
export function plantLesions(host: Host, disease: Disease, random: Random, options: PlantOptions = {}): Planted {
  const space = surveyLungs(host.lungs);
  if (!space) throw new RangeError('plantLesions: the mask holds no lung');
  const burden = options.burden ?? drawBurden(disease, random);
  const plans = planLesions(disease, burden, space, options.patterns ?? patterns, random);
  const taken: Taken = new Float32Array(space.labels.length).fill(Infinity);
  const canvas = openCanvas(host, space, random);
  const placed: { centre: PointMm; plan: LesionPlan }[] = [];
  for (const plan of plans) {
    const own = uniform(drawSeed(random));
    const field = growLesion(plan, chooseCentre(plan, space, disease, taken, placed, own), space, taken, own);
    paint(canvas, plan, field, own);
    take(taken, field, space);
    placed.push({ centre: field.centre, plan });
  }
  return {
    volume: { grid: host.volume.grid, hu: finish(canvas) },
    lesions: canvas.lesions,
    planted: placed.map(({ centre, plan }) => ({ pattern: plan.pattern, lung: plan.lung, centreMm: centre })),
  };
}

interface Canvas {
  readonly host: Host;
  readonly space: LungSpace;
  /** On the lung space's box: how much of the air is gone. */
  readonly fill: Float32Array;
  readonly lesions: Uint8Array;
  readonly noise: Noise;
  readonly random: Random;
}

function openCanvas(host: Host, space: LungSpace, random: Random): Canvas {
  return {
    host,
    space,
    fill: new Float32Array(space.labels.length),
    lesions: new Uint8Array(host.volume.hu.length),
    noise: measureNoise(host.volume),
    random: uniform(drawSeed(random)),
  };
}

/** Row by row over a field's box: index in the field, in the lung space, in the host. */
function forEachRow(
  { start, shape }: Pick<LesionField, 'start' | 'shape'>,
  space: LungSpace,
  visit: (inField: number, inSpace: number, inHost: number) => void,
): void {
  const [, hostRows, hostColumns] = space.grid.shape;
  const [, rows, columns] = space.shape;
  for (let z = 0, inField = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++, inField += shape[2]) {
      const [hz, hy, hx] = [z + start[0], y + start[1], start[2]];
      const inSpace = ((hz - space.start[0]) * rows + hy - space.start[1]) * columns + hx - space.start[2];
      visit(inField, inSpace, (hz * hostRows + hy) * hostColumns + hx);
    }
}

function paint({ space, fill, lesions }: Canvas, plan: LesionPlan, field: LesionField, random: Random): void {
  const lesion = fillLesion(plan, field, space, random);
  forEachRow(field, space, (inField, inSpace, inHost) => {
    for (let x = 0; x < field.shape[2]; x++) {
      fill[inSpace + x] = Math.max(fill[inSpace + x], lesion.fill[inField + x]);
      const label = space.labels[inSpace + x];
      if (label === 1 || label === 2) lesions[inHost + x] = Math.max(lesions[inHost + x], lesion.labels[inField + x]);
    }
  });
}

function take(taken: Taken, field: LesionField, space: LungSpace): void {
  forEachRow(field, space, (inField, inSpace) => {
    for (let x = 0; x < field.shape[2]; x++)
      taken[inSpace + x] = Math.min(taken[inSpace + x], field.reach[inField + x]);
  });
}

/** Airways within the lung stay open while the lung around them is hazy: they are darker than it by this and more. */
const [airwayFromHu, airwayWholeHu] = [70, 150];
/** Beyond the lung mask only what partial volume has darkened is filled, not the lumen of a bronchus. */
const lumenBelowHu = -850;

function finish({ host, space, fill, noise, random }: Canvas): Int16Array {
  const { hu, grid } = host.volume;
  const result = hu.slice();
  const tile = noiseLike(noise, random);
  const tissueHu = Math.min(75, Math.max(25, noise.tissueHu));
  const [, rows, columns] = grid.shape;
  const [depth, boxRows, boxColumns] = space.shape;
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < boxRows; y++)
      for (let x = 0; x < boxColumns; x++, i++) {
        if (fill[i] === 0) continue;
        const [hz, hy, hx] = [z + space.start[0], y + space.start[1], x + space.start[2]];
        const at = (hz * rows + hy) * columns + hx;
        const own = hu[at];
        const outside = space.labels[i] === 3;
        if (own >= tissueHu || (outside && own < lumenBelowHu)) continue;
        const open = smoothStep(airwayFromHu, airwayWholeHu, darkerThanAround(hu, at, columns, hy, hx, rows));
        const share = fill[i] * (1 - 0.85 * open);
        const grain = Math.sqrt(1 - (1 - share) ** 2) * noise.sdHu * tile.at(hz, hy, hx);
        result[at] = Math.round(Math.min(3071, Math.max(-1024, own + share * (tissueHu - own) + grain)));
      }
  return result;
}

/** How much darker the pixel and its four neighbours are than the lung a few pixels off, where that is lung. */
function darkerThanAround(hu: Int16Array, at: number, columns: number, y: number, x: number, rows: number): number {
  const far = 4;
  if (y < far || x < far || y >= rows - far || x >= columns - far) return 0;
  const near = (2 * hu[at] + hu[at - 1] + hu[at + 1] + hu[at - columns] + hu[at + columns]) / 6;
  if (near > -880) return 0;
  const ring =
    (hu[at - far] +
      hu[at + far] +
      hu[at - far * columns] +
      hu[at + far * columns] +
      hu[at - 3 * columns - 3] +
      hu[at - 3 * columns + 3] +
      hu[at + 3 * columns - 3] +
      hu[at + 3 * columns + 3]) /
    8;
  return Math.min(ring, -700) - near;
}
