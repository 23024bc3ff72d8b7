import { expect, test } from 'vitest';
import { readingDirection, unnumberedLesion, type Grid, type Mask, type Volume } from '../volume/grid.ts';
import type { Zone } from './findings.ts';
import { measure } from './measure.ts';

/** Voxels of 5 x 4 x 2 mm: 0.04 ml, three of them make a lesion of 0.12 ml. */
const grid: Grid = { shape: [6, 10, 20], spacingMm: [5, 4, 2], originMm: [-20, 8, 100], direction: readingDirection };
const voxelMl = 0.04;

type Box = readonly [z: readonly [number, number], y: readonly [number, number], x: readonly [number, number]];
function paint(values: Uint8Array | Int16Array, [z, y, x]: Box, value: number) {
  for (let k = z[0]; k <= z[1]; k++)
    for (let j = y[0]; j <= y[1]; j++)
      for (let i = x[0]; i <= x[1]; i++) values[(k * grid.shape[1] + j) * grid.shape[2] + i] = value;
}
function mask(...boxes: (readonly [Box, number])[]): Mask {
  const labels = new Uint8Array(6 * 10 * 20);
  for (const [box, value] of boxes) paint(labels, box, value);
  return { grid, labels };
}
function volume(background: number, ...boxes: (readonly [Box, number])[]): Volume {
  const hu = new Int16Array(6 * 10 * 20).fill(background);
  for (const [box, value] of boxes) paint(hu, box, value);
  return { grid, hu };
}

/** Two blocks with a column of nothing around and between them: right 6 x 8 x 8, left 3 x 8 x 8 voxels. */
const rightBox: Box = [
  [0, 5],
  [1, 8],
  [1, 8],
];
const leftBox: Box = [
  [0, 2],
  [1, 8],
  [11, 18],
];
const lungs = mask([rightBox, 1], [leftBox, 2]);
const at = (z: number, y: number, x: number): Box => [
  [z, z],
  [y, y],
  [x, x],
];

test('no lesion: lungs alone', () => {
  const { findings, lesionLabels } = measure(volume(-800, [leftBox, -600]), lungs, mask());
  expect(lesionLabels?.labels.some((label) => label !== 0)).toBe(false);
  expect(findings.lungs.right).toEqual({
    volumeMl: 384 * voxelMl,
    meanHu: -800,
    lesionMl: 0,
    lesionVolumeRatio: 0,
    groundGlassMl: 0,
    consolidationMl: 0,
    highOpacityRatio: 0,
    lesionCount: 0,
  });
  expect(findings.lungs.both.volumeMl).toBeCloseTo(576 * voxelMl, 10);
  expect(findings.lungs.both.meanHu).toBeCloseTo((384 * -800 + 192 * -600) / 576, 10);
  expect(findings.peripheral.ratio).toBe(null);
  expect(findings.centreSpreadMm).toBe(null);
  expect(findings.lesionHu.share.every((share) => share === 0)).toBe(true);
});

test('no lesion mask gives no lesion map; the rest is the same', () => {
  const none = measure(volume(-800), lungs, null);
  expect(none.lesionLabels).toBe(null);
  expect(none.findings).toEqual(measure(volume(-800), lungs, mask()).findings);
});

test('a lesion in voxels that are no cubes: volume, box, centroid, diameter, CT numbers', () => {
  const box: Box = [
    [1, 2],
    [2, 3],
    [4, 6],
  ];
  const { findings, lesionLabels } = measure(volume(-800, [box, -500], [at(1, 2, 4), 0]), lungs, mask([box, 1]));
  const [lesion] = findings.lesions;
  expect(lesion.number).toBe(1);
  expect(lesion.volumeMl).toBeCloseTo(12 * voxelMl, 10);
  // Voxel edges: x -20 + 2 (4 - 0.5), y 8 + 4 (2 - 0.5), z 100 + 5 (1 - 0.5), and so on.
  expect(lesion.boxMmLps).toEqual({ min: [-13, 14, 102.5], max: [-7, 22, 112.5] });
  expect(lesion.centroidMmLps).toEqual([-10, 18, 107.5]);
  // Between centres 4 mm both ways; one voxel along the diagonal is sqrt(2² + 4²) / sqrt(2).
  expect(lesion.longestDiameterMm).toBeCloseTo(Math.hypot(4, 4) + Math.sqrt(10), 10);
  expect(lesion.meanHu).toBeCloseTo((11 * -500) / 12, 10);
  expect(lesion.side).toBe('right');
  expect(lesion.groundGlassShare).toBeCloseTo(11 / 12, 10);
  expect(findings.lungs.right.groundGlassMl).toBeCloseTo(11 * voxelMl, 10);
  expect(findings.lungs.right.consolidationMl).toBeCloseTo(voxelMl, 10);
  expect(findings.lungs.right.highOpacityRatio).toBeCloseTo(1 / 384, 10);
  expect(findings.lungs.right.lesionVolumeRatio).toBeCloseTo(12 / 384, 10);
  expect(findings.lungs.both.lesionVolumeRatio).toBeCloseTo(12 / 576, 10);
  expect(lesionLabels?.labels.filter((label) => label === 1)).toHaveLength(12);
});

