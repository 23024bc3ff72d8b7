import type { Graph, GraphInput, GraphNode, TensorShape, Weights } from '../../network/graph.ts';
import type { HostTensor } from '../contract.ts';

export interface EngineCase {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: Weights;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Values by output. Outputs that are not here are to be those of the reference engine. */
  readonly expected: Readonly<Record<string, ArrayLike<number>>>;
  /** One of tolerances.ts. */
  readonly tolerance: number;
}

export const tensor = (shape: TensorShape, values: ArrayLike<number>): HostTensor => ({
  shape,
  data: Float32Array.from(values),
});
export const indices = (values: ArrayLike<number>): HostTensor => ({
  shape: [values.length],
  data: Int32Array.from(values),
});

export function graphInput(name: string, { shape, data }: HostTensor): GraphInput {
  return { name, shape, type: data instanceof Float32Array ? 'float32' : 'int32' };
}

/** The part of a graph that lies between other inputs and outputs than its own. */
export function cutGraph(graph: Graph, inputs: readonly GraphInput[], outputs: readonly string[]): Graph {
  const given = new Set(inputs.map(({ name }) => name));
  const keep = new Set(outputs);
  const nodes: GraphNode[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!keep.has(node.name) || given.has(node.name)) continue;
    nodes.unshift(node);
    for (const input of node.inputs) keep.add(input);
  }
  return { name: graph.name, inputs, nodes, outputs };
}

/** Where two lists of values differ most, in words.
 *  @param tolerance absolute, relative to the largest expected value where that exceeds 1
 *  @returns null where nowhere by more than the tolerance */
export function worstDifference(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): { error: number; words: string } | null {
  if (got.length !== expected.length) {
    return { error: Infinity, words: `${got.length} values, expected ${expected.length}` };
  }
  let [worst, at, largest] = [0, -1, 1];
  for (let i = 0; i < got.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    const error = Math.abs(got[i] - expected[i]);
    if (error > worst || (Number.isNaN(error) && !Number.isNaN(worst))) [worst, at] = [error, i];
  }
  if (worst <= tolerance * largest) return null;
  return { error: worst, words: `off by ${worst} at ${at}: got ${got[at]}, expected ${expected[at]}` };
}
