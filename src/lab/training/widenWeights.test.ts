import * as runtime from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { openNode } from '../../engine/onnx/openNode.ts';
import { describeClassifier, describeClassifierStem, describePatch, type Described } from '../../network/describe.ts';
import type { Graph, Weights } from '../../network/graph.ts';
import { seededWeights } from '../../network/initialWeights.ts';
import { plans, type Plan } from '../../network/plans.ts';
import { uniform } from '../../volume/random.ts';
import { widenWeights } from './widenWeights.ts';

const narrow: Plan = plans.tiny;
const wide = { ...narrow, width: 24 };
const weights = seededWeights(narrow, 3);
const widened = widenWeights(weights, narrow, wide, uniform(1));

const engine = openNode(runtime, 1);

/** Each channel of the narrow plan's input so many times side by side. */
function inputsOf(graph: Graph, copies: number) {
  const random = uniform(5);
  return Object.fromEntries(
    graph.inputs.map(({ name, shape, type }) => {
      const repeated = shape[0] === narrow.width ? copies : 1;
      const size = shape.slice(1).reduce((product, length) => product * length, 1);
      if (type === 'int32') return [name, { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i) }];
      const data = new Float32Array(shape[0] * repeated * size);
      for (let c = 0; c < shape[0]; c++) {
        const values = Float32Array.from({ length: size }, () => random());
        for (let copy = 0; copy < repeated; copy++) data.set(values, (c * repeated + copy) * size);
      }
      return [name, { shape: shape.with(0, shape[0] * repeated), data }];
    }),
  );
}

async function outputsOf({ graph, roles }: Described, from: Weights, copies: number, narrowGraph: Graph) {
  const prepared = await engine.prepare(graph, from);
  const results = await prepared.run(inputsOf(narrowGraph, copies));
  const read = Object.entries(roles).map(async ([role, name]) => [role, await results[name].read()] as const);
  return Object.fromEntries(await Promise.all(read));
}

it.each([
  ['classifier stem', describeClassifierStem],
  ['patch', (plan) => describePatch(plan, 1)],
  ['classifier', describeClassifier],
] satisfies [string, (plan: Plan) => Described][])('the wider %s gives the same', async (_, describe) => {
  const { graph } = describe(narrow);
  const expected = await outputsOf(describe(narrow), weights, 1, graph);
  const found = await outputsOf(describe(wide), widened, 3, graph);
  for (const [role, values] of Object.entries(expected)) {
    const copies = found[role].length / values.length;
    const positions = values.length / (copies === 1 ? 1 : narrow.width);
    const once = values.map((_, i) => found[role][Math.floor(i / positions) * copies * positions + (i % positions)]);
    const furthest = values.reduce((most, value, i) => Math.max(most, Math.abs(value - once[i])), 0);
    expect(furthest, role).toBeLessThan(1e-4);
  }
});

it('gives copies different shares, so that they part when they learn', () => {
  const kernel = widened.get('seg.down_tr128.ops.0.conv1.weight');
  const [first, second] = [kernel?.data[0], kernel?.data[27]];
  expect(first).not.toBe(second);
});

it('says what does not fit', () => {
  expect(() => widenWeights(weights, narrow, { ...narrow, width: 20 }, uniform(1))).toThrow('no multiple');
  expect(() => widenWeights(new Map(), narrow, wide, uniform(1))).toThrow('no stem_cls');
});
