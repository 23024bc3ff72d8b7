import { expect, test } from 'vitest';
import { labelComponents, type Connectivity } from './components.ts';
import type { Shape } from './grid.ts';

/** Two slices of 3 x 4. */
const shape: Shape = [2, 3, 4];
// prettier-ignore
const picture = Uint8Array.of(
  1, 1, 0, 0,
  0, 0, 1, 0,
  0, 0, 0, 0,

  0, 0, 0, 0,
  0, 0, 1, 1,
  1, 0, 0, 0,
);

test.each<[Connectivity, number[]]>([
  [4, [0, 2, 2, 1, 1]],
  [8, [0, 3, 2, 1]],
  [6, [0, 3, 2, 1]],
  [26, [0, 5, 1]],
])('neighbours %i: sizes from the largest on', (connectivity, sizes) => {
  expect(labelComponents(picture, shape, connectivity).sizes).toEqual(sizes);
});

test('every voxel bears the number of its component', () => {
  // prettier-ignore
  expect([...labelComponents(picture, shape, 6).labels]).toEqual([
    2, 2, 0, 0,
    0, 0, 1, 0,
    0, 0, 0, 0,

    0, 0, 0, 0,
    0, 0, 1, 1,
    3, 0, 0, 0,
  ]);
});

test('rows do not run on into the next', () => {
  expect(labelComponents(Uint8Array.of(0, 1, 1, 0), [1, 2, 2], 6).sizes).toEqual([0, 1, 1]);
  expect(labelComponents(Uint8Array.of(0, 1, 1, 0), [1, 2, 2], 26).sizes).toEqual([0, 2]);
});

test('the arms of a comb are one', () => {
  // prettier-ignore
  const comb = Uint8Array.of(
    1, 0, 1, 0, 1,
    1, 0, 1, 0, 1,
    1, 1, 1, 1, 1,
  );
  expect(labelComponents(comb, [1, 3, 5], 6).sizes).toEqual([0, 11]);
});

test('an empty picture has none', () => {
  expect(labelComponents(new Uint8Array(24), shape, 26)).toEqual({ labels: new Int32Array(24), sizes: [0] });
});

test('what a plain flood finds, on random pictures', () => {
  let state = 7;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const size: Shape = [5, 6, 7];
  for (const connectivity of [6, 26] as const)
    for (let round = 0; round < 20; round++) {
      const noise = Uint8Array.from({ length: 210 }, () => (random() < 0.35 ? 1 : 0));
      const { sizes } = labelComponents(noise, size, connectivity);
      expect(sizes.slice(1)).toEqual(floodSizes(noise, size, connectivity));
    }
});

function floodSizes(picture: Uint8Array, [depth, rows, columns]: Shape, connectivity: 6 | 26): number[] {
  const left = picture.slice();
  const visit = (z: number, y: number, x: number): number => {
    if (z < 0 || y < 0 || x < 0 || z >= depth || y >= rows || x >= columns) return 0;
    const i = (z * rows + y) * columns + x;
    if (left[i] === 0) return 0;
    left[i] = 0;
    let size = 1;
    for (const dz of [-1, 0, 1])
      for (const dy of [-1, 0, 1])
        for (const dx of [-1, 0, 1])
          if (connectivity === 26 || Math.abs(dz) + Math.abs(dy) + Math.abs(dx) === 1)
            size += visit(z + dz, y + dy, x + dx);
    return size;
  };
  const sizes: number[] = [];
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const size = visit(z, y, x);
        if (size > 0) sizes.push(size);
      }
  return sizes.sort((a, b) => b - a);
}
