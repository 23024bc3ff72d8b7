/** The strip along a pane's right edge: where in the stack this slice is, and which slices hold lesions. */
import type { Shape } from '../volume/grid.ts';
import { lesionColour, textColour } from './colours.ts';
import type { LesionMap } from './contract.ts';
import { isDrawn, type Model } from './model.ts';
import type { Surface } from './planePane.ts';

/** For each axis z, y, x: 1 where a slice holds something. */
export type Occupied = readonly [z: Uint8Array, y: Uint8Array, x: Uint8Array];
const known = new WeakMap<LesionMap, { readonly rejected: ReadonlySet<number>; readonly occupied: Occupied }>();

export function occupiedSlices(
  labels: LesionMap['labels'],
  [depth, rows, columns]: Shape,
  isWanted: (label: number) => boolean,
): Occupied {
  const occupied = [new Uint8Array(depth), new Uint8Array(rows), new Uint8Array(columns)] as const;
  for (let z = 0, at = 0; z < depth; z++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++, at++) {
        if (labels[at] !== 0 && isWanted(labels[at])) occupied[0][z] = occupied[1][y] = occupied[2][x] = 1;
      }
    }
  }
  return occupied;
}

function occupiedBy(lesions: LesionMap, model: Model): Occupied {
  const { rejectedLesions: rejected } = model;
  const before = known.get(lesions);
  if (before?.rejected === rejected) return before.occupied;
  const occupied = occupiedSlices(lesions.labels, lesions.grid.shape, isDrawn(model));
  known.set(lesions, { rejected, occupied });
  return occupied;
}

export function paintSliceTicks(surface: Surface, model: Model): void {
  const { context, plane, width, height, index } = surface;
  const count = model.volume!.grid.shape[plane.through];
  const place = (slice: number) => ((plane.numberedFromEnd ? count - 1 - slice : slice) / count) * height;
  const thickness = Math.max(1, height / count);
  context.save();
  if (model.lesions && surface.withOverlays && model.overlays.shown && model.overlays.lesions) {
    const slices = occupiedBy(model.lesions, model)[plane.through];
    context.fillStyle = lesionColour;
    slices.forEach((any, slice) => any && context.fillRect(width - 3, place(slice), 3, thickness));
  }
  context.fillStyle = textColour;
  context.fillRect(width - 6, place(index) + thickness / 2 - 1, 6, 2);
  context.restore();
}
