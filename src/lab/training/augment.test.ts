import { describe, expect, it } from 'vitest';
import { readingDirection, type Grid } from '../../volume/grid.ts';
import { uniform } from '../../volume/random.ts';
import { augment, placed, repeated, type LabelledStudy } from './augment.ts';

const grid: Grid = { shape: [3, 5, 7], spacingMm: [5, 1, 1], originMm: [0, 0, 0], direction: readingDirection };
/** One voxel of lesion at row 1, column 5, inside lungs that fill all but the border. */
function study(): LabelledStudy {
  const voxels = 3 * 5 * 7;
  const row = (i: number) => Math.floor(i / 7) % 5;
  const isLung = (i: number) => row(i) > 0 && row(i) < 4 && i % 7 > 0 && i % 7 < 6;
  const lungs = Uint8Array.from({ length: voxels }, (_, i) => (isLung(i) ? 1 : 0));
  const lesions = Uint8Array.from({ length: voxels }, (_, i) => (row(i) === 1 && i % 7 === 5 ? 1 : 0));
  const hu = Int16Array.from({ length: voxels }, (_, i) => (lesions[i] ? -500 : lungs[i] ? -870 : 40));
  return { volume: { grid, hu }, lungs: { grid, labels: lungs }, lesions: { grid, labels: lesions } };
}
const placesOf = (labels: Uint8Array) => [...labels.keys()].filter((i) => labels[i] !== 0);

describe('placed', () => {
  it('mirrors voxels and masks together', () => {
    const { volume, lesions } = placed(study(), { isMirrored: true, angle: 0, scale: 1 });
    expect(placesOf(lesions.labels)).toEqual([0, 1, 2].map((z) => z * 35 + 7 + 1));
    expect(volume.hu[7 + 1]).toBe(-500);
  });

  it('turns by a quarter about the middle', () => {
    const { lesions, volume } = placed(study(), { isMirrored: false, angle: Math.PI / 2, scale: 1 });
    const [at] = placesOf(lesions.labels);
    expect(volume.hu[at]).toBe(-500);
    // (y, x) - centre is (-1, 2); a quarter turn gives (±2, ±1), and rows 0 to 4 hold it.
    expect([Math.floor(at / 7) - 2, (at % 7) - 3].map(Math.abs)).toEqual([2, 1]);
  });
});

describe('augment', () => {
  it('gives the same for the same numbers, and something else for others', () => {
    const hu = (seed: number) => [...augment(study(), uniform(seed)).volume.hu];
    expect(hu(5)).toEqual(hu(5));
    expect(hu(5)).not.toEqual(hu(6));
  });

  it('leaves the study that it was given as it was', () => {
    const given = study();
    for (let seed = 0; seed < 20; seed++) augment(given, uniform(seed));
    expect(given).toEqual(study());
  });
});

describe('a single slice in place of the study', () => {
  /** Two slices of six with lesions, more in the fourth than in the second. */
  const six = (): LabelledStudy => {
    const { volume, lungs } = study();
    const tall: Grid = { ...grid, shape: [6, 5, 7] };
    const twice = <T extends Int16Array | Uint8Array>(values: T, into: T): T => (
      into.set(values),
      into.set(values, 105),
      into
    );
    const lesions = new Uint8Array(210);
    lesions[35 + 10] = 1;
    lesions.fill(1, 3 * 35 + 8, 3 * 35 + 13);
    return {
      volume: { grid: tall, hu: twice(volume.hu, new Int16Array(210)) },
      lungs: { grid: tall, labels: twice(lungs.labels, new Uint8Array(210)) },
      lesions: { grid: tall, labels: lesions },
    };
  };

  it('comes as often as is asked for', () => {
    const depths = (share: number) =>
      Array.from({ length: 40 }, (_, seed) => augment(six(), uniform(97 * seed), share).volume.grid.shape[0]);
    expect(new Set(depths(0))).toEqual(new Set([6]));
    expect(new Set(depths(1))).toEqual(new Set([24]));
  });

  it('shows more disease than one picked at random would', () => {
    const sick = Array.from({ length: 60 }, (_, seed) =>
      augment(six(), uniform(97 * seed), 1).lesions.labels.includes(1),
    );
    // By chance a third; the best of three 1 - (2/3)^3 = 0.70.
    expect(sick.filter(Boolean).length / 60).toBeGreaterThan(0.5);
  });
});

describe('repeated', () => {
  it('shows one slice again and again', () => {
    const { volume, lesions } = repeated(study(), 1);
    expect(volume.grid.shape).toEqual([24, 5, 7]);
    expect(volume.hu.subarray(23 * 35)).toEqual(study().volume.hu.subarray(35, 70));
    expect(placesOf(lesions.labels)).toHaveLength(24);
  });
});
