import { expect, test } from 'vitest';
import { uniform } from '../volume/random.ts';
import { distractors } from './distractors.ts';
import { measureNoise } from './hostNoise.ts';
import { makePhantom } from './phantom.ts';

const host = makePhantom({ seed: 2, pixels: 128, pixelMm: 2.8, sliceMm: 5 });
const count = host.volume.hu.length;
const columns = host.volume.grid.shape[2];
const apply = (name: string) => distractors[name](host, uniform(6));

/** Mean change in CT numbers where `chosen`. */
function change(name: string, chosen: (i: number) => boolean): number {
  const { hu } = apply(name).volume;
  let [sum, voxels] = [0, 0];
  for (let i = 0; i < count; i++) {
    if (!chosen(i)) continue;
    sum += hu[i] - host.volume.hu[i];
    voxels++;
  }
  return sum / voxels;
}
const inLungs = (i: number) => host.lungs.labels[i] > 0;

test.each(Object.keys(distractors))('%s: seeded, changes something, leaves the host alone', (name) => {
  const before = host.volume.hu.slice();
  const [one, again] = [apply(name), apply(name)];
  expect(one.volume.hu.every((hu, i) => hu === again.volume.hu[i])).toBe(true);
  expect(one.volume.hu.some((hu, i) => hu !== host.volume.hu[i])).toBe(true);
  expect(host.volume.hu.every((hu, i) => hu === before[i])).toBe(true);
});

test('what is dense is denser, what is dark darker, each in its place', () => {
  expect(change('mass', inLungs)).toBeGreaterThan(2);
  expect(change('emphysema', inLungs)).toBeLessThan(-2);
  const row = (i: number) => Math.floor(i / columns) % 128;
  const atelectasis = (back: boolean) => change('atelectasis', (i) => inLungs(i) && row(i) > 64 === back);
  expect(atelectasis(true)).toBeGreaterThan(3 + 5 * Math.abs(atelectasis(false)));
  const breathedOut = (back: boolean) => change('expiration', (i) => inLungs(i) && row(i) > 64 === back);
  expect(breathedOut(false)).toBeGreaterThan(10);
  expect(breathedOut(true)).toBeGreaterThan(breathedOut(false));
  expect(change('contrast', (i) => host.volume.hu[i] > 0 && host.volume.hu[i] < 90)).toBeGreaterThan(3);
  expect(change('nodules', (i) => !inLungs(i) && host.volume.hu[i] < -1000)).toBe(0);
});

test('fluid is not lung any more', () => {
  const { volume, lungs } = apply('effusion');
  const drowned = (i: number) => host.lungs.labels[i] > 0 && lungs.labels[i] === 0;
  const values = volume.hu.filter((_, i) => drowned(i)).sort();
  expect(values.length).toBeGreaterThan(200);
  expect(values[values.length >> 1]).toBeGreaterThan(-20);
  expect(values[values.length >> 1]).toBeLessThan(30);
});

test('extra noise is as strong as meant: at least 1.4 times the host’s', () => {
  const ratio = measureNoise(apply('extraNoise').volume).sdHu / measureNoise(host.volume).sdHu;
  expect(ratio).toBeGreaterThan(1.4);
  expect(ratio).toBeLessThan(2.3);
});
