/** Morphology of binary pictures with balls in millimetres. What lies beyond the picture's edge is unknown: it neither
 *  grows into the picture nor wears it away. */
import { labelComponents } from './components.ts';
import { squaredDistanceMm } from './distance.ts';
import type { Shape } from './grid.ts';

/** Along z, y, x; Infinity along z keeps every slice by itself. */
export type Spacing = readonly [z: number, y: number, x: number];

/** @returns 1 within radiusMm of an object voxel's centre */
export function dilate(picture: Uint8Array, shape: Shape, spacingMm: Spacing, radiusMm: number): Uint8Array {
  const distance = squaredDistanceMm(picture, shape, spacingMm);
  return Uint8Array.from(distance, (squared) => (squared <= radiusMm * radiusMm ? 1 : 0));
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
  return picture.map((value) => (value === 0 ? 1 : 0));
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
  return Uint8Array.from(labels, (label) => (label === 0 || open[label] === 0 ? 1 : 0));
}
