/** Trachea and main bronchi: found where they are easy to see, above the carina, and followed down. */
import { labelComponents } from '../volume/components.ts';
import { voxelVolumeMl, type Shape } from '../volume/grid.ts';
import { dilate, select } from '../volume/morphology.ts';
import type { CoarseStudy } from './coarseStudy.ts';

/** The lumen, partial volume at its wall left out. */
const lumenHu = -850;
const smallestLumenMm2 = 40;
const largestLumenMm2 = 800;
/** A tube shows at least this long in the slices. */
const shortestTubeMm = 20;
/** Farther from the middle of the body is no trachea. */
const farthestAsideMm = 60;
/** A trachea lies in tissue, though the right lung may touch it. */
const leastWalled = 0.6;
const tissueHu = -500;
/** Trachea and bronchi hold 30 to 80 ml; more has leaked through a wall into the lung. */
const largestAirwaysMl = 110;
const wallMm = 3;

/** @param inside the body
 *  @returns 1 in trachea and main bronchi, all 0 where no trachea is seen */
export function findAirways(study: CoarseStudy, inside: Uint8Array): Uint8Array {
  const { grid, hu } = study;
  const none = new Uint8Array(hu.length);
  const trachea = findTrachea(study, inside);
  if (trachea === null) return none;
  const seeds = none.slice();
  for (const i of trachea) seeds[i] = 1;
  const most = largestAirwaysMl / voxelVolumeMl(grid);
  for (let threshold = lumenHu; threshold >= -1010; threshold -= 10) {
    const grown = grow(trachea, (i) => inside[i] !== 0 && hu[i] < threshold, most, grid.shape);
    if (grown === null) continue;
    const reachMm = Math.max(wallMm, 1.5 * Math.max(grid.spacingMm[1], grid.spacingMm[2]));
    const wide = dilate(grown, grid.shape, grid.spacingMm, reachMm);
    return select(wide, (value, i) => value !== 0 && (grown[i] !== 0 || hu[i] < -500));
  }
  return seeds;
}

/** Round pieces of air near the middle, slice by slice, joined to the longest tube.
 *  @returns voxels, or null */
function findTrachea(study: CoarseStudy, inside: Uint8Array): number[] | null {
  const { grid, hu } = study;
  const [depth, rows, columns] = grid.shape;
  const { labels, sizes } = labelComponents(
    select(hu, (value, i) => inside[i] !== 0 && value < lumenHu),
    grid.shape,
    4,
  );
  const middle = middleColumns(inside, grid.shape);
  const lumens = roundPieces(labels, sizes, study, middle);
  const parent = new Map<number, number>();
  const length = new Map<number, number>();
  // From the feet up, so that each lumen knows the best tube below it.
  for (let z = 0; z < depth; z++)
    for (const [label, voxels] of lumens) {
      if (Math.floor(voxels[0] / (rows * columns)) !== z) continue;
      let best = -1;
      for (const i of voxels) {
        const below = z > 0 ? labels[i - rows * columns] : 0;
        if (below > 0 && lumens.has(below) && (best < 0 || length.get(below)! > length.get(best)!)) best = below;
      }
      parent.set(label, best);
      length.set(label, (best < 0 ? 0 : length.get(best)!) + grid.spacingMm[0]);
    }
  let top = -1;
  for (const [label, mm] of length) if (mm >= shortestTubeMm && (top < 0 || mm > length.get(top)!)) top = label;
  if (top < 0) return null;
  const tube: number[] = [];
  for (let label = top; label >= 0; label = parent.get(label)!) tube.push(...lumens.get(label)!);
  return tube;
}

