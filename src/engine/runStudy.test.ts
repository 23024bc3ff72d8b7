import { describe, expect, it } from 'vitest';
import { featureSlices } from '../network/alignment.ts';
import { inputOnWorkingGrid } from '../network/input.ts';
import { plans } from '../network/plans.ts';
import { probabilitySteps } from '../network/output.ts';
import { ourPreprocessing } from '../network/preprocessing.ts';
import { echoEngine, echoModel as model, ramp } from './cases/echoEngine.ts';
import { EngineError } from './contract.ts';
import { runStudy, softmax, type StudyProgress } from './runStudy.ts';

const plan = plans.tiny;

describe('what each patch gives', () => {
  it.each([1, 5, 8, 13, 49])('comes back to its place, %i slices', async (depth) => {
    const input = ramp(depth);
    const { engine, trace } = echoEngine();
    const output = await runStudy({ input, model, engine });
    const intensity = (z: number, y: number, x: number) => input.grid.read(z, [y, y + 1], [x, x + 1])[0];
    output.probability.forEach((steps, i) => {
      const expected = intensity(Math.floor(i / 4096), Math.floor(i / 64) % 64, i % 64);
      if (Math.abs(steps / probabilitySteps - expected) > 1e-5) expect.fail(`voxel ${i}`);
    });
    const { lesion, pasted } = trace.classifierInputs;
    const slices = featureSlices(depth, plan);
    lesion.forEach((value, i) => {
      const [k, v, u] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
      if (value !== intensity(slices[k], 4 * v, 4 * u)) expect.fail(`lesion ${k}, ${v}, ${u}`);
    });
    pasted.forEach((value, i) => {
      const [c, k, v, u] = [Math.floor(i / 2048), Math.floor(i / 256) % 8, Math.floor(i / 16) % 16, i % 16];
      // L-stem voxels are two working voxels wide, counted from the patch.
      const z = Math.floor(slices[k] / 8) * 8 + 2 * Math.floor((slices[k] % 8) / 2);
      if (Math.abs(value - intensity(z, 4 * v, 4 * u) - c / 100) > 1e-6) expect.fail(`pasted ${c}, ${k}, ${v}, ${u}`);
    });
    expect(trace.open).toBe(0);
  });

  it('is zero outside the lungs, and where no patch was run', async () => {
    const lung = new Uint8Array(8 * 4096);
    for (const x of [0, 1, 4]) lung[x] = 1;
    const input = inputOnWorkingGrid(plan, new Float32Array(lung.length).fill(0.75), lung);
    const { engine, trace } = echoEngine((name, _, values) => name === 'probability' && values.fill(0.9));
    const output = await runStudy({ input, model, engine });
    expect(output.patchesRun).toBe(1);
    expect(output.probability.reduce((count, steps) => count + (steps > 0 ? 1 : 0), 0)).toBe(3);
    // At D = 8 feature slices 0 and 1 both lie at working slice 0; of the lung voxels 0 and 4 are looked at.
    const { lesion, pasted } = trace.classifierInputs;
    expect([...lesion.entries()].filter(([, value]) => value !== 0).map(([i]) => i)).toEqual([0, 1, 256, 257]);
    // Channel 1, feature slice 0: the patch covers columns 0 to 7 of 16.
    expect([...pasted.subarray(2048, 2064)].map((value) => value > 0)).toEqual(
      Array.from({ length: 16 }, (_, u) => u < 8),
    );
  });

  it('is the raw logit where the model was trained on that', async () => {
    const input = { ...ramp(5), preprocessing: { ...ourPreprocessing, lesionInput: 'logit' as const } };
    const { engine, trace } = echoEngine();
    await runStudy({ input, model, engine });
    expect(trace.classifierInputs.lesion[0]).toBeCloseTo(2 * input.grid.read(0, [0, 1], [0, 1])[0], 6);
  });
});

describe('the order of work', () => {
  it('runs the stem, each patch and the classifier, and tells of it', async () => {
    const { engine, trace } = echoEngine();
    const progress: StudyProgress[] = [];
    await runStudy({ input: ramp(9), model, engine, onProgress: (step) => progress.push(step) });
    expect(trace.runs).toEqual(['classifier stem', ...Array<string>(8).fill('patch'), 'classifier']);
    expect(progress.map(({ stage, done, of }) => `${stage} ${done}/${of}`)).toEqual([
      'stem 0/1',
      ...Array.from({ length: 9 }, (_, i) => `patches ${i}/8`),
      'classifier 0/1',
      'classifier 1/1',
    ]);
  });

  it('stops between patches when it is told to, and lets go of everything', async () => {
    const { engine, trace } = echoEngine();
    const abort = new AbortController();
    const onProgress = ({ stage, done }: StudyProgress) => {
      // As a message from the page would: after this task, not within it.
      if (stage === 'patches' && done === 2) setTimeout(() => abort.abort(new Error('enough')));
    };
    const running = runStudy({ input: ramp(9), model, engine, signal: abort.signal, onProgress });
    await expect(running).rejects.toThrow('enough');
    expect(trace.runs.filter((name) => name === 'patch').length).toBeLessThanOrEqual(3);
    expect(trace.open).toBe(0);
  });
});

