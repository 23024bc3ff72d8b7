/** The whole joint step against central differences, with the losses written a second time, in float64, straight
 *  from their definitions. ReLU and max pooling have kinks that a difference steps over, so single tensors agree
 *  only as closely as their step is small; rounding forbids making it smaller. */
import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { onnxShape } from '../../engine/onnx/lower.ts';
import { sizeOf } from '../../engine/onnx/onnxBuilder.ts';
import { plans, type Plan } from '../../network/plans.ts';
import { describedLesionLoss } from './losses.ts';
import { gaussian, uniform } from '../../volume/random.ts';
import { emitStep } from './step.ts';
import { describeJointStage } from './trainingGraph.ts';

/** The coarsest norm still sees 32 voxels: over a handful its differences mean nothing. */
const plan: Plan = { ...plans.tiny, patch: [16, 32, 32] };
const settings = { lesion: describedLesionLoss, classWeight: 0.7, taskAwareWeight: 10 };
const graph = describeJointStage(plan, 'multi');
/** Of the same inputs and gaps. */
const plainStems = describeJointStage({ ...plan, stem: 'plain' }, 'multi');
const random = uniform(3);
const normal = gaussian(4);

const voxels = sizeOf(plan.patch);
const lung = Float32Array.from({ length: voxels }, () => (random() < 0.7 ? 1 : 0));
const truth = Float32Array.from({ length: voxels }, () => (random() < 0.3 ? 1 : 0));
const trueClass = 1;
const classFrequencyWeight = 1.5;

function feedsOf(parameters: Float32Array): Record<string, runtime.Tensor> {
  const float = (data: Float32Array, shape: readonly number[]) => new runtime.Tensor('float32', data, shape);
  const size = parameters.length;
  return {
    ...fixed,
    parameters: float(parameters, [size]),
    moment1: float(new Float32Array(size), [size]),
    moment2: float(new Float32Array(size), [size]),
    rate: float(Float32Array.of(0.01), []),
    spread: float(Float32Array.of(1), []),
    lung: float(lung, [1, 1, ...plan.patch]),
    lesionTruth: float(truth, [1, 1, ...plan.patch]),
    classTruth: float(
      Float32Array.from([0, 1, 2], (i) => (i === trueClass ? 1 : 0)),
      [3],
    ),
    classWeight: float(Float32Array.of(classFrequencyWeight), []),
  };
}
/** Any index is as good as another here: what lies where is tested elsewhere. Four is the smallest axis. */
const fixed = Object.fromEntries(
  graph.inputs.map(({ name, shape, type }) => [
    name,
    type === 'int32'
      ? new runtime.Tensor(
          'int32',
          Int32Array.from({ length: shape[0] }, () => Math.floor(random() * indexLimit(name))),
          shape,
        )
      : new runtime.Tensor(
          'float32',
          Float32Array.from({ length: sizeOf(shape) }, () => random()),
          onnxShape(shape),
        ),
  ]),
);
function indexLimit(name: string): number {
  const unit = /^evidence(\d)(.)/.exec(name);
  const whole = plan.slices / 2;
  if (unit) return (unit[2] === 'Z' ? whole : plan.grid / 4) / 2 ** Number(unit[1]);
  return name.endsWith('Z') ? 8 : 16;
}

/** Biases of convolutions that an instance norm follows. */
const isTakenOut = (name: string) => /^seg\..*ops\.\d\.conv1\.bias$/.test(name);

