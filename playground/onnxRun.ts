/** Runs a plan's three graphs with weights and inputs that are the same everywhere, and times them. */
import type { Engine, HostTensor } from '../src/engine/contract.ts';
import {
  describeClassifier,
  describeClassifierStem,
  describeParameters,
  describePatch,
  withOutputs,
} from '../src/network/describe.ts';
import type { GraphInput, Parameter } from '../src/network/graph.ts';
import type { Plan } from '../src/network/plans.ts';

export interface GraphRun {
  readonly engine: string;
  readonly graph: string;
  readonly prepareMs: number;
  readonly runMs: readonly number[];
  /** Values of the last run, by name; every so many, to keep it short. */
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

const count = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function someWeights(plan: Plan): ReadonlyMap<string, Parameter> {
  return new Map(
    describeParameters(plan).map(({ name, shape, fanIn }) => [
      name,
      {
        shape,
        data: Float32Array.from({ length: count(shape) }, (_, i) => (fanIn ? Math.sin(i + 1) / Math.sqrt(fanIn) : 1)),
      },
    ]),
  );
}

function someInput({ shape, type }: GraphInput): HostTensor {
  if (type === 'int32') return { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i >> 2) };
  return { shape, data: Float32Array.from({ length: count(shape) }, (_, i) => Math.abs(Math.sin(i))) };
}

const sampled = 1000;

export async function runGraphs(engine: Engine, plan: Plan, repeats: number): Promise<GraphRun[]> {
  const graphs = [
    describeClassifierStem(plan),
    withOutputs(describePatch(plan, plan.slices / 4), ['probability', 'pasted']),
    describeClassifier(plan),
  ];
  const runs: GraphRun[] = [];
  for (const { graph } of graphs) {
    const start = performance.now();
    const prepared = await engine.prepare(graph, someWeights(plan));
    const prepareMs = Math.round(performance.now() - start);
    const inputs = Object.fromEntries(graph.inputs.map((input) => [input.name, someInput(input)]));
    const runMs: number[] = [];
    let outputs: Record<string, number[]> = {};
    for (let i = 0; i < repeats; i++) {
      const before = performance.now();
      const results = await prepared.run(inputs);
      runMs.push(Math.round(performance.now() - before));
      outputs = {};
      for (const [name, result] of Object.entries(results)) {
        const values = await result.read();
        const every = Math.ceil(values.length / sampled);
        outputs[name] = [...values.filter((_, at) => at % every === 0)];
        result.dispose();
      }
    }
    prepared.dispose();
    runs.push({ engine: engine.description.label, graph: graph.name, prepareMs, runMs, outputs });
  }
  return runs;
}
