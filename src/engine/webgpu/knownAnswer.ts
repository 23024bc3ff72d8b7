/** Before a device is trusted with a study it must give, for networks as small as can be, what plain JavaScript gives.
 *  Every pipeline that a study with `lite` runs is among those asked for (a test compares their texts); `full` and
 *  `tiny` have a few that are not. */
import {
  describeClassifier,
  describeClassifierStem,
  describePatch,
  withOutputs,
  type Described,
} from '../../network/describe.ts';
import type { Graph, GraphInput, Parameter } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import { plans, type Plan } from '../../network/plans.ts';
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
/** Rows as long as lite's: on shorter ones the classifier's threads make shorter runs, by other kernels. */
const longRows: Plan = { ...small, grid: plans.lite.grid };

interface Question {
  /** Of the same values; the first has all outputs of the others. */
  readonly graphs: readonly [Graph, ...Graph[]];
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly inputs: Readonly<Record<string, HostTensor>>;
}
type Values = Record<string, Float32Array>;

/** @param selections roles to ask for again on their own: what is no output may be folded away, by other kernels */
function question(described: Described, seed: number, selections: readonly (readonly string[])[] = []): Question {
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
  const graphs = [described.graph, ...selections.map((roles) => withOutputs(described, roles).graph)] as const;
  return { graphs, weights: new Map(weights), inputs };
}

export const questions = (): Question[] => [
  question(describeClassifierStem(small), 0),
  question(describePatch(small, 2), 1, [['probability', 'pasted']]), // as a study asks
  question(describeClassifier(longRows), 2),
  question(describeClassifierStem(wide), 3),
];

async function answer(engine: Engine, graph: Graph, { weights, inputs }: Question): Promise<Values> {
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
  expected ??= Promise.all(questions().map((asked) => answer(reference, asked.graphs[0], asked)));
  const right = await expected;
  for (const [i, asked] of questions().entries()) {
    for (const graph of asked.graphs) {
      for (const [name, values] of Object.entries(await answer(engine, graph, asked))) {
        const error = relativeError(values, right[i][name]);
        if (!(error <= tolerance)) {
          const where = `${graph.name}, ${name}`;
          throw new EngineError('wrong-result', `it computes wrongly, off by ${error.toPrecision(2)} in ${where}`);
        }
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
