import { expectShape, fault, type Layer } from './layer.ts';

export const linear: Layer<'linear'> = {
  shape(node, [input], parameterShape) {
    const [to, from] = parameterShape(node.weight);
    if (input?.length !== 1) throw fault(node, `expects a vector, input is [${input}]`);
    if (input[0] !== from) throw fault(node, `weight expects ${from} values, input has ${input[0]}`);
    expectShape(node, 'bias', parameterShape(node.bias), [to]);
    return [to];
  },
  forward(node, [{ data }], [to], parameter) {
    const weight = parameter(node.weight).data;
    const bias = parameter(node.bias).data;
    const from = data.length;
    return Float32Array.from({ length: to }, (_, j) => {
      let sum = bias[j];
      for (let i = 0; i < from; i++) sum += weight[j * from + i] * data[i];
      return sum;
    });
  },
};
