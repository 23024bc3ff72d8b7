/** Simulated pneumonia in a real or simulated chest. A lesion fills air spaces, so each voxel moves from its own CT
 *  number towards that of soft tissue: vessels stay where they are and show in ground glass, vanish in consolidation.
 *  What noise that takes away is put back with the host's own grain. */
import { drawSeed, uniform, type Random } from '../volume/random.ts';
import type { Mask, Volume } from '../volume/grid.ts';
import { fillAirSpaces } from './fillAirSpaces.ts';
import { chooseCentre, growLesion, type LesionField, type Taken } from './lesionField.ts';
import { drawBurden, patterns, planLesions, type Burden, type LesionPlan, type Pattern } from './lesionPlan.ts';
import { fillLesion } from './lesionTexture.ts';
import { surveyLungs, type LungSpace, type PointMm } from './lungSpace.ts';
import type { Disease } from './published.ts';

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
  const canvas = openCanvas(host, space);
  const placed: { centre: PointMm; plan: LesionPlan }[] = [];
  for (const plan of plans) {
    const own = uniform(drawSeed(random));
    const field = growLesion(plan, chooseCentre(plan, space, disease, taken, placed, own), space, taken, own);
    paint(canvas, plan, field, own);
    take(taken, field, space);
    placed.push({ centre: field.centre, plan });
  }
  return {
    volume: { grid: host.volume.grid, hu: fillAirSpaces(host.volume, space, canvas.fill, random) },
    lesions: canvas.lesions,
    planted: placed.map(({ centre, plan }) => ({ pattern: plan.pattern, lung: plan.lung, centreMm: centre })),
  };
}

interface Canvas {
  readonly space: LungSpace;
  /** On the lung space's box: how much of the air is gone. */
  readonly fill: Float32Array;
  readonly lesions: Uint8Array;
}

function openCanvas(host: Host, space: LungSpace): Canvas {
  return {
    space,
    fill: new Float32Array(space.labels.length),
    lesions: new Uint8Array(host.volume.hu.length),
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
