import type { Graph, TensorShape } from './graph.ts';
import { layerOf } from './layers/table.ts';

/** Shapes of all values of a graph, its inputs included, by name.
 *  @param parameters weights, or anything else that knows their shapes
 *  @throws Error naming the node where shapes do not fit, or a value or parameter that is not there */
export function inferShapes(
  graph: Graph,
  parameters: ReadonlyMap<string, { readonly shape: TensorShape }>,
): Map<string, TensorShape> {
  const parameterShape = (name: string) => {
    const parameter = parameters.get(name);
    if (!parameter) throw new Error(`graph ${graph.name}: there is no parameter ${name}`);
    return parameter.shape;
  };
  const shapes = new Map<string, TensorShape>(graph.inputs.map(({ name, shape }) => [name, shape]));
  const valueShape = (name: string) => {
    const shape = shapes.get(name);
    if (!shape) throw new Error(`graph ${graph.name}: there is no value ${name}`);
    return shape;
  };
  for (const node of graph.nodes) {
    if (shapes.has(node.name)) throw new Error(`graph ${graph.name}: ${node.name} is made twice`);
    shapes.set(node.name, layerOf(node).shape(node, node.inputs.map(valueShape), parameterShape));
  }
  graph.outputs.forEach(valueShape);
  return shapes;
}
