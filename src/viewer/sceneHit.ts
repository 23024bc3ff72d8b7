/** What lies under the pointer in 3D: the first lesion on the way from the eye, in the voxels and not in the thinned
 *  surfaces that are drawn. */
import { voxelToLps, type Grid, type LpsPoint } from '../volume/grid.ts';
import type { LesionMap } from './contract.ts';
import { dot, type Vector } from './gaze.ts';

export interface SceneHit {
  readonly lesion: number;
  readonly pointMm: LpsPoint;
}
interface Cut {
  readonly origin: Vector;
  readonly normal: Vector;
}

/** @param isDrawn of a label
 *  @param from any point of the way, mm along the volume's axes
 *  @param toEye unit vector towards the eye
 *  @param cut what lies before it is not there */
export function firstLesion(
  { shape, spacingMm, ...place }: Grid,
  { labels }: Pick<LesionMap, 'labels'>,
  isDrawn: (label: number) => boolean,
  from: Vector,
  toEye: Vector,
  cut: Cut | null,
): SceneHit | null {
  const sizes = [2, 1, 0].map((axis) => shape[axis] * spacingMm[axis]);
  const reach = Math.hypot(...sizes);
  const step = Math.min(...spacingMm) / 2;
  for (let away = reach; away > -reach; away -= step) {
    const point: Vector = [from[0] + away * toEye[0], from[1] + away * toEye[1], from[2] + away * toEye[2]];
    if (cut && dot(point, cut.normal) < dot(cut.origin, cut.normal)) continue;
    const [x, y, z] = [0, 1, 2].map((n) => Math.round(point[n] / spacingMm[2 - n]));
    if (z < 0 || z >= shape[0] || y < 0 || y >= shape[1] || x < 0 || x >= shape[2]) continue;
    const lesion = labels[(z * shape[1] + y) * shape[2] + x];
    if (isDrawn(lesion)) return { lesion, pointMm: voxelToLps({ shape, spacingMm, ...place }, [z, y, x]) };
  }
  return null;
}