describe('an engine that takes work ahead', () => {
  const ahead = { takesWorkAhead: true };

  it('gets a patch before the one before it is read, never two, and gives the same', async () => {
    const input = ramp(9);
    const [waits, works] = [echoEngine(), echoEngine(undefined, ahead)];
    const output = await runStudy({ input, model, engine: works.engine });
    expect(output).toEqual(await runStudy({ input, model, engine: waits.engine }));
    expect(works.trace.runs).toEqual(waits.trace.runs);
    expect(waits.trace.readBefore).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(works.trace.readBefore.slice(0, 2)).toEqual([0, 0]);
    works.trace.readBefore.forEach((read, patch) => expect(read).toBeGreaterThanOrEqual(patch - 1));
    expect(works.trace.open).toBe(0);
  });

  it('and is lost is replaced, and no patch is missing', async () => {
    const lostAt = (at: number) => (name: string, run: number) => {
      if (name === 'probability' && run >= at) throw new EngineError('device-lost', 'gone');
    };
    const input = ramp(9);
    const whole = await runStudy({ input, model, engine: echoEngine().engine });
    for (const at of [2, 4, 9]) {
      const [first, second] = [echoEngine(lostAt(at), ahead), echoEngine(undefined, ahead)];
      const recover = () => Promise.resolve(second.engine);
      expect(await runStudy({ input, model, engine: first.engine, recover })).toEqual(whole);
      expect(second.trace.runs.filter((name) => name === 'patch')).toHaveLength(10 - at);
      expect(second.trace.open).toBe(0);
    }
  });

  it('and is told to stop lets go of what it was given', async () => {
    const { engine, trace } = echoEngine(undefined, ahead);
    const abort = new AbortController();
    const onProgress = ({ stage, done }: StudyProgress) => {
      if (stage === 'patches' && done === 2) setTimeout(() => abort.abort(new Error('enough')));
    };
    await expect(runStudy({ input: ramp(9), model, engine, signal: abort.signal, onProgress })).rejects.toThrow(
      'enough',
    );
    await expect.poll(() => trace.open).toBe(0);
    expect(trace.runs.filter((name) => name === 'patch').length).toBeLessThanOrEqual(4);
  });
});

describe('a device that is lost', () => {
  const lost = () => {
    throw new EngineError('device-lost', 'gone');
  };

  it('is replaced, and the work goes on from the last finished patch', async () => {
    const first = echoEngine((name, run) => name === 'probability' && run === 4 && lost());
    const second = echoEngine();
    const input = ramp(9);
    const output = await runStudy({
      input,
      model,
      engine: first.engine,
      recover: () => Promise.resolve(second.engine),
    });
    expect(first.trace.runs).toEqual(['classifier stem', 'patch', 'patch', 'patch']);
    expect(second.trace.runs).toEqual(['classifier stem', ...Array<string>(6).fill('patch'), 'classifier']);
    const whole = await runStudy({ input, model, engine: echoEngine().engine });
    expect(output.probability).toEqual(whole.probability);
    expect(second.trace.open).toBe(0);
  });

  it('is replaced once a step only', async () => {
    const broken = () => echoEngine((name) => name === 'probability' && lost()).engine;
    let asked = 0;
    const recover = () => Promise.resolve((asked++, broken()));
    await expect(runStudy({ input: ramp(9), model, engine: broken(), recover })).rejects.toThrow('gone');
    expect(asked).toBe(1);
  });

  it('ends the run where nobody can replace it; other failures always do', async () => {
    const { engine } = echoEngine((name) => name === 'probability' && lost());
    await expect(runStudy({ input: ramp(1), model, engine })).rejects.toMatchObject({ code: 'device-lost' });
    const full = echoEngine((name) => {
      if (name === 'probability') throw new EngineError('out-of-memory', 'full');
    });
    const recover = () => Promise.reject(new Error('was asked'));
    await expect(runStudy({ input: ramp(1), model, engine: full.engine, recover })).rejects.toThrow('full');
  });
});

describe('what the network cannot have given', () => {
  it.each([
    { what: 'NaN in a probability', name: 'probability', spoil: (v: Float32Array) => (v[77] = NaN) },
    { what: 'a probability above 1', name: 'probability', spoil: (v: Float32Array) => (v[77] = 1.5) },
    { what: 'zeros alone', name: 'probability', spoil: (v: Float32Array) => v.fill(0) },
    { what: 'an infinite feature', name: 'pasted', spoil: (v: Float32Array) => (v[3] = Infinity) },
    { what: 'a negative feature', name: 'pasted', spoil: (v: Float32Array) => (v[3] = -1) },
    { what: 'NaN in a score', name: 'cls.fc', spoil: (v: Float32Array) => (v[1] = NaN) },
    { what: 'evidence that does not add up', name: 'evidence2', spoil: (v: Float32Array) => v.fill(0.6) },
    { what: 'infinite evidence', name: 'evidence3', spoil: (v: Float32Array) => (v[0] = -Infinity) },
  ])('$what is refused', async ({ name, spoil }) => {
    const { engine } = echoEngine((output, _, values) => output === name && spoil(values));
    await expect(runStudy({ input: ramp(1), model, engine })).rejects.toMatchObject({ code: 'wrong-result' });
  });
});

it('weighs classes by their scores', () => {
  expect(softmax([1000, 1000, 0])).toEqual([0.5, 0.5, 0]);
  expect(softmax([0, Math.log(2), Math.log(5)])[2]).toBeCloseTo(5 / 8, 12);
});
