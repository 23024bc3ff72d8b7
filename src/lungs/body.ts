import { labelComponents } from '../volume/components.ts';
import { fillHolesInSlices, open } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** Between air and fat, partial volume on both sides. */
const skinHu = -400;
/** Air around the patient is emptier than any lung that reaches the edge of the field of view. */
const roomAirHu = -940;
/** Thinner than this is a table top, a tube or a sleeve. */
const thinMm = 5;

/** The body with all that is in it. A lung cut by the edge of the field of view is inside: an air space that
 *  reaches the edge is room air only if it is as empty as room air.
 *  @returns 1 inside */
export function insideBody({ grid, hu, padding }: CoarseStudy): Uint8Array {
  const { shape, spacingMm } = grid;
  const room = roomAir(hu, padding, shape);
  const flat = [Infinity, spacingMm[1], spacingMm[2]] as const;
  const solid = open(
    room.map((value, i) => (value === 0 && padding[i] === 0 ? 1 : 0)),
    shape,
    flat,
    thinMm,
  );
  const { labels } = labelComponents(solid, shape, 6);
  return fillHolesInSlices(
    Uint8Array.from(labels, (label) => (label === 1 ? 1 : 0)),
    shape,
  );
}

function roomAir(hu: Int16Array, padding: Uint8Array, shape: CoarseStudy['grid']['shape']): Uint8Array {
  const [, rows, columns] = shape;
  const air = Uint8Array.from(hu, (value, i) => (value < skinHu && padding[i] === 0 ? 1 : 0));
  const { labels, sizes } = labelComponents(air, shape, 4);
  const sums = new Float64Array(sizes.length);
  const reachesEdge = new Uint8Array(sizes.length);
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    sums[labels[i]] += hu[i];
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    const atEdge = x === 0 || y === 0 || x === columns - 1 || y === rows - 1;
    if (atEdge || padding[i - 1] || padding[i + 1] || padding[i - columns] || padding[i + columns]) {
      reachesEdge[labels[i]] = 1;
    }
  }
  return Uint8Array.from(labels, (label) =>
    label > 0 && reachesEdge[label] !== 0 && sums[label] / sizes[label] < roomAirHu ? 1 : 0,
  );
}
