/** What training adds to the network's vocabulary. */
import { lowerNode, type Lowering } from '../../engine/onnx/lower.ts';
import type { Value } from '../../engine/onnx/onnxBuilder.ts';
import type { GraphNode } from '../../network/graph.ts';
import { gradients, type Incoming, type Outgoing } from './gradients.ts';

/** Times a fed mask [1, D, H, W], the same for every channel. Joins the patch being trained to the rest of its
 *  study: where the patch does not reach, its part is zero. */
export interface Masked {
  readonly kind: 'masked';
  readonly name: string;
  readonly inputs: readonly [values: string, mask: string];
}
export type TrainingNode = GraphNode | Masked;

export function lowerTrainingNode(node: TrainingNode, operands: readonly Value[], context: Lowering): Value {
  if (node.kind === 'masked') return context.onnx.multiply(operands[0], operands[1]);
  return lowerNode(node, operands, context);
}

export function gradientOf(node: TrainingNode, incoming: Incoming): Outgoing {
  if (node.kind === 'masked') {
    return { inputs: [() => incoming.onnx.multiply(incoming.gradient, incoming.inputs[1])] };
  }
  // Typescript cannot see that a node and the gradient of its kind belong together.
  const gradient = gradients[node.kind] as (node: GraphNode, incoming: Incoming) => Outgoing;
  return gradient(node, incoming);
}
