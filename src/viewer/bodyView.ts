import { boundingBox } from '../volume/box.ts';
import { labelComponents } from '../volume/components.ts';
import type { Volume } from '../volume/grid.ts';
import { open } from '../volume/morphology.ts';
import type { PlaneView } from './model.ts';

/** Between air and fat. */
const tissueHu = -400;
/** Thinner than twice this is a table top, a tube or a sleeve. */
const thinMm = 4;
/** Around the body, of its size. */
const margin = 0.05;

/** The axial plane magnified to the body as it is in one slice, without the table and the air beside it.
 *  @returns null where the slice holds no body */
export function bodyView({ grid, hu }: Volume, slice: number): PlaneView | null {
  const [, rows, columns] = grid.shape;
  const [, rowMm, columnMm] = grid.spacingMm;
  const shape = [1, rows, columns] as const;
  const tissue = Uint8Array.from(hu.subarray(slice * rows * columns, (slice + 1) * rows * columns), (value) =>
    value > tissueHu ? 1 : 0,
  );
  const { labels, sizes } = labelComponents(open(tissue, shape, [Infinity, rowMm, columnMm], thinMm), shape, 4);
  if (sizes.length < 2) return null;
  const box = boundingBox(
    labels.map((label) => (label === 1 ? 1 : 0)),
    shape,
    [0, 0, 0],
  );
  if (!box) return null;
  const [down, across] = [box.end[1] - box.start[1], box.end[2] - box.start[2]];
  const zoom = Math.min(columns / across, rows / down) / (1 + margin);
  // The body itself fills the picture: nothing is gained.
  if (zoom <= 1) return null;
  const middle = (axis: 1 | 2) => ((box.start[axis] + box.end[axis] - 1) / 2) * grid.spacingMm[axis];
  return { zoom, centreMm: [middle(2), middle(1)] };
}
