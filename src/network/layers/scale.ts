import { allAlike, expectShape, type Layer } from './layer.ts';

export const scale: Layer<'scale'> = {
  shape(node, inputs, parameterShape) {
    expectShape(node, 'factor', parameterShape(node.factor), [1]);
    return allAlike(node, inputs);
  },
  forward(node, [{ data }], _, parameter) {
    const factor = parameter(node.factor).data[0];
    return Float32Array.from(data, (value) => factor * value);
  },
};
