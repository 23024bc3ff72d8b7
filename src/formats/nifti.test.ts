import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'fflate';
import { NIFTI1 } from 'nifti-reader-js';
import { expect, test } from 'vitest';
import { sharedPath } from '../../scripts/shared.ts';
import { readingDirection, voxelToLps, type Grid } from '../volume/grid.ts';
import { readNifti, volumeOfNifti, writeNifti, type NiftiImage } from './nifti.ts';
import type { AxisOrder, AxisStep } from './series.ts';

const grid: Grid = { shape: [2, 3, 4], spacingMm: [5, 2, 1], originMm: [-10, 20, 30], direction: readingDirection };
const ramp = Int16Array.from({ length: 24 }, (_, i) => i - 5);

const read = async (bytes: Uint8Array): Promise<NiftiImage> => {
  const image = await readNifti(bytes);
  if (image.kind === 'refused') throw new Error(image.message);
  return image;
};
const refusal = async (bytes: Uint8Array) => {
  const image = await readNifti(bytes);
  return image.kind === 'refused' ? image.message : 'was read';
};
/** The header of a written file, changed. */
const changed = (bytes: Uint8Array, change: (view: DataView) => void) => {
  const plain = gunzipSync(bytes);
  change(new DataView(plain.buffer));
  return plain;
};

const orders: AxisOrder[] = [0, 1, 2, 3, 4, 5].flatMap((permutation) =>
  [0, 1, 2, 3, 4, 5, 6, 7].map((flips) => {
    const axes = [
      [2, 1, 0],
      [2, 0, 1],
      [1, 2, 0],
      [1, 0, 2],
      [0, 2, 1],
      [0, 1, 2],
    ][permutation];
    const step = (i: number): AxisStep => ({ axis: axes[i] as 0 | 1 | 2, reversed: ((flips >> i) & 1) === 1 });
    return [step(0), step(1), step(2)] as AxisOrder;
  }),
);

test.each(
  orders.map((order) => [order.map(({ axis, reversed }) => (reversed ? '-' : '+') + 'zyx'[axis]).join(' '), order]),
)('a volume written along %s comes back voxel for voxel in its place', async (_, order) => {
  const image = await read(writeNifti(grid, ramp, 'ramp', order as AxisOrder));
  expect(image.grid).toEqual(grid);
  expect([...image.values]).toEqual([...ramp]);
  expect(image.exportOrder).toEqual(order);
});

test('one slice in two, along whatever axis of the file they lie, from the feet on', async () => {
  const deep: Grid = { ...grid, shape: [5, 3, 4] };
  const values = Int16Array.from({ length: 60 }, (_, i) => i - 5);
  for (const order of orders) {
    const image = await readNifti(writeNifti(deep, values, '', order), 2);
    if (image.kind === 'refused') return expect.fail(image.message);
    expect(image.grid).toEqual({ ...deep, shape: [3, 3, 4], spacingMm: [10, 2, 1] });
    expect([...image.values]).toEqual([...values].filter((_, i) => Math.floor(i / 12) % 2 === 0));
  }
});

test('NIfTI counts to the right and to the front: the first voxel of the file lies there', async () => {
  const plain = gunzipSync(writeNifti(grid, ramp, ''));
  const view = new DataView(plain.buffer);
  const row = (r: number) => [0, 1, 2, 3].map((c) => view.getFloat32(280 + 16 * r + 4 * c, true));
  expect([row(0), row(1), row(2)]).toEqual([
    [-1, 0, 0, 10],
    [0, -2, 0, -20],
    [0, 0, 5, 30],
  ]);
});

test('an oblique picture keeps its angles', async () => {
  const turn = (15 * Math.PI) / 180;
  const oblique: Grid = {
    ...grid,
    direction: [
      [0, -Math.sin(turn), Math.cos(turn)],
      [0, Math.cos(turn), Math.sin(turn)],
      [1, 0, 0],
    ],
  };
  const image = await read(writeNifti(oblique, ramp, ''));
  const [x, y, z] = voxelToLps(image.grid, [1, 2, 3]);
  const expected = voxelToLps(oblique, [1, 2, 3]);
  expect(Math.hypot(x - expected[0], y - expected[1], z - expected[2])).toBeLessThan(1e-4);
});

