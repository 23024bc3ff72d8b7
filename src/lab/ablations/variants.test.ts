import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededWeights } from '../../network/initialWeights.ts';
import { plans } from '../../network/plans.ts';
import { toyStudies } from '../training/toyStudies.ts';
import { trainVariant } from './trainVariant.ts';
import { runsOf, variants, type Variant } from './variants.ts';

const named = (name: string): Variant => {
  const found = variants.find((variant) => variant.name === name);
  if (!found) throw new Error(`no variant ${name}`);
  return found;
};
const budget = { steps: 2, seed: 1 };

describe('the runs of the ablations', () => {
  it.each(variants)('give every subnet of "$name" the same steps', (variant) => {
    const runs = runsOf(variant, { steps: 50, seed: 3 });
    for (const task of variant.tasks) {
      const own = runs.filter(({ stage }) => stage === task || stage === 'joint');
      expect(own.map(({ steps, seed }) => [steps, seed])).toEqual([
        [50, 3],
        [50, 3],
      ]);
      expect(own.map(({ learningRate }) => learningRate)).toEqual([0.001, 0.0003]);
    }
  });

  it('are of one name only where they are the same', () => {
    const byPath = new Map<string, string>();
    for (const variant of variants) {
      let path = '';
      for (const config of runsOf(variant, budget)) {
        path = join(path, config.name);
        expect(byPath.get(path) ?? JSON.stringify(config), path).toBe(JSON.stringify(config));
        byPath.set(path, JSON.stringify(config));
      }
    }
    const last = (name: string) => runsOf(named(name), budget).at(-1)?.name;
    expect(new Set(variants.map(({ name }) => last(name))).size).toBe(variants.length);
  });
});

describe('a trained variant', () => {
  let out = '';
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'ablations-'));
  });
  afterAll(() => rm(out, { recursive: true }));
  const trained = (name: string) =>
    trainVariant(named(name), budget, { runtime, threads: 1, source: toyStudies(plans.tiny), out });

  it('without cross-stitch ends with 1, 0, 1, 0, and moves the rest', async () => {
    const weights = await trained('without cross-stitch');
    const scalar = (name: string) => weights.get(name)?.data[0];
    expect(['alpha_1', 'beta_1', 'alpha_2', 'beta_2'].map(scalar)).toEqual([1, 0, 1, 0]);
    expect(scalar('cls.p')).not.toBe(1);
  });

  it('without segmentation never lets a lesion count', async () => {
    const weights = await trained('without segmentation');
    expect(weights.get('cls.p')?.data[0]).toBe(0);
    expect(weights.get('beta_1')?.data[0]).toBe(0);
    expect(weights.get('alpha_1')?.data[0]).not.toBe(0.8); // Learned, unlike those two.
  });

  it('with a plain stem has no inception, and learns its convolutions', async () => {
    const weights = await trained('plain convolution for inception');
    expect([...weights.keys()].filter((name) => name.includes('branch'))).toEqual([]);
    const start = seededWeights({ ...plans.tiny, stem: 'plain' }, budget.seed);
    for (const name of ['stem_cls.plain.weight', 'stem_seg.plain.weight'])
      expect(
        weights.get(name)?.data.some((value, i) => value !== start.get(name)?.data[i]),
        name,
      ).toBe(true);
  });
});
