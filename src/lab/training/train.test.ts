import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as runtime from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWeights } from '../../formats/weights.ts';
import { describeParameters } from '../../network/describe.ts';
import { initialWeights } from '../../network/initialWeights.ts';
import { train, type StepReport, type TrainOptions } from './train.ts';
import { learningRateAt, planOf, trainingConfigSchema, type TrainingConfig } from './trainingConfig.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-'));
});
afterAll(() => rm(folder, { recursive: true }));

const smoke = trainingConfigSchema.parse(
  JSON.parse(await readFile(new URL('configs/smoke.json', import.meta.url), 'utf8')),
);
const common = { runtime, threads: 1 };

async function run(config: TrainingConfig, name: string, stopAfter?: number): Promise<StepReport[]> {
  const steps: StepReport[] = [];
  await train({ ...common, config, out: join(folder, name), stopAfter, onStep: (step) => steps.push(step) });
  return steps;
}
/** Times differ from run to run. */
const curve = async (name: string) =>
  (await readFile(join(folder, name, 'log.csv'), 'utf8')).split('\n').map((line) => line.replace(/,\d+$/, ''));
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('training', () => {
  it('lowers the lesion loss on the toy, in the smoke configuration', async () => {
    const steps = await run(smoke, 'smoke');
    const total = steps.map(({ losses }) => (losses.dice ?? NaN) + (losses.focal ?? NaN));
    expect(mean(total.slice(-20))).toBeLessThan(0.75 * mean(total.slice(0, 20)));
  });

  it('learns the three classes of the toy', async () => {
    const config = { ...smoke, stage: 'classes' as const, steps: 60, learningRate: 0.001 };
    const losses = (await run(config, 'classes')).map((step) => step.losses.class ?? NaN);
    expect(mean(losses.slice(-15))).toBeLessThan(0.6 * mean(losses.slice(0, 15)));
  });

  it.each(['lesions', 'joint'] as const)('goes on from a checkpoint as if it had never stopped: %s', async (stage) => {
    const config = { ...smoke, stage, steps: 6, checkpointEvery: 3, refreshEvery: 2 };
    await run(config, `${stage}-whole`);
    await run(config, `${stage}-parts`, 3);
    const rest = await run(config, `${stage}-parts`);
    expect(rest.map(({ step }) => step)).toEqual([4, 5, 6]);
    expect(await curve(`${stage}-parts`)).toEqual(await curve(`${stage}-whole`));
  });

  it('keeps what it does not train from the checkpoint, whatever it is told to start from then', async () => {
    const config = { ...smoke, steps: 2, checkpointEvery: 1 };
    const start = initialWeights(describeParameters(planOf(config)), config.seed + 1);
    const part = (name: string, rest: Partial<TrainOptions>) =>
      train({ ...common, config, out: join(folder, name), ...rest });
    await part('started', { start, stopAfter: 1 });
    const resumed = await part('started', {});
    const whole = await part('started-whole', { start });
    const isOther = (name: string) => whole.get(name)?.data.some((value, i) => value !== resumed.get(name)?.data[i]);
    expect([...whole.keys()].filter(isOther)).toEqual([]);
  });

  it.each([
    ['lesions', 'given', /^(stem_seg|seg)\.|^(alpha|beta)_2$/],
    ['classes', 'given', /^cls\.|^(alpha|beta)_1$/],
    ['classes', 'trained', /^(stem_cls|cls)\.|^alpha_1$/],
  ] as const)('of the stage %s with a %s stem moves what it trains, and nothing else', async (stage, stem, moving) => {
    const config = { ...smoke, steps: 1, stage, classifierStem: stem };
    const name = `one-${stage}-${stem}`;
    await run(config, name);
    const file = readWeights(await readFile(join(folder, name, 'weights.safetensors')));
    if (file.kind !== 'read') throw new Error(file.message);
    const start = initialWeights(describeParameters(planOf(config)), config.seed);
    expect([...file.tensors.keys()].sort()).toEqual([...start.keys()].sort());
    for (const [name, { data }] of start) {
      const trained = moving.test(name);
      expect(
        file.tensors.get(name)?.data.some((value, i) => value !== data[i]),
        name,
      ).toBe(trained);
    }
  });

  it('leaves a fixed scalar at its value, and refuses one that the network has not', async () => {
    const config = { ...smoke, steps: 2 };
    const trained = (fixedScalars: Record<string, number>, name: string) =>
      train({ ...common, config: { ...config, fixedScalars }, out: join(folder, name) });
    const weights = await trained({ alpha_2: 0.5 }, 'fixed');
    expect(weights.get('alpha_2')?.data[0]).toBe(0.5);
    expect(weights.get('beta_2')?.data[0]).not.toBe(Math.fround(0.2));
    await expect(trained({ alpha_3: 1 }, 'unknown')).rejects.toThrow('no scalar alpha_3');
    await expect(trained({ 'seg.poly4.bias': 1 }, 'vector')).rejects.toThrow('no scalar');
  });

  it('refuses the checkpoint of another configuration', async () => {
    await run({ ...smoke, steps: 1 }, 'mixed');
    await expect(run({ ...smoke, steps: 2 }, 'mixed')).rejects.toThrow('another configuration');
    await writeFile(join(folder, 'mixed', 'checkpoint.safetensors'), 'cut off');
    await expect(run({ ...smoke, steps: 1 }, 'mixed')).rejects.toThrow('too short');
  });

  it('raises the rate, then lowers it to nothing', () => {
    const config = { ...smoke, steps: 10, learningRate: 1, warmUpSteps: 2 };
    expect([1, 2, 6, 10].map((step) => learningRateAt(step, config))).toEqual([0.5, 0.9, 0.5, expect.closeTo(0.1, 12)]);
  });
});
