/** Lung and lesion outlines on a cut, along the edges of the study's own voxels. */
import type { Mask } from '../volume/grid.ts';
import { haloColour, lesionColour, lungColour } from './colours.ts';
import type { LesionMap, PlaneName } from './contract.ts';
import { traceContours } from './contours.ts';
import { isDrawn, type Model } from './model.ts';
import type { Surface } from './planePane.ts';

/** The outline last traced of a map, one for each plane and choice of labels; it goes with the map. */
type Traced = Map<string, { readonly index: number; readonly path: Path2D }>;
const traced = new WeakMap<Mask | LesionMap, Traced>();
type IsWanted = (label: number) => boolean;
const any: IsWanted = (label) => label !== 0;

/** @param name of the labels that are wanted */
function outlineOf(map: Mask | LesionMap, surface: Surface, name: string, isWanted: IsWanted): Path2D {
  const { plane, cut, index } = surface;
  const known: Traced = traced.get(map) ?? new Map();
  traced.set(map, known);
  const key = `${plane.name satisfies PlaneName} ${name}`;
  const last = known.get(key);
  if (last?.index === index) return last.path;
  const { labels } = map;
  const lines = traceContours(cut, (at) => isWanted(labels[at]));
  const path = new Path2D();
  for (const line of lines) {
    path.moveTo(line[0], line[1]);
    for (let i = 2; i < line.length; i += 2) path.lineTo(line[i], line[i + 1]);
    path.closePath();
  }
  known.set(key, { index, path });
  return path;
}

/** From corners of the cut to the screen; the width of a line is not scaled with it. */
function onScreen(path: Path2D, { left, top, pixelWidth, pixelHeight }: Surface): Path2D {
  const placed = new Path2D();
  placed.addPath(path, new DOMMatrix([pixelWidth, 0, 0, pixelHeight, left, top]));
  return placed;
}

export function paintMasks(surface: Surface, model: Model): void {
  const { lungs, lesions, overlays, selectedLesion, rejectedLesions } = model;
  const { context } = surface;
  context.save();
  context.lineJoin = 'miter';
  if (lungs && overlays.lungs) {
    Object.assign(context, { strokeStyle: lungColour, lineWidth: 1 });
    context.stroke(onScreen(outlineOf(lungs, surface, 'any', any), surface));
  }
  if (lesions && overlays.lesions) {
    const rejected = [...rejectedLesions].join();
    const outline = onScreen(outlineOf(lesions, surface, `all but ${rejected}`, isDrawn(model)), surface);
    if (overlays.lesionStyle !== 'outline') {
      Object.assign(context, { fillStyle: lesionColour, globalAlpha: overlays.fillOpacity });
      context.fill(outline, 'evenodd');
      context.globalAlpha = 1;
    }
    if (overlays.lesionStyle !== 'fill') {
      Object.assign(context, { strokeStyle: lesionColour, lineWidth: 2 });
      context.stroke(outline);
    }
    if (rejected) {
      const struckOut = outlineOf(lesions, surface, `rejected ${rejected}`, (label) => rejectedLesions.has(label));
      Object.assign(context, { strokeStyle: lesionColour, lineWidth: 1 });
      context.setLineDash([4, 3]);
      context.stroke(onScreen(struckOut, surface));
      context.setLineDash([]);
    }
    if (selectedLesion) {
      if (rejectedLesions.has(selectedLesion)) context.setLineDash([8, 6]);
      paintSelected(surface, lesions, selectedLesion);
    }
  }
  context.restore();
}

/** Not by colour alone: thicker, in a white halo. */
function paintSelected(surface: Surface, lesions: LesionMap, selected: number): void {
  const { context } = surface;
  const outline = onScreen(
    outlineOf(lesions, surface, `${selected}`, (label) => label === selected),
    surface,
  );
  Object.assign(context, { strokeStyle: haloColour, lineWidth: 6 });
  context.stroke(outline);
  Object.assign(context, { strokeStyle: lesionColour, lineWidth: 3 });
  context.stroke(outline);
}
