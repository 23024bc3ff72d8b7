import { expect, test } from 'vitest';
import { readingDirection, type Shape, type Volume } from '../volume/grid.ts';
import { segmentLungs, type LungsFound } from './segmentLungs.ts';

type Fill = (zMm: number, yMm: number, xMm: number) => number;
const air = -1000;
const tissue = 40;
const lung = -850;
const size = [250, 300, 400];

/** A picture of 250 x 300 x 400 mm around [125, 0, 0], in voxels of the spacing given. */
function picture(fill: Fill, spacingMm: readonly [number, number, number] = [5, 5, 5]): Volume {
  const shape = spacingMm.map((mm, axis) => Math.round(size[axis] / mm)) as unknown as Shape;
  const hu = new Int16Array(shape[0] * shape[1] * shape[2]);
  for (let z = 0, i = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++, i++)
        hu[i] = fill(
          (z + 0.5) * spacingMm[0],
          (y + 0.5) * spacingMm[1] - size[1] / 2,
          (x + 0.5) * spacingMm[2] - size[2] / 2,
        );
  return { grid: { shape, spacingMm, originMm: [0, 0, 0], direction: readingDirection }, hu };
}

/** An elliptic body with two ellipsoid lungs, a spine, and what is painted over them. */
const chest =
  (over: (zMm: number, yMm: number, xMm: number, inLung: boolean) => number | undefined = () => undefined): Fill =>
  (z, y, x) => {
    if ((x / 160) ** 2 + (y / 110) ** 2 > 1) return over(z, y, x, false) ?? air;
    const inLung = ((z - 125) / 95) ** 2 + (y / 75) ** 2 + ((Math.abs(x) - 75) / 55) ** 2 < 1;
    const spine = Math.hypot(x, y - 75) < 18;
    return over(z, y, x, inLung) ?? (inLung ? lung : spine ? 400 : tissue);
  };

function found(volume: Volume): LungsFound {
  const result = segmentLungs(volume);
  if (result.kind === 'none') throw new Error(result.message);
  return result;
}
function labelAt({ lungs: { grid, labels } }: LungsFound, zMm: number, yMm: number, xMm: number): number {
  const at = [zMm, yMm + size[1] / 2, xMm + size[2] / 2].map((mm, axis) => Math.floor(mm / grid.spacingMm[axis]));
  return labels[(at[0] * grid.shape[1] + at[1]) * grid.shape[2] + at[2]];
}
const codes = (result: LungsFound) => result.notes.map((note) => note.code);
/** Share of the voxels for which `truth` holds that are lung, and the other way round. */
function dice(result: LungsFound, volume: Volume, truth: Fill): number {
  const expected = picture(truth, volume.grid.spacingMm).hu;
  const { labels } = result.lungs;
  let both = 0;
  let sum = 0;
  for (let i = 0; i < labels.length; i++) {
    const [a, b] = [labels[i] === 0 ? 0 : 1, expected[i]];
    both += a * b;
    sum += a + b;
  }
  return (2 * both) / sum;
}
/** Of the voxels for which `part` holds, what share is lung. */
function shareKept({ lungs: { labels } }: LungsFound, { grid }: Volume, part: Fill): number {
  const marked = picture(part, grid.spacingMm).hu;
  const kept = marked.filter((value, i) => value === 1 && labels[i] !== 0).length;
  return kept / marked.filter((value) => value === 1).length;
}
const lungsOf =
  (inside: Fill): Fill =>
  (z, y, x) =>
    inside(z, y, x) === lung ? 1 : 0;

test('the right lung is 1 at low x, the left 2 at high x, the rest 0', () => {
  const volume = picture(chest());
  const result = found(volume);
  expect([-75, 75, 0].map((x) => labelAt(result, 125, 0, x))).toEqual([1, 2, 0]);
  expect(labelAt(result, 125, -140, -150)).toBe(0);
  expect(dice(result, volume, lungsOf(chest()))).toBeGreaterThan(0.97);
  expect(codes(result)).toEqual([]);
});