function roundPieces(
  labels: Int32Array,
  sizes: readonly number[],
  { grid, hu }: Pick<CoarseStudy, 'grid' | 'hu'>,
  middle: Float64Array,
): Map<number, number[]> {
  const [, rows, columns] = grid.shape;
  const [, my, mx] = grid.spacingMm;
  const pieces = new Map<number, number[]>();
  for (let i = 0; i < labels.length; i++) {
    const area = sizes[labels[i]] * my * mx;
    if (labels[i] === 0 || area < smallestLumenMm2 || area > largestLumenMm2) continue;
    const piece = pieces.get(labels[i]);
    if (piece) piece.push(i);
    else pieces.set(labels[i], [i]);
  }
  for (const [label, voxels] of pieces) {
    const xs = voxels.map((i) => i % columns);
    const ys = voxels.map((i) => Math.floor(i / columns) % rows);
    const z = Math.floor(voxels[0] / (rows * columns));
    const width = (Math.max(...xs) - Math.min(...xs) + 1) * mx;
    const height = (Math.max(...ys) - Math.min(...ys) + 1) * my;
    const filled = (voxels.length * my * mx) / (width * height);
    const aside = Math.abs(xs.reduce((a, b) => a + b, 0) / xs.length - middle[z]) * mx;
    const walled = tissueAround({ grid, hu }, z, xs, ys);
    if (
      walled < leastWalled ||
      filled < 0.5 ||
      Math.max(width / height, height / width) > 2.5 ||
      aside > farthestAsideMm
    )
      pieces.delete(label);
  }
  return pieces;
}

/** Share of tissue on a frame two voxels outside a piece. */
function tissueAround({ grid, hu }: Pick<CoarseStudy, 'grid' | 'hu'>, z: number, xs: number[], ys: number[]): number {
  const [, rows, columns] = grid.shape;
  const [left, right, front, back] = [
    Math.min(...xs) - 2,
    Math.max(...xs) + 2,
    Math.min(...ys) - 2,
    Math.max(...ys) + 2,
  ];
  let tissue = 0;
  let total = 0;
  const look = (y: number, x: number) => {
    if (x < 0 || y < 0 || x >= columns || y >= rows) return;
    total++;
    if (hu[(z * rows + y) * columns + x] > tissueHu) tissue++;
  };
  for (let x = left; x <= right; x++) [front, back].forEach((y) => look(y, x));
  for (let y = front + 1; y < back; y++) [left, right].forEach((x) => look(y, x));
  return tissue / total;
}

/** @returns the seeds with all that can be reached from them by faces, or null where that is more than `most` */
function grow(
  seeds: readonly number[],
  allowed: (i: number) => boolean,
  most: number,
  [depth, rows, columns]: Shape,
): Uint8Array | null {
  const grown = new Uint8Array(depth * rows * columns);
  const stack: number[] = [];
  const visit = (i: number) => {
    if (grown[i] !== 0) return;
    grown[i] = 1;
    stack.push(i);
  };
  seeds.forEach(visit);
  for (let count = 0; stack.length > 0; count++) {
    if (count > most) return null;
    const i = stack.pop()!;
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    if (x > 0 && allowed(i - 1)) visit(i - 1);
    if (x < columns - 1 && allowed(i + 1)) visit(i + 1);
    if (y > 0 && allowed(i - columns)) visit(i - columns);
    if (y < rows - 1 && allowed(i + columns)) visit(i + columns);
    if (i >= rows * columns && allowed(i - rows * columns)) visit(i - rows * columns);
    if (i < (depth - 1) * rows * columns && allowed(i + rows * columns)) visit(i + rows * columns);
  }
  return grown;
}

/** Mean column of the body in each slice. */
function middleColumns(inside: Uint8Array, [depth, rows, columns]: Shape): Float64Array {
  return Float64Array.from({ length: depth }, (_, z) => {
    let sum = 0;
    let count = 0;
    for (let i = z * rows * columns; i < (z + 1) * rows * columns; i++)
      if (inside[i] !== 0) {
        sum += i % columns;
        count++;
      }
    return count === 0 ? columns / 2 : sum / count;
  });
}
