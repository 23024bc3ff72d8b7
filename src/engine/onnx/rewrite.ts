/** Exact rewritings of the network's graphs that pay on ONNX Runtime (network description, section 10). */
import type { Conv3d } from '../../network/graph.ts';
import type { OnnxBuilder, Value } from './onnxBuilder.ts';

interface AnyNode {
  readonly kind: string;
  readonly name: string;
  readonly inputs: readonly string[];
}

/** A kernel that stands for two: first the 1^3 one, then the 3^3 one. */
export interface FoldedKernel {
  /** What the rewritten graph calls it. */
  readonly name: string;
  readonly first: string;
  readonly second: string;
}

/** Two convolutions with nothing between them are one. Without biases the padding's zeros stay zeros through the
 *  first, so this holds at the border too. It pays where the first makes more channels than it takes: the stems'
 *  branches work on one channel instead of c/4 at full resolution.
 *  @param keep values that must stay, such as the graph's outputs
 *  @param shapeOf a parameter's shape */
export function foldPointwise<Node extends AnyNode>(
  nodes: readonly Node[],
  keep: ReadonlySet<string>,
  shapeOf: (parameter: string) => readonly number[],
): { nodes: Node[]; kernels: FoldedKernel[] } {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) readers.set(name, (readers.get(name) ?? 0) + 1);
  const isFirst = (node: AnyNode): node is Conv3d => {
    if (!isPlainConv(node) || node.kernel !== 1 || node.stride !== 1) return false;
    const [to, from] = shapeOf(node.weight);
    return from < to && readers.get(node.name) === 1 && !keep.has(node.name);
  };
  const all: readonly AnyNode[] = nodes;
  const firsts = new Map(all.filter(isFirst).map((node) => [node.name, node]));
  const kernels: FoldedKernel[] = [];
  const used = new Set<string>();
  const rewritten = nodes.map((node) => {
    const first = firsts.get(node.inputs[0]);
    const second: AnyNode = node;
    if (!first || !isPlainConv(second)) return node;
    const kernel = { name: `${second.weight} after ${first.weight}`, first: first.weight, second: second.weight };
    kernels.push(kernel);
    used.add(first.name);
    return { ...node, inputs: first.inputs, weight: kernel.name };
  });
  return { nodes: rewritten.filter(({ name }) => !used.has(name)), kernels };
}

function isPlainConv(node: AnyNode): node is Conv3d {
  return node.kind === 'conv3d' && (node as Conv3d).bias === undefined;
}

/** [out, in, k, k, k] -> [out, taps, in]. */
function tapsInside(onnx: OnnxBuilder, kernel: Value): Value {
  const [to, from, k] = kernel.shape;
  return onnx.transpose(onnx.reshape(kernel, [to, from, k ** 3]), [0, 2, 1]);
}

/** Sum over the channels between. Of constants the runtime makes a constant when it loads the model.
 *  @param first [between, in, 1, 1, 1]
 *  @param second [out, between, k, k, k] */
export function foldedKernel(onnx: OnnxBuilder, first: Value, second: Value): Value {
  const [between, from] = first.shape;
  const [to, , k] = second.shape;
  const product = onnx.matMul(tapsInside(onnx, second), onnx.reshape(first, [between, from]));
  return onnx.reshape(onnx.transpose(product, [0, 2, 1]), [to, from, k, k, k]);
}

/** What reaches the two kernels, given what reaches the one. */
export function unfoldGradient(
  onnx: OnnxBuilder,
  first: Value,
  second: Value,
  gradient: Value,
): { first: Value; second: Value } {
  const [between, from] = first.shape;
  const [to, , k] = second.shape;
  const rows = (kernel: Value, columns: number) => onnx.reshape(tapsInside(onnx, kernel), [to * k ** 3, columns]);
  const byTap = rows(gradient, from);
  const toFirst = onnx.matMul(onnx.transpose(rows(second, between), [1, 0]), byTap);
  const toSecond = onnx.matMul(byTap, onnx.transpose(onnx.reshape(first, [between, from]), [1, 0]));
  return {
    first: onnx.reshape(toFirst, first.shape),
    second: onnx.reshape(onnx.transpose(onnx.reshape(toSecond, [to, k ** 3, between]), [0, 2, 1]), second.shape),
  };
}

/** Looks up parameters, folded ones too, each made once. */
export function withFolded(
  onnx: OnnxBuilder,
  parameter: (name: string) => Value,
  kernels: readonly FoldedKernel[],
): (name: string) => Value {
  const folded = new Map<string, Value>();
  const byName = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  return (name) => {
    const kernel = byName.get(name);
    if (!kernel) return parameter(name);
    const value = folded.get(name) ?? foldedKernel(onnx, parameter(kernel.first), parameter(kernel.second));
    folded.set(name, value);
    return value;
  };
}