test('thin and thick slices, square or not, keep the border of the study', () => {
  for (const spacing of [
    [8, 2, 2],
    [1.25, 4, 2.5],
  ] as const) {
    const volume = picture(chest(), spacing);
    expect(dice(found(volume), volume, lungsOf(chest()))).toBeGreaterThan(0.98);
  }
});

test('a body without a large air space has no lungs, gas of stomach and colon or not', () => {
  expect(segmentLungs(picture((_z, y, x) => (Math.hypot(y, x) < 100 ? tissue : air))).kind).toBe('none');
  const stomach: Fill = (z, y, x) => (Math.hypot(z - 125, y + 20, x - 40) < 45 ? -990 : tissue);
  expect(segmentLungs(picture((z, y, x) => (Math.hypot(y, x) < 110 ? stomach(z, y, x) : air))).kind).toBe('none');
  expect(segmentLungs(picture(() => air)).kind).toBe('none');
});

test('gas under the diaphragm is no lung, though it touches the lung', () => {
  const gas = (z: number, y: number, x: number) => Math.hypot(z - 45, y + 40, x - 75) < 32;
  const volume = picture(
    chest((z, y, x, inLung) => (!inLung && gas(z, y, x) ? -1000 : undefined)),
    [3, 2.5, 2.5],
  );
  const result = found(volume);
  expect(labelAt(result, 45, -40, 75)).toBe(0);
  expect(labelAt(result, 125, 0, 75)).toBe(2);
});

test('a table and the room behind it are no lung, even where the table is filled with foam', () => {
  const table = (y: number) => (y > 115 && y < 145 ? (y < 119 || y > 141 ? -100 : -880) : air);
  const volume = picture(chest((_z, y, x) => ((x / 160) ** 2 + (y / 110) ** 2 > 1 ? table(y) : undefined)));
  const result = found(volume);
  expect(labelAt(result, 125, 130, 0)).toBe(0);
  expect(dice(result, volume, lungsOf(chest()))).toBeGreaterThan(0.97);
});

test('trachea and main bronchi are left out', () => {
  const trachea = (z: number, y: number, x: number) =>
    (z > 130 && Math.hypot(x, y - 20) < 9) || (z <= 130 && z > 100 && Math.hypot(Math.abs(x) - (130 - z), y - 20) < 7);
  const volume = picture(
    chest((z, y, x, inLung) => (!inLung && trachea(z, y, x) ? -1000 : undefined)),
    [4, 3, 3],
  );
  const result = found(volume);
  expect(labelAt(result, 200, 20, 0)).toBe(0);
  expect(labelAt(result, 150, 20, 0)).toBe(0);
  expect(dice(result, volume, lungsOf(chest()))).toBeGreaterThan(0.97);
});

test('lungs that touch at the front are parted there', () => {
  const bridge = (z: number, y: number, x: number) => z > 100 && z < 150 && y > -50 && y < -40 && Math.abs(x) < 60;
  const result = found(
    picture(
      chest((z, y, x) => (bridge(z, y, x) ? lung : undefined)),
      [4, 3, 3],
    ),
  );
  for (const z of [60, 125, 190])
    for (const y of [-40, 0, 40]) {
      expect([labelAt(result, z, y, -75), labelAt(result, z, y, 75)]).toEqual([1, 2]);
    }
  expect(labelAt(result, 125, -45, -30)).toBe(1);
  expect(labelAt(result, 125, -45, 30)).toBe(2);
});

test('consolidation at the chest wall is lung, the heart and the liver are not', () => {
  const lesion: Fill = (z, y, x) => (Math.hypot(z - 110, y - 55, x + 85) < 35 ? 1 : 0);
  const heart = (z: number, y: number, x: number) => Math.hypot(z - 100, y + 30, x - 30) < 40;
  const liver = (z: number, y: number, x: number) => Math.hypot(z + 10, y, x + 75) < 90;
  const over = (z: number, y: number, x: number, inLung: boolean) =>
    inLung && (lesion(z, y, x) || heart(z, y, x) || liver(z, y, x)) ? tissue : undefined;
  const volume = picture(chest(over), [4, 3, 3]);
  const result = found(volume);
  const inLung = chest();
  const truth: Fill = (z, y, x) => (inLung(z, y, x) === lung && !heart(z, y, x) && !liver(z, y, x) ? 1 : 0);
  expect(dice(result, volume, truth)).toBeGreaterThan(0.97);
  const kept = shareKept(result, volume, (z, y, x) => (lesion(z, y, x) && truth(z, y, x) ? 1 : 0));
  // Threshold and closing alone keep less than half.
  expect(kept).toBeGreaterThan(0.85);
  expect(codes(result)).toContain('dense-parts-added');
});

