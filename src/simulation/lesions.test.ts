import { expect, test } from 'vitest';
import { readingDirection, type Mask, type Shape, type Volume } from '../volume/grid.ts';
import { gaussian, uniform } from '../volume/random.ts';
import { measureNoise } from './hostNoise.ts';
import { plantLesions, type Host } from './lesions.ts';
import { drawSevereBurden, patterns } from './lesionPlan.ts';

/** Two ellipsoids of lung (-860 HU) in soft tissue (50 HU), 10 HU of white noise, a vessel of 40 HU along each lung. */
function plainChest(vessels = true): Host {
  const shape: Shape = [60, 90, 130];
  const grid = { shape, spacingMm: [4, 2, 2], originMm: [0, 0, 0], direction: readingDirection } as const;
  const hu = new Int16Array(60 * 90 * 130);
  const labels = new Uint8Array(hu.length);
  const noise = gaussian(5);
  for (let z = 0, i = 0; z < 60; z++)
    for (let y = 0; y < 90; y++)
      for (let x = 0; x < 130; x++, i++) {
        const inside = (cx: number) => ((z - 30) / 27) ** 2 + ((y - 45) / 38) ** 2 + ((x - cx) / 25) ** 2 < 1;
        labels[i] = inside(34) ? 1 : inside(96) ? 2 : 0;
        const vessel = vessels && y % 12 < 2 && x % 12 < 2;
        hu[i] = (labels[i] === 0 ? 50 : vessel ? 40 : -860) + 10 * noise();
      }
  return { volume: { grid, hu } satisfies Volume, lungs: { grid, labels } satisfies Mask };
}

const host = plainChest();
const lungVoxels = host.lungs.labels.filter((label) => label > 0).length;
const isVessel = (i: number) => (Math.floor(i / 130) % 90) % 12 < 2 && (i % 130) % 12 < 2;

const valuesWhere = (hu: Int16Array, chosen: (i: number) => boolean) => hu.filter((_, i) => chosen(i)).sort();
const median = (sorted: Int16Array) => sorted[Math.floor(sorted.length / 2)];

const sameBytes = (a: Uint8Array | Int16Array, b: Uint8Array | Int16Array) =>
  Buffer.compare(new Uint8Array(a.buffer), new Uint8Array(b.buffer)) === 0;

test('a seed gives one disease, another seed another; the host stays as it was', () => {
  const before = host.volume.hu.slice();
  const planted = plantLesions(host, 'covid19', uniform(3));
  const again = plantLesions(host, 'covid19', uniform(3));
  expect(again.planted).toEqual(planted.planted);
  expect(sameBytes(again.volume.hu, planted.volume.hu)).toBe(true);
  expect(sameBytes(again.lesions, planted.lesions)).toBe(true);
  expect(sameBytes(plantLesions(host, 'covid19', uniform(4)).lesions, planted.lesions)).toBe(false);
  expect(sameBytes(host.volume.hu, before)).toBe(true);
});

test.each(patterns)('%s lies in the lungs, takes the asked share of them, and nothing else changes', (pattern) => {
  const burden = { count: 3, lungShare: 0.1 };
  const { volume, lesions } = plantLesions(host, 'covid19', uniform(11), { burden, patterns: [pattern] });
  const lesionVoxels = lesions.filter((label) => label > 0).length;
  expect(lesions.every((label, i) => label === 0 || host.lungs.labels[i] > 0)).toBe(true);
  expect(lesionVoxels / lungVoxels).toBeGreaterThan(0.09);
  expect(lesionVoxels / lungVoxels).toBeLessThan(0.11);
  const brighter = volume.hu.reduce((sum, hu, i) => sum + (hu > host.volume.hu[i] + 60 && lesions[i] === 0 ? 1 : 0), 0);
  expect(brighter / lesionVoxels).toBeLessThan(0.6);
  expect(valuesWhere(volume.hu, (i) => host.lungs.labels[i] === 0 && lesions[i] === 0)[0]).toBeGreaterThan(-20);
});

