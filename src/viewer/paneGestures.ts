/** What a pane's gestures do to the viewer. */
import { voxelToLps } from '../volume/grid.ts';
import type { Viewer } from './contract.ts';
import { cursorAt, numberOf } from './cursor.ts';
import type { GestureTarget } from './gestures.ts';
import { panesOf } from './pane.ts';
import { grabbed, including, isMeant, measured, withMarks } from './marks.ts';
import type { Model, PlaneView } from './model.ts';
import type { PlanePane } from './planePane.ts';
import { fromPlane } from './planes.ts';
import type { Redraw } from './redraw.ts';
import type { Scene3dPane } from './scene3dPane.ts';
import { randomUuid } from '../volume/uuid.ts';

/** The whole width of the window takes about as many pixels of drag, whatever it is: fine for a narrow
 *  window, quick for a wide one. */
const windowPixels = 400;
const widestHu = 8000;

/** So near to an end of a mark, one means that end. */
const reachPixels = 8;

export const zoomRange = { min: 0.5, max: 40 };

/** @param fixedMm the point of the cut that keeps its place on the screen; the middle if left out */
export function zoomAbout(view: PlaneView, factor: number, fixedMm = view.centreMm): PlaneView {
  const zoom = Math.min(zoomRange.max, Math.max(zoomRange.min, view.zoom * factor));
  const shrink = view.zoom / zoom;
  const centre = (i: 0 | 1) => fixedMm[i] + (view.centreMm[i] - fixedMm[i]) * shrink;
  return { zoom, centreMm: [centre(0), centre(1)] };
}

export function gestureTarget(viewer: Viewer, pane: PlanePane, model: Model, redraw: Redraw): GestureTarget {
  const plane = pane.plane.name;
  const same = panesOf(plane);
  return {
    tool: () => model.tool,
    finger: 'slices',
    activate: () => viewer.setActivePane(pane.name),
    windowBy(dx, dy) {
      const { widthHu, levelHu } = model.window;
      const perPixel = widthHu / windowPixels;
      const width = Math.min(widestHu, Math.max(1, widthHu + dx * perPixel));
      // Down darkens the lungs on every workstation: the level goes up.
      viewer.setWindow({ widthHu: width, levelHu: levelHu + dy * perPixel });
    },
    panBy(dx, dy) {
      const { zoom, centreMm } = model.views[plane];
      const scale = pane.pixelsPerMm;
      model.views[plane] = { zoom, centreMm: [centreMm[0] - dx / scale, centreMm[1] - dy / scale] };
      redraw.image(same);
    },
    zoomBy(factor, x, y) {
      const { acrossMm, downMm } = pane.locate(x, y);
      model.views[plane] = zoomAbout(model.views[plane], factor, [acrossMm, downMm]);
      redraw.image(same);
    },
    step: (by) => viewer.stepSlice(plane, by),
    pointTo(x, y) {
      const { volume } = model;
      if (volume) viewer.goTo(voxelToLps(volume.grid, fromPlane(pane.plane, volume.grid, pane.locate(x, y))));
    },
    hover(x, y) {
      model.pointer = { pane: pane.name, x, y };
      redraw.overlay([pane.name]);
    },
    leave() {
      model.pointer = null;
      redraw.overlay([pane.name]);
    },
    markStart(x, y) {
      if (!model.volume || (model.tool !== 'ruler' && model.tool !== 'region')) return;
      const { acrossMm, downMm, index } = pane.locate(x, y);
      const start = [acrossMm, downMm] as const;
      const fresh = { id: randomUuid(), kind: model.tool, plane, index };
      model.draft =
        grabbed(model.marks, { plane, index }, start, reachPixels / pane.pixelsPerMm) ??
        measured(model.volume, fresh, [start, start]);
      redraw.overlay(same);
    },
    markMove(x, y) {
      if (!model.volume || !model.draft) return;
      const { acrossMm, downMm } = pane.locate(x, y);
      model.draft = measured(model.volume, model.draft, [model.draft.ends[0], [acrossMm, downMm]]);
      redraw.overlay(same);
    },
    tap(x, y) {
      const number = cursorAt(pane, model, x, y)?.lesion ?? 0;
      if (number !== 0 && number !== model.selectedLesion && isSeen(model)) viewer.selectLesion(number);
    },
    markEnd() {
      if (model.draft && isMeant(model.draft))
        Object.assign(model, withMarks(model, including(model.marks, model.draft)));
      model.draft = null;
      redraw.overlay(same);
    },
  };
}

const isSeen = ({ overlays }: Model) => overlays.shown && overlays.lesions;

/** In 3D the left button turns; pan and zoom are as in the planes, and the wheel zooms. */
export function sceneGestures(viewer: Viewer, pane: Scene3dPane): GestureTarget {
  const nothing = () => {};
  return {
    tool: () => 'window',
    finger: 'window',
    activate: () => viewer.setActivePane(pane.name),
    windowBy: (dx, dy) => pane.turn(dx, dy),
    panBy: (dx, dy) => pane.pan(dx, dy),
    zoomBy: (factor) => pane.zoom(factor),
    step: (by) => pane.zoom(1.1 ** -by),
    pointTo: nothing,
    hover: nothing,
    leave: nothing,
    markStart: nothing,
    markMove: nothing,
    markEnd: nothing,
    tap(x, y) {
      const hit = pane.lesionAt(x, y);
      if (!hit) return;
      if (numberOf(hit.lesion) !== 0) viewer.selectLesion(hit.lesion);
      viewer.goTo(hit.pointMm);
    },
  };
}