test('ground glass too dense for a threshold is lung, even where nothing below it has air; fat in its place is not', () => {
  const base = (z: number, x: number) => z < 75 && x > 0;
  const keptAt = (value: number) => {
    const volume = picture(
      chest((z, _y, x, inLung) => (inLung && base(z, x) ? value : undefined)),
      [4, 3, 3],
    );
    const inLung = chest();
    return shareKept(found(volume), volume, (z, y, x) => (inLung(z, y, x) === lung && base(z, x) ? 1 : 0));
  };
  expect(keptAt(-250)).toBeGreaterThan(0.9);
  expect(keptAt(-100)).toBeLessThan(0.1);
});

test('a mass thicker than any vessel, with lung on all sides, is lung; a dome of the diaphragm as thick is not', () => {
  const mass: Fill = (z, y, x) => (Math.hypot(z - 140, y - 10, x + 75) < 30 ? 1 : 0);
  const dome: Fill = (z, y, x) => (Math.hypot(Math.max(0, z - 70), y, x - 75) < 30 ? 1 : 0);
  const over = (z: number, y: number, x: number, inLung: boolean) =>
    inLung && (mass(z, y, x) || dome(z, y, x)) ? tissue : undefined;
  const volume = picture(chest(over), [4, 3, 3]);
  const result = found(volume);
  expect(shareKept(result, volume, mass)).toBeGreaterThan(0.9);
  const inLung = chest();
  const domeInLung: Fill = (z, y, x) => (inLung(z, y, x) === lung && dome(z, y, x) ? 1 : 0);
  expect(shareKept(result, volume, domeInLung)).toBeLessThan(0.1);
});

test('what is cut off or one-sided is said', () => {
  const whole = picture(chest());
  const [depth, rows, columns] = whole.grid.shape;
  const upper: Volume = {
    grid: { ...whole.grid, shape: [depth / 2, rows, columns] },
    hu: whole.hu.slice((depth / 2) * rows * columns),
  };
  expect(codes(found(upper))).toEqual(['cut-at-bottom']);
  const right = found(picture(chest((_z, _y, x, inLung) => (inLung && x > 0 ? tissue : undefined))));
  expect(codes(right)).toEqual(['right-only']);
  expect(labelAt(right, 125, 0, -75)).toBe(1);
  const left = found(picture(chest((_z, _y, x, inLung) => (inLung && x < 0 ? tissue : undefined))));
  expect(codes(left)).toEqual(['left-only']);
});

test('a field of view that ends within the right chest still shows a right lung', () => {
  const whole = picture(chest());
  const [depth, rows, columns] = whole.grid.shape;
  const kept = [22, 44];
  const hu = new Int16Array(depth * rows * (kept[1] - kept[0]));
  for (let line = 0; line < depth * rows; line++)
    hu.set(whole.hu.subarray(line * columns + kept[0], line * columns + kept[1]), line * (kept[1] - kept[0]));
  const result = found({ grid: { ...whole.grid, shape: [depth, rows, kept[1] - kept[0]] }, hu });
  expect(codes(result)).toEqual(['cut-at-side', 'right-only']);
  const { labels } = result.lungs;
  expect(labels.includes(2)).toBe(false);
  expect(labels[(25 * rows + 30) * 22]).toBe(1);
});

test('progress grows to 1', () => {
  const seen: number[] = [];
  segmentLungs(picture(chest()), { onProgress: (fraction) => seen.push(fraction) });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.at(-1)).toBe(1);
});