function lossInFloat64(values: Readonly<Record<string, Float32Array>>): number {
  const lungCount = lung.reduce((sum, value) => sum + value, 0);
  const sums = { lesionOverlap: 0, lesion: 0, backgroundOverlap: 0, background: 0, focal: 0 };
  for (let i = 0; i < voxels; i++) {
    if (lung[i] === 0) continue;
    const p = 1 / (1 + Math.exp(values.logits[i] - values.logits[voxels + i]));
    const q = truth[i] === 1 ? p : 1 - p;
    sums.lesionOverlap += p * truth[i];
    sums.lesion += p + truth[i];
    sums.backgroundOverlap += (1 - p) * (1 - truth[i]);
    sums.background += 1 - p + (1 - truth[i]);
    sums.focal += (truth[i] === 1 ? 1 : 0.1) * (1 - q) ** 2 * -Math.log(q);
  }
  const dice = (overlap: number, total: number) => (2 * overlap + 1) / (total + 1);
  const diceMean = (dice(sums.lesionOverlap, sums.lesion) + dice(sums.backgroundOverlap, sums.background)) / 2;
  const exps = [...values['cls.fc']].map(Math.exp);
  const classLoss = -Math.log(exps[trueClass] / (exps[0] + exps[1] + exps[2])) * classFrequencyWeight;
  const taskAware = graph.gaps.reduce((sum, { name, factor, stride }) => {
    const [d, h, w] = plan.patch.map((size) => size / stride);
    let [squares, count] = [0, 0];
    for (let i = 0; i < d * h * w; i++) {
      const [z, y, x] = [Math.floor(i / (h * w)), Math.floor(i / w) % h, i % w];
      if (lung[(z * stride * plan.patch[1] + y * stride) * plan.patch[2] + x * stride] === 0) continue;
      squares += values[name][i] ** 2;
      count++;
    }
    return sum + (factor * squares) / count;
  }, 0);
  return 1 - diceMean + 2 * (sums.focal / lungCount) + 0.7 * classLoss + 10 * taskAware;
}

describe.each([
  ['inception stems', graph],
  ['plain stems', plainStems],
] as const)('the joint training step with %s', async (_, joint) => {
  const { model, layout } = emitStep(joint, settings, ['logits', 'cls.fc', ...graph.gaps.map(({ name }) => name)]);
  const session = await runtime.InferenceSession.create(model, { intraOpNumThreads: 1 });
  const run = async (parameters: Float32Array) => {
    const results = await session.run(feedsOf(parameters));
    return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
  };
  const start = new Float32Array(layout.size);
  for (const [i, { offset, shape }] of layout.entries.entries()) {
    const { role, fanIn } = joint.parameters[i];
    const deviation = role === 'weight' ? Math.sqrt(2 / fanIn) : 0.2;
    const mean = role === 'norm-weight' || role === 'scalar' ? 0.8 : 0;
    for (let j = 0; j < sizeOf(shape); j++) start[offset + j] = mean + deviation * normal();
  }
  const found = await run(start);

  it('reports the losses that the definitions give', () => {
    const total = found.dice[0] + 2 * found.focal[0] + 0.7 * found.class[0] + 10 * found.taskAware[0];
    expect(total).toBeCloseTo(lossInFloat64(found), 4);
  });

  const lengthOf = (name: string) => {
    const { offset, shape } = layout.entries.find((entry) => entry.name === name) as (typeof layout.entries)[number];
    return Math.hypot(...found.gradient.subarray(offset, offset + sizeOf(shape)));
  };

  it('gives no gradient to biases that an instance norm takes out again, and one to every other parameter', () => {
    const rounding = 1e-4 * lengthOf('seg.poly4.weight');
    for (const { name } of layout.entries) {
      if (isTakenOut(name)) expect(lengthOf(name), name).toBeLessThan(rounding);
      else expect(lengthOf(name), name).toBeGreaterThan(rounding);
    }
  });

  // Every fourth, to keep it short; the layers repeat. With plain stems what differs.
  const looked = layout.entries
    .filter(({ name }) => !isTakenOut(name))
    .filter(({ name }, i) => (joint === graph ? i % 4 === 0 : name.startsWith('stem_')));
  it.each(looked)('has the gradient of the whole loss by $name', async ({ name, offset, shape }) => {
    const part = found.gradient.subarray(offset, offset + sizeOf(shape));
    const length = lengthOf(name);
    const along = async (step: number) => {
      const moved = start.slice();
      part.forEach((value, i) => (moved[offset + i] += (step * value) / length));
      return lossInFloat64(await run(moved));
    };
    const ratio = async (step: number) => ((await along(step)) - (await along(-step))) / (2 * step) / length;
    const first = await ratio(3e-3);
    const off = Math.abs(first - 1) < 0.03 ? Math.abs(first - 1) : Math.abs((await ratio(1e-3)) - 1);
    expect(off).toBeLessThan(0.05);
  });
});
