/** Before a device is trusted with a study it must give, for a network of the smallest size that has every kind of
 *  kernel, what plain JavaScript gives. Pipelines do not depend on sizes, so these are the ones a study will use. */
import { describeClassifier, describeClassifierStem, describePatch, type Described } from '../../network/describe.ts';
import type { GraphInput, Parameter } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import type { Plan } from '../../network/plans.ts';
import { EngineError, type Engine, type HostTensor } from '../contract.ts';
import { createReferenceEngine } from '../reference/referenceEngine.ts';

/** Relative to the largest value where that exceeds 1; each of some twenty norms rescales the errors before it. */
const tolerance = 2e-3;

const small: Plan = {
  ...{ name: 'known answer', width: 8, grid: 32, patch: [8, 16, 32], slices: 8 },
  ...{ frame: 'lungs', minSliceMm: null },
};
/** At this width the stem's branches begin with whole blocks of channels and are not joined. */
const wide: Plan = { ...small, width: 32 };

interface Question {
  readonly described: Described;
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly inputs: Readonly<Record<string, HostTensor>>;
}
type Values = Record<string, Float32Array>;

function question(described: Described, seed: number): Question {
  // In [0, 1), without pattern enough; both sides are computed from the same ones.
  let count = 10_000 * seed;
  const next = () => {
    const value = 43_758.5453 * Math.sin(++count);
    return value - Math.floor(value);
  };
  const around = (centre: number, width: number) => centre + width * (2 * next() - 1);
  const weights = described.parameters.map(({ name, shape, role, fanIn }): [string, Parameter] => {
    const value = {
      weight: () => around(0, Math.sqrt(3 / fanIn)),
      'norm-weight': () => around(1, 0.2),
      bias: () => around(0, 0.1),
      scalar: () => around(0.6, 0.2),
    }[role];
    return [name, { shape, data: Float32Array.from({ length: sizeOf(shape) }, value) }];
  });
  const input = ({ shape, type }: GraphInput): HostTensor =>
    type === 'int32'
      ? { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i >> 2) }
      : { shape, data: Float32Array.from({ length: sizeOf(shape) }, next) };
  const inputs = Object.fromEntries(described.graph.inputs.map((given) => [given.name, input(given)]));
  return { described, weights: new Map(weights), inputs };
}

const questions = () =>
  [describeClassifierStem(small), describePatch(small, 2), describeClassifier(small), describeClassifierStem(wide)].map(
    question,
  );

async function answer(engine: Engine, { described: { graph }, weights, inputs }: Question): Promise<Values> {
  const prepared = await engine.prepare(graph, weights);
  try {
    const results = Object.entries(await prepared.run(inputs));
    const values = await Promise.all(results.map(([, result]) => result.read()));
    for (const [, result] of results) result.dispose();
    return Object.fromEntries(results.map(([name], i) => [name, values[i]]));
  } finally {
    prepared.dispose();
  }
}

/** The reference's answers, computed once: a device may be lost more than once. */
let expected: Promise<Values[]> | null = null;

/** @throws EngineError `wrong-result` where an answer is off; whatever the engine throws besides */
export async function checkKnownAnswer(engine: Engine): Promise<void> {
  const reference = createReferenceEngine();
  expected ??= Promise.all(questions().map((asked) => answer(reference, asked)));
  const right = await expected;
  for (const [i, asked] of questions().entries()) {
    const given = await answer(engine, asked);
    for (const [name, values] of Object.entries(right[i])) {
      const error = relativeError(given[name], values);
      if (!(error <= tolerance)) {
        const where = `${asked.described.graph.name}, ${name}`;
        throw new EngineError('wrong-result', `it computes wrongly, off by ${error.toPrecision(2)} in ${where}`);
      }
    }
  }
}

/** The largest difference, relative to the largest value where that exceeds 1; NaN where a value is. */
export function relativeError(values: Float32Array, expected: Float32Array): number {
  let [worst, largest] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    worst = Math.max(worst, Math.abs(values[i] - expected[i]));
  }
  return worst / largest;
}