/** Where voxels lie by the quaternion alone: turned about x by this much from LPS, voxels of 0.7 x 0.8 x 5 mm. */
function turnedByQform(version: 1 | 2, degrees: number): Uint8Array {
  const half = (degrees * Math.PI) / 360;
  // Half a turn about z makes LPS of RAS; a turn about x after it.
  const quaternion = [0, Math.sin(-half), Math.cos(half)];
  if (version === 1)
    return changed(writeNifti(grid, ramp, ''), (view) => {
      view.setInt16(252, 1, true);
      view.setInt16(254, 0, true);
      [1, 0.7, 0.8, 5].forEach((size, i) => view.setFloat32(76 + 4 * i, size, true));
      [...quaternion, 10, -20, 30].forEach((value, i) => view.setFloat32(256 + 4 * i, value, true));
    });
  const bytes = new Uint8Array(544 + 48);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, 540, true);
  bytes.set(new TextEncoder().encode('n+2\0\r\n\x1a\n'), 4);
  view.setInt16(12, NIFTI1.TYPE_INT16, true);
  view.setInt16(14, 16, true);
  [3, 4, 3, 2, 1].forEach((size, i) => view.setBigInt64(16 + 8 * i, BigInt(size), true));
  [1, 0.7, 0.8, 5].forEach((size, i) => view.setFloat64(104 + 8 * i, size, true));
  view.setBigInt64(168, 544n, true);
  view.setInt32(344, 1, true);
  [...quaternion, 10, -20, 30].forEach((value, i) => view.setFloat64(352 + 8 * i, value, true));
  // What no form code speaks of: voxels of a millimetre.
  [0, 1, 2].forEach((axis) => view.setFloat64(400 + 40 * axis, 1, true));
  view.setInt32(500, 2, true);
  ramp.forEach((value, i) => view.setInt16(544 + 2 * i, value, true));
  return bytes;
}

test.each([1, 2] as const)(
  'NIfTI-%i: where only the quaternion tells how the patient lies, it is heard',
  async (version) => {
    // By steps so fine that single precision makes some of the squares more than 1.
    for (let degrees = 0; degrees < 20; degrees += 0.1) {
      const { grid: found } = await read(turnedByQform(version, degrees));
      found.spacingMm.forEach((mm, axis) => expect(mm).toBeCloseTo([5, 0.8, 0.7][axis], 5));
      const turn = (degrees * Math.PI) / 180;
      const expected = [
        -10,
        20 + 2 * 0.8 * Math.cos(turn) + 5 * Math.sin(turn),
        30 - 2 * 0.8 * Math.sin(turn) + 5 * Math.cos(turn),
      ];
      voxelToLps(found, [1, 2, 0]).forEach((mm, axis) => expect(mm).toBeCloseTo(expected[axis], 2));
    }
  },
);

test('slope and intercept are applied; what is not a number is air', async () => {
  const bytes = changed(writeNifti(grid, ramp, ''), (view) => {
    view.setFloat32(112, 2, true);
    view.setFloat32(116, -1000, true);
  });
  const image = await read(bytes);
  expect([image.values[0], image.values[23]]).toEqual([-1010, -964]);
  const withNaN = { ...image, values: Float32Array.of(NaN, 1e9, -12.4) };
  expect([...volumeOfNifti(withNaN).hu]).toEqual([-1024, 32767, -12]);
});

test('a file that cannot be a CT is refused in words', async () => {
  const whole = writeNifti(grid, ramp, '');
  expect(await refusal(new TextEncoder().encode('not a picture'))).toBe('This is no NIfTI file.');
  expect(await refusal(gunzipSync(whole).subarray(0, 380))).toMatch(/ends early: it holds 380 of the 400 bytes/);
  expect(await refusal(whole.subarray(0, 60))).toMatch(/damaged/);
  expect(await refusal(changed(whole, (view) => view.setInt16(254, 0, true)))).toMatch(/left and right are unknown/);
  expect(await refusal(changed(whole, (view) => view.setInt16(70, NIFTI1.TYPE_RGB24, true)))).toMatch(/no CT has/);
  expect(await refusal(changed(whole, (view) => view.setFloat32(284, 1, true)))).toMatch(/sheared/);
  expect(await refusal(changed(whole, (view) => view.setFloat32(284, NaN, true)))).toMatch(/not numbers/);
  const tens = (view: DataView) => [0, 1, 2].forEach((i) => view.setInt16(42 + 2 * i, 32767, true));
  expect(await refusal(gzipSync(changed(whole, tens)))).toMatch(/too large/);
  const four = (view: DataView) => [4, 4, 3, 2, 7].forEach((size, i) => view.setInt16(40 + 2 * i, size, true));
  expect(await refusal(changed(whole, four))).toMatch(/4 x 3 x 2 x 7 values; a single volume/);
});

const rad36 = sharedPath('data/lesion_volumes/rad36_ct.nii.gz');
test.skipIf(!rad36)('a real file: the chest stands with the head up (skipped without the reference data)', async () => {
  const { grid, values } = await read(readFileSync(rad36!));
  expect(grid.shape).toEqual([45, 315, 315]);
  expect(grid.direction).toEqual(readingDirection);
  expect(values.some((value) => value < -900)).toBe(true);
});
