/** Reverse mode over the network's own nodes: from the derivatives of a loss by some values of a graph to its
 *  derivatives by the parameters. */
import type { Lowering } from '../../engine/onnx/lower.ts';
import type { Value } from '../../engine/onnx/onnxBuilder.ts';
import { gradientOf, type TrainingNode } from './trainingNodes.ts';

export interface BackwardRequest {
  /** In running order, as they were lowered. */
  readonly nodes: readonly TrainingNode[];
  /** Every value of the forward pass, graph inputs too. */
  readonly values: ReadonlyMap<string, Value>;
  /** Derivatives of the loss by values of the graph, by name. */
  readonly seeds: ReadonlyMap<string, Value>;
  readonly isTrained: (parameter: string) => boolean;
  /** Graph inputs whose derivative is wanted as well. */
  readonly inputs?: readonly string[];
}

export interface Derivatives {
  readonly parameters: ReadonlyMap<string, Value>;
  /** Of values, wanted inputs among them. */
  readonly values: ReadonlyMap<string, Value>;
}

const parameterFields = ['weight', 'bias', 'a', 'b', 'factor'] as const;

/** Names of the parameters that a node reads. */
export function parametersOf(node: TrainingNode): string[] {
  const fields = node as unknown as Readonly<Record<string, unknown>>;
  return parameterFields.map((field) => fields[field]).filter((name) => typeof name === 'string');
}

/** Values on the way from a trained parameter or a wanted input to anything: the others need no derivative. */
function moving({ nodes, isTrained, inputs = [] }: BackwardRequest): ReadonlySet<string> {
  const names = new Set(inputs);
  for (const node of nodes) {
    if (node.inputs.some((input) => names.has(input)) || parametersOf(node).some(isTrained)) names.add(node.name);
  }
  return names;
}

class Sums {
  readonly totals = new Map<string, Value>();
  private readonly add: (a: Value, b: Value) => Value;

  constructor(add: (a: Value, b: Value) => Value, start: Iterable<readonly [string, Value]> = []) {
    this.add = add;
    for (const [name, value] of start) this.totals.set(name, value);
  }

  push(name: string, value: Value): void {
    const before = this.totals.get(name);
    this.totals.set(name, before ? this.add(before, value) : value);
  }
}

/** Adds the backward pass to the model that holds the forward pass. */
export function emitBackward(request: BackwardRequest, context: Lowering): Derivatives {
  const { onnx } = context;
  const needed = moving(request);
  const byValue = new Sums(onnx.add, request.seeds);
  const byParameter = new Sums(onnx.add);
  for (const node of [...request.nodes].reverse()) {
    const gradient = byValue.totals.get(node.name);
    if (!gradient || !needed.has(node.name)) continue;
    const value = (name: string) => request.values.get(name) as Value;
    const outgoing = gradientOf(node, {
      ...context,
      inputs: node.inputs.map(value),
      output: value(node.name),
      gradient,
    });
    outgoing.inputs.forEach((make, i) => {
      const name = node.inputs[i];
      if (needed.has(name)) byValue.push(name, checked(make(), value(name), node));
    });
    for (const [name, make] of Object.entries(outgoing.parameters ?? {})) {
      if (request.isTrained(name)) byParameter.push(name, checked(make(), context.parameter(name), node));
    }
  }
  return { parameters: byParameter.totals, values: byValue.totals };
}

function checked(derivative: Value, of: Value, node: TrainingNode): Value {
  if (derivative.shape.join() !== of.shape.join()) {
    throw new Error(`${node.kind} ${node.name}: derivative [${derivative.shape}] of ${of.name} [${of.shape}]`);
  }
  return derivative;
}