test('the lesion of most volume is number 1; corners join; what is too small keeps its voxels but bears no number', () => {
  const corner: Box[] = [at(0, 1, 1), at(1, 2, 2), at(2, 3, 3)];
  const large: Box = [
    [0, 1],
    [4, 5],
    [14, 15],
  ];
  const single = at(5, 8, 8);
  const lesions = mask([large, 1], [single, 1], ...corner.map((box) => [box, 1] as const));
  const { findings, lesionLabels } = measure(volume(-500), lungs, lesions);
  expect(findings.lesions.map(({ number, side }) => [number, side])).toEqual([
    [1, 'left'],
    [2, 'right'],
  ]);
  expect(findings.lesions.map(({ volumeMl }) => volumeMl)).toEqual([8 * voxelMl, 3 * voxelMl]);
  expect(findings.lungs.both.lesionMl).toBeCloseTo(12 * voxelMl, 10);
  expect([findings.lungs.right.lesionCount, findings.lungs.left.lesionCount]).toEqual([1, 1]);
  const labelAt = ([z, y, x]: Box) => lesionLabels?.labels[(z[0] * 10 + y[0]) * 20 + x[0]];
  expect([labelAt(large), ...corner.map(labelAt), labelAt(single)]).toEqual([1, 2, 2, 2, unnumberedLesion]);
});

test('one voxel of 0.1 ml is a lesion, as wide as the voxel', () => {
  const cube: Grid = { ...grid, shape: [1, 3, 3], spacingMm: [100 / 16, 4, 4] };
  const labels = new Uint8Array(9);
  labels[4] = 1;
  const { findings } = measure(
    { grid: cube, hu: new Int16Array(9) },
    { grid: cube, labels: new Uint8Array(9).fill(1) },
    { grid: cube, labels },
  );
  expect(findings.lesions).toHaveLength(1);
  expect(findings.lesions[0].volumeMl).toBeCloseTo(0.1, 10);
  expect(findings.lesions[0].longestDiameterMm).toBe(4);
});

test('the rim is measured slice by slice, in millimetres, from the lungs’ edge', () => {
  // In the right lung the columns 1 to 8 are 2, 4, 6, 8, 8, 6, 4, 2 mm deep; rows 4 to 36 mm, never nearer there.
  const row: Box = [
    [2, 2],
    [4, 4],
    [1, 8],
  ];
  const { findings } = measure(volume(-500), lungs, mask([row, 1]));
  expect(findings.peripheral.thicknessMm.slice(0, 4)).toEqual([0, 3.5, 7, 10.5]);
  expect(findings.peripheral.ratio?.slice(0, 4)).toEqual([0, 2 / 8, 6 / 8, 1]);
  expect(findings.lesions[0].peripheralShare).toBe(1);
});

test('a lesion away from the edge is not peripheral, whatever lies above and below it', () => {
  const wide: Grid = { ...grid, shape: [1, 61, 61], spacingMm: [5, 1, 1] };
  const lung = new Uint8Array(61 * 61).fill(1);
  for (let i = 0; i < 61; i++) lung[i] = lung[60 * 61 + i] = lung[i * 61] = lung[i * 61 + 60] = 0;
  const lesion = new Uint8Array(61 * 61);
  for (let y = 29; y <= 31; y++) lesion.fill(1, y * 61 + 20, y * 61 + 41);
  const { findings } = measure(
    { grid: wide, hu: new Int16Array(61 * 61) },
    { grid: wide, labels: lung },
    { grid: wide, labels: lesion },
  );
  // Columns 20 to 24 and 36 to 40 lie 20 to 24 mm deep, the other eleven deeper than 24.5 mm.
  expect(findings.lesions[0].peripheralShare).toBeCloseTo(10 / 21, 10);
  expect(findings.peripheral.ratio?.[findings.peripheral.thicknessMm.indexOf(24.5)]).toBeCloseTo(10 / 21, 10);
});

