import { expect, it } from 'vitest';
import { inputOnWorkingGrid } from '../network/input.ts';
import { probabilitySteps } from '../network/output.ts';
import { plans } from '../network/plans.ts';
import { echoEngine, echoModel as model, ramp } from './cases/echoEngine.ts';
import { EngineError } from './contract.ts';
import { lookTwice } from './lookTwice.ts';
import { runStudy, type StudyProgress } from './runStudy.ts';

const plan = plans.tiny;

it.each([1, 5, 8, 13])('both looks put every voxel back in its place, %i slices', async (depth) => {
  const input = ramp(depth);
  const once = await runStudy({ input, model, engine: echoEngine().engine });
  const { engine, trace } = echoEngine();
  const twice = await lookTwice({ input, model, engine });
  expect(twice.probability).toEqual(once.probability);
  expect(twice.scores).toEqual(once.scores);
  expect(twice.evidence).toEqual(once.evidence);
  expect(trace.runs.filter((name) => name === 'classifier')).toHaveLength(1);
  expect(trace.open).toBe(0);
});

it('means what the two looks see, each in patches of its own', async () => {
  // Lung in the first column and the last slice: the other end of a row, and another patch, in the second look.
  const lung = new Uint8Array(8 * 4096);
  for (let y = 0; y < 64; y++) lung[7 * 4096 + y * 64] = 1;
  const input = inputOnWorkingGrid(plan, new Float32Array(lung.length).fill(0.5), lung);
  const { engine } = echoEngine((name, run, values) => {
    if (name === 'probability') values.fill(run <= 3 ? 0.2 : 0.8); // a stem and two patches, then the study as it is
  });
  const { probability, patchesRun } = await lookTwice({ input, model, engine });
  expect(patchesRun).toBe(4);
  const expected = Array.from(lung, (label) => label * 0.5);
  probability.forEach((steps, i) => expect(steps / probabilitySteps).toBeCloseTo(expected[i], 4));
});

it('counts the patches of both looks as one row, and works on where a device was lost', async () => {
  const progress: StudyProgress[] = [];
  let losses = 0;
  const failing = echoEngine((name) => {
    if (name !== 'probability' || losses > 0) return;
    losses++;
    throw new EngineError('device-lost', 'gone');
  });
  const next = echoEngine();
  const input = ramp(8);
  const recover = () => Promise.resolve(next.engine);
  const output = await lookTwice({
    input,
    model,
    engine: failing.engine,
    recover,
    onProgress: (step) => progress.push(step),
  });
  expect(losses).toBe(1);
  // Four patches as it is, twice four half a patch higher; the lost engine is not asked again.
  expect(failing.trace.runs).toEqual(['classifier stem', 'patch']);
  expect(output.patchesRun).toBe(12);
  const patches = progress.filter(({ stage }) => stage === 'patches').map(({ done, of }) => `${done}/${of}`);
  expect([...new Set(patches)]).toEqual(Array.from({ length: 13 }, (_, done) => `${done}/12`));
  expect(progress.filter(({ stage }) => stage !== 'patches').map(({ stage, done }) => `${stage} ${done}`)).toEqual([
    'stem 0',
    'classifier 0',
    'classifier 1',
  ]);
});
