/** The yardstick: plain JavaScript, one layer after the other, sums in float64. For small sizes only. */
import type { Graph, Parameter, TensorShape, Weights } from '../../network/graph.ts';
import { sizeOf, sameShape, type LayerInput } from '../../network/layers/layer.ts';
import { layerOf } from '../../network/layers/table.ts';
import { inferShapes } from '../../network/shapes.ts';
import { isEngineTensor, type Engine, type EngineTensor, type HostTensor, type PreparedGraph } from '../contract.ts';

class ReferenceTensor implements EngineTensor {
  readonly shape: TensorShape;
  private held: Float32Array | null;

  constructor(shape: TensorShape, data: Float32Array) {
    this.shape = shape;
    this.held = data;
  }

  get data(): Float32Array {
    if (!this.held) throw new Error('a tensor was used after it was disposed');
    return this.held;
  }

  async read(): Promise<Float32Array> {
    return this.data.slice();
  }

  dispose(): void {
    this.held = null;
  }
}

export function createReferenceEngine(): Engine {
  return {
    description: { kind: 'reference', label: 'plain JavaScript' },
    prepare: (graph, weights) => Promise.resolve().then(() => prepare(graph, weights)),
    dispose: () => {},
  };
}

function prepare(graph: Graph, weights: Weights): PreparedGraph {
  const shapes = inferShapes(graph, weights);
  const parameter = (name: string) => weights.get(name) as Parameter; // inferShapes has asked for every one
  const lastUse = lastUses(graph);
  let disposed = false;

  const run = (inputs: Readonly<Record<string, HostTensor | EngineTensor>>): Record<string, EngineTensor> => {
    if (disposed) throw new Error(`graph ${graph.name} was run after it was disposed`);
    const values = new Map(graph.inputs.map((input) => [input.name, takeInput(graph, input, inputs[input.name])]));
    graph.nodes.forEach((node, step) => {
      const operands = node.inputs.map((name) => values.get(name) as LayerInput);
      const shape = shapes.get(node.name) as TensorShape;
      values.set(node.name, { shape, data: layerOf(node).forward(node, operands, shape, parameter) });
      for (const name of node.inputs) if (lastUse.get(name) === step) values.delete(name);
    });
    return Object.fromEntries(
      graph.outputs.map((name) => {
        const { shape, data } = values.get(name) as LayerInput;
        return [name, new ReferenceTensor(shape, Float32Array.from(data))];
      }),
    );
  };

  return {
    run: (inputs) => Promise.resolve().then(() => run(inputs)),
    dispose: () => {
      disposed = true;
    },
  };
}

/** The step after which a value is needed no more; outputs are always needed. */
function lastUses(graph: Graph): Map<string, number> {
  const uses = new Map<string, number>();
  graph.nodes.forEach((node, step) => node.inputs.forEach((name) => uses.set(name, step)));
  for (const name of graph.outputs) uses.delete(name);
  return uses;
}

function takeInput(
  graph: Graph,
  { name, shape, type }: Graph['inputs'][number],
  given: HostTensor | EngineTensor | undefined,
): LayerInput {
  const wrong = (words: string) => new Error(`graph ${graph.name}: input ${name} ${words}`);
  if (!given) throw wrong('is missing');
  if (!sameShape(given.shape, shape)) throw wrong(`is [${given.shape}], expected [${shape}]`);
  if (isEngineTensor(given) && !(given instanceof ReferenceTensor)) throw wrong('is a tensor of another engine');
  const { data } = given as HostTensor | ReferenceTensor;
  const found = data instanceof Float32Array ? 'float32' : 'int32';
  if (found !== type) throw wrong(`holds ${found} values, expected ${type}`);
  if (data.length !== sizeOf(shape)) throw wrong(`holds ${data.length} values for [${shape}]`);
  return { shape, data };
}
