/** A chest of ellipses, enough of one for the whole way: body, spine, two lungs, and patches of known place. */
import { readingDirection, voxelCount, type Grid, type Mask, type Volume } from '../src/volume/grid.ts';

export interface Chest {
  readonly volume: Volume;
  readonly lungs: Mask;
  readonly lesions: Mask;
}

type Ellipsoid = readonly [
  centre: readonly [z: number, y: number, x: number],
  radius: readonly [number, number, number],
];

/** Millimetres from the middle of the volume; z grows to the head, y to the back, x to the patient's left. */
const body: Ellipsoid = [
  [0, 0, 0],
  [900, 105, 155],
];
const spine: Ellipsoid = [
  [0, 72, 0],
  [900, 16, 16],
];
const lungs: readonly Ellipsoid[] = [
  [
    [0, -4, -72],
    [105, 76, 54],
  ],
  [
    [0, -4, 72],
    [105, 76, 54],
  ],
];
const lesions: readonly Ellipsoid[] = [
  [
    [-30, 42, -78],
    [22, 16, 24],
  ],
  [
    [10, 30, 86],
    [16, 12, 18],
  ],
  [
    [45, -20, -80],
    [7, 6, 6],
  ],
];

/** @param slices 4 mm apart; rows and columns are 2 mm */
export function makeChest(slices = 60): Chest {
  const grid: Grid = {
    shape: [slices, 128, 170],
    spacingMm: [4, 2, 2],
    originMm: [-169, -127, -2 * (slices - 1)],
    direction: readingDirection,
  };
  const hu = new Int16Array(voxelCount(grid.shape));
  const lungLabels = new Uint8Array(hu.length);
  const lesionLabels = new Uint8Array(hu.length);
  let at = 0;
  for (let z = 0; z < slices; z++)
    for (let y = 0; y < grid.shape[1]; y++)
      for (let x = 0; x < grid.shape[2]; x++, at++) {
        const point = [4 * z - 2 * (slices - 1), 2 * y - 127, 2 * x - 169] as const;
        // A grain of a few HU, the same each time.
        const grain = ((at * 7919) % 37) - 18;
        const lung = lungs.findIndex((one) => isIn(one, point)) + 1;
        const hasLesion = lung > 0 && lesions.some((one) => isIn(one, point));
        lungLabels[at] = lung;
        lesionLabels[at] = hasLesion ? 1 : 0;
        const tissue = isIn(spine, point) ? 350 : hasLesion ? -480 : lung ? -860 : isIn(body, point) ? 40 : -1000;
        hu[at] = Math.max(-1024, tissue + grain);
      }
  return { volume: { grid, hu }, lungs: { grid, labels: lungLabels }, lesions: { grid, labels: lesionLabels } };
}

function isIn([centre, radius]: Ellipsoid, point: readonly [number, number, number]): boolean {
  return point.reduce((sum, mm, axis) => sum + ((mm - centre[axis]) / radius[axis]) ** 2, 0) < 1;
}