test('lesion outside the lungs is counted apart', () => {
  const across: Box = [
    [1, 1],
    [4, 4],
    [7, 10],
  ];
  const { findings } = measure(volume(-500), lungs, mask([across, 1]));
  expect(findings.lesionOutsideLungsMl).toBeCloseTo(2 * voxelMl, 10);
  expect(findings.lungs.both.lesionMl).toBeCloseTo(2 * voxelMl, 10);
  expect(findings.lesions[0].volumeMl).toBeCloseTo(4 * voxelMl, 10);
});

test('a lesion wholly outside the lungs is of the nearer one', () => {
  const aboveLeft: Box = [
    [4, 4],
    [4, 4],
    [13, 15],
  ];
  const side = (masks: Mask) => measure(volume(-500), masks, mask([aboveLeft, 1])).findings.lesions[0].side;
  expect(side(lungs)).toBe('left');
  expect(side(mask([leftBox, 1], [rightBox, 2]))).toBe('right');
  // Beside a lung that is there alone.
  expect(side(mask([rightBox, 2]))).toBe('left');
});

test('the spread of two lesions is half the distance of their boxes’ centres', () => {
  const first: Box = [
    [0, 0],
    [4, 4],
    [2, 4],
  ];
  const second: Box = [
    [3, 3],
    [4, 4],
    [6, 8],
  ];
  const { findings } = measure(volume(-500), lungs, mask([first, 1], [second, 1]));
  expect(findings.centreSpreadMm).toBeCloseTo(Math.hypot(4 * 2, 3 * 5) / 2, 10);
});

test('zones are thirds of each lung’s own height, extents quarters', () => {
  const top: Box = [
    [4, 4],
    [1, 8],
    [1, 4],
  ];
  const leftMiddle: Box = [
    [1, 1],
    [1, 8],
    [11, 18],
  ];
  const { findings } = measure(volume(-500), lungs, mask([top, 1], [leftMiddle, 1]));
  const row = ({ side, height, lungMl, lesionMl, extent }: Zone) => [
    side,
    height,
    Math.round(lungMl / voxelMl),
    Math.round(lesionMl / voxelMl),
    extent,
  ];
  expect(findings.zones.map(row)).toEqual([
    ['right', 'upper', 128, 32, 1],
    ['right', 'middle', 128, 0, 0],
    ['right', 'lower', 128, 0, 0],
    ['left', 'upper', 64, 0, 0],
    ['left', 'middle', 64, 64, 4],
    ['left', 'lower', 64, 0, 0],
  ]);
  expect(findings.zonalExtent).toBe(5);
});

test('histograms: one bin of 25 HU begins at the split, values beyond go to the end bins', () => {
  const box: Box = [
    [1, 1],
    [2, 2],
    [2, 5],
  ];
  const hu = volume(-1200, [at(1, 2, 2), -401], [at(1, 2, 3), -400], [at(1, 2, 4), 3000], [at(1, 2, 5), -2000]);
  const { lesionHu } = measure(hu, lungs, mask([box, 1])).findings;
  const split = (-400 - lesionHu.lowHu) / lesionHu.binHu;
  expect([lesionHu.share[split - 1], lesionHu.share[split]]).toEqual([0.25, 0.25]);
  expect([lesionHu.share[0], lesionHu.share.at(-1)]).toEqual([0.25, 0.25]);
});

test('one lung missing is no error', () => {
  const { findings } = measure(volume(-800), mask([rightBox, 1]), mask());
  expect(findings.lungs.left.meanHu).toBe(null);
  expect(findings.lungs.left.lesionVolumeRatio).toBe(0);
  expect(findings.zones.filter((zone) => zone.side === 'left').map((zone) => zone.lungMl)).toEqual([0, 0, 0]);
});

test('masks of another grid are a bug', () => {
  expect(() => measure(volume(0), { grid, labels: new Uint8Array(3) }, null)).toThrow(/3 values/);
});
