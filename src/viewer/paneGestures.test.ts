import { expect, test } from 'vitest';
import { readingDirection, unnumberedLesion, type LpsPoint } from '../volume/grid.ts';
import type { Viewer } from './contract.ts';
import { cursorAt } from './cursor.ts';
import { emptyModel } from './model.ts';
import { gestureTarget, sceneGestures } from './paneGestures.ts';
import { planes } from './planes.ts';
import type { PlanePane } from './planePane.ts';
import type { Redraw } from './redraw.ts';
import type { Scene3dPane } from './scene3dPane.ts';

const grid = { shape: [1, 1, 3], spacingMm: [1, 1, 1], originMm: [0, 0, 0], direction: readingDirection } as const;
const labels = Uint16Array.of(0, 7, unnumberedLesion);

/** A pixel to a voxel. */
function axialPane() {
  const model = emptyModel();
  model.volume = { grid, hu: Int16Array.of(-1, -2, -3) };
  model.lesions = { grid, labels };
  const locate = (x: number, y: number) => ({ index: 0, acrossMm: x, downMm: y });
  const pane = { name: 'axial', plane: planes.axial, onScreen: true, locate } as unknown as PlanePane;
  return { model, pane };
}

test('a part too small for a number is looked at, never selected', () => {
  const { model, pane } = axialPane();
  const cursors = [0, 1, 2, 3].map((x) => cursorAt(pane, model, x, 0));
  expect(cursors.map((cursor) => cursor && [cursor.hu, cursor.lesion])).toEqual([[-1, 0], [-2, 7], [-3, 0], null]);
  const selected: unknown[] = [];
  const viewer = { selectLesion: (lesion: number) => selected.push(lesion) } as unknown as Viewer;
  const gestures = gestureTarget(viewer, pane, model, {} as Redraw);
  for (const x of [2, 1, 0]) gestures.tap(x, 0);
  expect(selected).toEqual([7]);
});

test('in 3D the slices go to such a part too', () => {
  const done: unknown[] = [];
  const viewer = {
    selectLesion: (lesion: number) => done.push(lesion),
    goTo: (point: LpsPoint) => done.push(point),
  } as unknown as Viewer;
  const lesionAt = (x: number) => ({ lesion: labels[x], pointMm: [x, 0, 0] as const });
  const gestures = sceneGestures(viewer, { lesionAt } as unknown as Scene3dPane);
  gestures.tap(2, 0);
  gestures.tap(1, 0);
  expect(done).toEqual([[2, 0, 0], 7, [1, 0, 0]]);
});
