/** The graph as this engine runs it: the network's vocabulary and two kinds of node that stand for several. */
import type { Conv3d, ConvTranspose3d, Graph, GraphNode, WeightedSum, Weights } from '../../network/graph.ts';
import { foldPointwise } from '../onnx/rewrite.ts';
import { foldPointwiseKernel } from './weights.ts';

interface Rewritten {
  readonly name: string;
  readonly inputs: readonly string[];
}
/** A 3^3 convolution over [a transposed convolution's result, further inputs]; the first input is the coarse one. */
export interface UpConv extends Rewritten {
  readonly kind: 'upConv';
  readonly up: ConvTranspose3d;
  readonly conv: Conv3d;
}
/** The softmax's second channel of a weighted sum. */
export interface SoftmaxOfSum extends Rewritten {
  readonly kind: 'softmaxOfSum';
  readonly factors: readonly number[];
}
export type PlanNode = GraphNode | UpConv | SoftmaxOfSum;

export interface RewrittenGraph {
  readonly nodes: readonly PlanNode[];
  /** The given ones, and those of folded kernels. */
  readonly weights: Weights;
}

/** Every rewriting is exact but for rounding, and leaves the graph's outputs alone. */
export function rewriteGraph(graph: Graph, weights: Weights): RewrittenGraph {
  const keep = new Set(graph.outputs);
  const shapeOf = (name: string) => weights.get(name)?.shape ?? [];
  const folded = foldPointwise(graph.nodes, keep, shapeOf);
  const all = new Map(weights);
  for (const { name, first, second } of folded.kernels) {
    const [a, b] = [weights.get(first), weights.get(second)];
    if (a && b) all.set(name, foldPointwiseKernel(a, b));
  }
  return { nodes: foldSoftmax(foldUpConv(folded.nodes, keep), keep), weights: all };
}

/** How often each value is read; outputs count as read from outside. */
function readers(nodes: readonly PlanNode[], keep: ReadonlySet<string>): Map<string, number> {
  const count = new Map([...keep].map((name) => [name, 1]));
  for (const name of nodes.flatMap(({ inputs }) => inputs)) count.set(name, (count.get(name) ?? 0) + 1);
  return count;
}

function foldUpConv(nodes: readonly PlanNode[], keep: ReadonlySet<string>): PlanNode[] {
  const count = readers(nodes, keep);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const onlyHere = (name: string) => count.get(name) === 1 && !keep.has(name);
  const gone = new Set<string>();
  const rewritten = nodes.map((node): PlanNode => {
    if (node.kind !== 'conv3d' || node.kernel !== 3 || node.stride !== 1) return node;
    const before = byName.get(node.inputs[0]);
    const join = before?.kind === 'concat' && onlyHere(before.name) ? before : null;
    const [first, ...others] = join ? join.inputs : node.inputs;
    const up = byName.get(first);
    if (up?.kind !== 'convTranspose3d' || !onlyHere(first)) return node;
    gone.add(up.name);
    if (join) gone.add(join.name);
    return { kind: 'upConv', name: node.name, inputs: [up.inputs[0], ...others], up, conv: node };
  });
  return rewritten.filter(({ name }) => !gone.has(name));
}

function foldSoftmax(nodes: readonly PlanNode[], keep: ReadonlySet<string>): PlanNode[] {
  const count = readers(nodes, keep);
  const sums = new Map(
    nodes.filter((node): node is WeightedSum => node.kind === 'weightedSum').map((node) => [node.name, node]),
  );
  const gone = new Set<string>();
  const rewritten = nodes.map((node): PlanNode => {
    const sum = node.kind === 'secondOfSoftmax' ? sums.get(node.inputs[0]) : undefined;
    if (!sum || count.get(sum.name) !== 1 || keep.has(sum.name)) return node;
    gone.add(sum.name);
    return { kind: 'softmaxOfSum', name: node.name, inputs: sum.inputs, factors: sum.factors };
  });
  return rewritten.filter(({ name }) => !gone.has(name));
}
