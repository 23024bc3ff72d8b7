import type { Grid } from '../volume/grid.ts';

/** Farther away than this, lung is not looked for. */
const reachMm = 80;

type Way = readonly [dz: number, dy: number, dx: number];
const inPlane: readonly Way[] = [-1, 0, 1].flatMap((dy) =>
  [-1, 0, 1].flatMap((dx): Way[] => (dy === 0 && dx === 0 ? [] : [[0, dy, dx]])),
);

/** How much of each voxel's surroundings is one lung, however dense what lies between: the liver's dome has no lung
 *  below it and the heart none towards the middle, while a mass or a consolidation has it all around.
 *  @param opaque 1 where no look passes, such as bone
 *  @returns in how many of eight ways in the plane the lung is seen within 80 mm; 0 where it is not seen both above
 *           and below */
export function waysToLung(
  { shape, spacingMm }: Pick<Grid, 'shape' | 'spacingMm'>,
  lung: Uint8Array,
  opaque: Uint8Array,
): Uint8Array {
  const count = (ways: readonly Way[]) => {
    const seen = new Uint8Array(lung.length);
    for (const way of ways) addSeen(seen, way, shape, spacingMm, lung, opaque);
    return seen;
  };
  const vertical = count([
    [1, 0, 0],
    [-1, 0, 0],
  ]);
  return count(inPlane).map((ways, i) => (vertical[i] === 2 ? ways : 0));
}

/** Each voxel knows how far lung is once its neighbour on the way does. */
function addSeen(
  seen: Uint8Array,
  [dz, dy, dx]: Way,
  [depth, rows, columns]: Grid['shape'],
  spacingMm: Grid['spacingMm'],
  lung: Uint8Array,
  opaque: Uint8Array,
): void {
  const stepMm = Math.hypot(dz * spacingMm[0], dy * spacingMm[1], dx * spacingMm[2]);
  const distanceMm = new Float32Array(lung.length);
  for (let a = 0; a < depth; a++)
    for (let b = 0; b < rows; b++)
      for (let c = 0; c < columns; c++) {
        // From the end towards which the way leads.
        const z = dz > 0 ? depth - 1 - a : a;
        const y = dy > 0 ? rows - 1 - b : b;
        const x = dx > 0 ? columns - 1 - c : c;
        const i = (z * rows + y) * columns + x;
        const [nz, ny, nx] = [z + dz, y + dy, x + dx];
        const isInside = nz >= 0 && ny >= 0 && nx >= 0 && nz < depth && ny < rows && nx < columns;
        const beyond = isInside ? distanceMm[(nz * rows + ny) * columns + nx] + stepMm : Infinity;
        distanceMm[i] = lung[i] !== 0 ? 0 : opaque[i] !== 0 ? Infinity : beyond;
        if (distanceMm[i] <= reachMm) seen[i]++;
      }
}
