import { unnumberedLesion, voxelToLps } from '../volume/grid.ts';
import type { Cursor } from './contract.ts';
import { clampVoxel, type Model } from './model.ts';
import type { PlanePane } from './planePane.ts';
import { fromPlane } from './planes.ts';
import { evidenceAt } from './sampling.ts';

/** What lies at a point of a pane (CSS pixels from its upper left corner), by the study's own numbers and not by what
 *  the graphics card shows; null outside the volume. */
export function cursorAt(pane: PlanePane, model: Model, x: number, y: number): Cursor | null {
  const { volume } = model;
  if (!volume || !pane.onScreen) return null;
  const { grid, hu } = volume;
  const exact = fromPlane(pane.plane, grid, pane.locate(x, y));
  const voxel = clampVoxel(volume, exact);
  if ([0, 1, 2].some((axis) => Math.abs(exact[axis] - voxel[axis]) > 0.5)) return null;
  const at = (voxel[0] * grid.shape[1] + voxel[1]) * grid.shape[2] + voxel[2];
  const pointMm = voxelToLps(grid, exact);
  return {
    pane: pane.name,
    pointMm,
    voxel,
    hu: hu[at],
    lesion: numberOf(model.lesions?.labels[at] ?? 0),
    lung: model.lungs?.labels[at] ?? 0,
    evidence: model.evidence && evidenceAt(model.evidence, pointMm),
  };
}

/** @returns 0 for parts that bear no number: they can be looked at, not selected */
export const numberOf = (label: number) => (label === unnumberedLesion ? 0 : label);
