import { labelComponents } from '../volume/components.ts';
import type { Shape } from '../volume/grid.ts';
import { open, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Between air and fat. */
const tissueHu = -400;
/** Thinner than twice this is a table top, a tube or a sleeve. */
const thinMm = 4;
/** Lung where it is not mixed with its border; air around the patient is emptier. */
const lungHu = [-940, -300] as const;

/** The body with all that is in it, slice by slice. Air that the field of view cuts open is in it where it looks like
 *  lung and has body behind it (the filling of a table has not).
 *  @returns 1 inside */
export function insideBody({ grid, hu }: CoarseStudy): Uint8Array {
  const { shape, spacingMm } = grid;
  const flat = [Infinity, spacingMm[1], spacingMm[2]] as const;
  const tissue = select(hu, (value) => value > tissueHu);
  const solid = labelComponents(open(tissue, shape, flat, thinMm), shape, 6).labels;
  const { labels, sizes } = labelComponents(
    select(solid, (label) => label !== 1),
    shape,
    4,
  );
  const isOutside = outsidePieces(labels, sizes.length, hu, solid, shape);
  return select(labels, (label) => label === 0 || isOutside[label] === 0);
}

/** @param labels pieces of each slice that are not solid body
 *  @returns per piece, 1 where it reaches the slice's edge and is no lung cut open */
function outsidePieces(
  labels: Int32Array,
  count: number,
  hu: Int16Array,
  solid: Int32Array,
  [depth, rows, columns]: Shape,
): Uint8Array {
  const reachesEdge = new Uint8Array(count);
  const core = new Uint32Array(count);
  const lungLike = new Uint32Array(count);
  const behind = new Uint32Array(count);
  const total = new Uint32Array(count);
  const lastSolid = new Int32Array(columns);
  for (let z = 0, i = 0; z < depth; z++) {
    lastSolid.fill(-1);
    for (let y = 0, at = z * rows * columns; y < rows; y++)
      for (let x = 0; x < columns; x++, at++) if (solid[at] === 1) lastSolid[x] = y;
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        const label = labels[i];
        if (label === 0) continue;
        total[label]++;
        if (y < lastSolid[x]) behind[label]++;
        if (x === 0 || y === 0 || x === columns - 1 || y === rows - 1) reachesEdge[label] = 1;
        else if (labels[i - 1] && labels[i + 1] && labels[i - columns] && labels[i + columns]) {
          core[label]++;
          if (hu[i] > lungHu[0] && hu[i] < lungHu[1]) lungLike[label]++;
        }
      }
  }
  return reachesEdge.map((reaches, label) =>
    reaches !== 0 && (lungLike[label] * 2 <= core[label] || behind[label] * 2 < total[label]) ? 1 : 0,
  );
}
