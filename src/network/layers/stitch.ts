import { allAlike, expectShape, type Layer } from './layer.ts';

export const stitch: Layer<'stitch'> = {
  shape(node, inputs, parameterShape) {
    expectShape(node, 'a', parameterShape(node.a), [1]);
    expectShape(node, 'b', parameterShape(node.b), [1]);
    return allAlike(node, inputs);
  },
  forward(node, [first, second], _, parameter) {
    const [a, b] = [parameter(node.a).data[0], parameter(node.b).data[0]];
    return Float32Array.from(first.data, (value, i) => a * value + b * second.data[i]);
  },
};
