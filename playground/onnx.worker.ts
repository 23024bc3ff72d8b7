import * as runtime from 'onnxruntime-web/wasm';
import type { HostTensor } from '../src/engine/contract.ts';
import { openWasm } from '../src/engine/onnx/openWasm.ts';
import {
  describeClassifier,
  describeClassifierStem,
  describeParameters,
  describePatch,
  withOutputs,
} from '../src/network/describe.ts';
import type { GraphInput, Parameter } from '../src/network/graph.ts';
import { plans, type Plan, type PlanName } from '../src/network/plans.ts';

export interface TimeRequest {
  readonly plan: PlanName;
  readonly threads: number;
  readonly folder: string;
}
export interface GraphTimes {
  readonly engine: string;
  readonly graph: string;
  readonly prepareMs: number;
  readonly runMs: readonly number[];
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
  if (type === 'int32') return { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i >> 1) };
  return { shape, data: Float32Array.from({ length: count(shape) }, (_, i) => Math.abs(Math.sin(i))) };
}

async function time({ plan: name, threads, folder }: TimeRequest): Promise<GraphTimes[]> {
  const plan = plans[name];
  const engine = openWasm(runtime, { threads, folder });
  const graphs = [
    describeClassifierStem(plan),
    withOutputs(describePatch(plan, plan.slices / 4), ['probability', 'pasted']),
    describeClassifier(plan),
  ];
  const times: GraphTimes[] = [];
  for (const { graph } of graphs) {
    const start = performance.now();
    const prepared = await engine.prepare(graph, someWeights(plan));
    const prepareMs = Math.round(performance.now() - start);
    const inputs = Object.fromEntries(graph.inputs.map((input) => [input.name, someInput(input)]));
    const runMs: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = performance.now();
      const results = await prepared.run(inputs);
      runMs.push(Math.round(performance.now() - before));
      for (const result of Object.values(results)) result.dispose();
    }
    prepared.dispose();
    times.push({ engine: engine.description.label, graph: graph.name, prepareMs, runMs });
  }
  return times;
}

self.onmessage = ({ data }: MessageEvent<TimeRequest>) => {
  time(data).then(
    (times) => self.postMessage(times),
    (error: unknown) => self.postMessage(String(error)),
  );
};
