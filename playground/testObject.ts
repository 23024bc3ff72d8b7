/** A box of faint tissue in air with one block near each side, each of its own density, so that a reader and
 *  a pixel test both see which side is which. Lungs, lesions and evidence lie at known voxels. */
import { readingDirection, type Grid, type Mask, type Volume } from '../src/volume/grid.ts';
import type { EvidenceMap } from '../src/viewer/contract.ts';

export const sideHu = { R: 1000, L: 500, A: 0, P: -300, H: 250, F: -600 } as const;
export const bodyHu = -850;

type Box = readonly [first: readonly [number, number, number], last: readonly [number, number, number]];

/** Boxes in voxels [z, y, x] of the object at size 1, both ends included. */
export const boxes = {
  body: [
    [2, 4, 6],
    [37, 67, 89],
  ],
  R: [
    [16, 32, 10],
    [23, 39, 17],
  ],
  L: [
    [16, 32, 78],
    [23, 39, 85],
  ],
  A: [
    [16, 7, 44],
    [23, 14, 51],
  ],
  P: [
    [16, 57, 44],
    [23, 64, 51],
  ],
  H: [
    [32, 32, 44],
    [35, 39, 51],
  ],
  F: [
    [4, 32, 44],
    [7, 39, 51],
  ],
} as const satisfies Record<string, Box>;

export const lungBoxes = {
  right: [
    [8, 20, 22],
    [31, 52, 40],
  ],
  left: [
    [8, 20, 56],
    [31, 52, 72],
  ],
} as const satisfies Record<string, Box>;

/** Lesion 1 is an L in the right lung, lesion 2 a block in the left, lesion 3 one voxel. */
export const lesionBoxes: readonly (readonly [lesion: number, box: Box])[] = [
  [
    1,
    [
      [18, 26, 26],
      [21, 45, 29],
    ],
  ],
  [
    1,
    [
      [18, 42, 30],
      [21, 45, 36],
    ],
  ],
  [
    2,
    [
      [12, 30, 60],
      [27, 35, 68],
    ],
  ],
  [
    3,
    [
      [20, 22, 50],
      [20, 22, 50],
    ],
  ],
];

export interface TestObject {
  readonly volume: Volume;
  readonly lungs: Mask;
  readonly lesions: Mask;
  readonly evidence: EvidenceMap;
}

/** @param size whole number that multiplies the matrix and divides the spacing */
export function makeTestObject(size = 1): TestObject {
  const grid: Grid = {
    shape: [40 * size, 72 * size, 96 * size],
    spacingMm: [4 / size, 2 / size, 2 / size],
    originMm: [-95, -71, -300],
    direction: readingDirection,
  };
  const hu = new Int16Array(40 * 72 * 96 * size ** 3).fill(-1000);
  const lungs = new Uint8Array(hu.length);
  const lesions = new Uint8Array(hu.length);
  const fill = (into: Int16Array | Uint8Array, [first, last]: Box, value: number) => {
    for (let z = first[0] * size; z < (last[0] + 1) * size; z++) {
      for (let y = first[1] * size; y < (last[1] + 1) * size; y++) {
        const row = (z * grid.shape[1] + y) * grid.shape[2];
        into.fill(value, row + first[2] * size, row + (last[2] + 1) * size);
      }
    }
  };
  fill(hu, boxes.body, bodyHu);
  for (const side of ['R', 'L', 'A', 'P', 'H', 'F'] as const) fill(hu, boxes[side], sideHu[side]);
  fill(lungs, lungBoxes.right, 1);
  fill(lungs, lungBoxes.left, 2);
  for (const [lesion, box] of lesionBoxes) fill(lesions, box, lesion);
  return {
    volume: { grid, hu },
    lungs: { grid, labels: lungs },
    lesions: { grid, labels: lesions },
    evidence: makeEvidence(),
  };
}

/** A bump in the left lung at 8 mm spacing, brightest at LPS (33, -6, -222). */
function makeEvidence(): EvidenceMap {
  const grid: Grid = {
    shape: [18, 16, 22],
    spacingMm: [8, 8, 8],
    originMm: [-87, -62, -294],
    direction: readingDirection,
  };
  const values = new Float32Array(18 * 16 * 22);
  for (let z = 0, at = 0; z < 18; z++) {
    for (let y = 0; y < 16; y++) {
      for (let x = 0; x < 22; x++, at++) values[at] = Math.exp(-((z - 9) ** 2 + (y - 7) ** 2 + (x - 15) ** 2) / 8);
    }
  }
  return { grid, values };
}
