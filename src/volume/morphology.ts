/** Morphology of binary pictures with balls in millimetres. What lies beyond the picture's edge is unknown: it neither
 *  grows into the picture nor wears it away. */
import { labelComponents } from './components.ts';
import { squaredDistanceMm } from './distance.ts';
import type { Shape } from './grid.ts';

/** Along z, y, x; Infinity along z keeps every slice by itself. */
export type Spacing = readonly [z: number, y: number, x: number];

/** @returns 1 within radiusMm of an object voxel's centre */
export function dilate(picture: Uint8Array, shape: Shape, spacingMm: Spacing, radiusMm: number): Uint8Array {
  return select(squaredDistanceMm(picture, shape, spacingMm), (squared) => squared <= radiusMm * radiusMm);
}

/** @returns 1 farther than radiusMm from every voxel that is no object */
export function erode(picture: Uint8Array, shape: Shape, spacingMm: Spacing, radiusMm: number): Uint8Array {
  return inverted(dilate(inverted(picture), shape, spacingMm, radiusMm));
}

export function open(picture: Uint8Array, shape: Shape, spacingMm: Spacing, radiusMm: number): Uint8Array {
  return dilate(erode(picture, shape, spacingMm, radiusMm), shape, spacingMm, radiusMm);
}

export function close(picture: Uint8Array, shape: Shape, spacingMm: Spacing, radiusMm: number): Uint8Array {
  return erode(dilate(picture, shape, spacingMm, radiusMm), shape, spacingMm, radiusMm);
}

export function inverted(picture: Uint8Array): Uint8Array {
  return select(picture, (value) => value === 0);
}

/** The picture of all voxels whose value (and index) satisfies. A loop: `Uint8Array.from` takes fifty times as long. */
export function select(values: ArrayLike<number>, satisfies: (value: number, index: number) => boolean): Uint8Array {
  const picture = new Uint8Array(values.length);
  for (let i = 0; i < picture.length; i++) if (satisfies(values[i], i)) picture[i] = 1;
  return picture;
}

/** Fills, slice by slice, what is no object and does not reach the slice's edge. */
export function fillHolesInSlices(picture: Uint8Array, shape: Shape): Uint8Array {
  const [, rows, columns] = shape;
  const { labels, sizes } = labelComponents(inverted(picture), shape, 4);
  const open = new Uint8Array(sizes.length);
  for (let i = 0; i < labels.length; i++) {
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    if (x === 0 || y === 0 || x === columns - 1 || y === rows - 1) open[labels[i]] = 1;
  }
  return select(labels, (label) => label === 0 || open[label] === 0);
}