test('severe disease takes as much of the lungs as was drawn, a fifth at least', () => {
  for (const seed of [1, 2, 3, 4]) {
    const burden = drawSevereBurden(uniform(1000 * seed));
    const { lesions } = plantLesions(host, seed % 2 ? 'covid19' : 'cap', uniform(seed), { burden });
    const share = lesions.filter((label) => label > 0).length / lungVoxels;
    expect(burden.lungShare).toBeGreaterThanOrEqual(0.2);
    expect(share).toBeGreaterThan(0.8 * Math.min(burden.lungShare, 0.45));
    expect(share).toBeLessThan(1.1 * burden.lungShare);
  }
});

test('ground glass lets vessels through, consolidation does not', () => {
  const contrast = (pattern: 'groundGlass' | 'consolidation') => {
    const burden = { count: 2, lungShare: 0.12 };
    const { volume, lesions } = plantLesions(host, 'covid19', uniform(21), { burden, patterns: [pattern] });
    const wanted = pattern === 'groundGlass' ? 1 : 2;
    const vessel = median(valuesWhere(volume.hu, (i) => lesions[i] === wanted && isVessel(i)));
    return vessel - median(valuesWhere(volume.hu, (i) => lesions[i] === wanted && !isVessel(i)));
  };
  expect(contrast('groundGlass')).toBeGreaterThan(400);
  expect(contrast('consolidation')).toBeLessThan(250);
});

test('CT numbers lie where masked real lesions lie: ground glass near -578, consolidation near -244 and above', () => {
  const glass: number[] = [];
  const solid: number[] = [];
  for (let seed = 0; seed < 12; seed++) {
    const { volume, lesions } = plantLesions(host, seed % 2 ? 'cap' : 'covid19', uniform(100 + seed));
    lesions.forEach((label, i) => {
      if (label === 1) glass.push(volume.hu[i]);
      if (label === 2) solid.push(volume.hu[i]);
    });
  }
  expect(Math.abs(median(Int16Array.from(glass).sort()) + 578)).toBeLessThan(60);
  expect(median(Int16Array.from(solid).sort())).toBeGreaterThan(-300);
  expect(median(Int16Array.from(solid).sort())).toBeLessThan(0);
});

test('noise is measured: white noise of 10 HU in tissue of 50 HU', () => {
  const noise = measureNoise(host.volume);
  expect(noise.sdHu).toBeGreaterThan(8.5);
  expect(noise.sdHu).toBeLessThan(10.5);
  expect(Math.abs(noise.inPlane[1])).toBeLessThan(0.06);
  expect(Math.abs(noise.tissueHu - 50)).toBeLessThan(2);
});

test.each(['groundGlass', 'consolidation'] as const)('%s has the grain of its host', (pattern) => {
  const smoothHost = plainChest(false);
  const burden = { count: 2, lungShare: 0.15 };
  const { volume, lesions } = plantLesions(smoothHost, 'covid19', uniform(31), { burden, patterns: [pattern] });
  const label = pattern === 'groundGlass' ? 1 : 2;
  /** Differences of neighbours see the noise and hardly the lesion's clouds; their median, no bronchus. */
  const typical = (chosen: (i: number) => boolean) => {
    const differences: number[] = [];
    for (let i = 2; i < lesions.length - 2; i++)
      if ([-2, -1, 0, 1, 2].every((step) => chosen(i + step)))
        differences.push(Math.abs(volume.hu[i + 1] - 2 * volume.hu[i] + volume.hu[i - 1]));
    return differences.sort((a, b) => a - b)[differences.length >> 1];
  };
  const ratio = typical((i) => lesions[i] === label) / typical((i) => smoothHost.lungs.labels[i] === 0);
  expect(ratio).toBeGreaterThan(0.8);
  expect(ratio).toBeLessThan(1.3);
});
