import { fault, type Layer } from './layer.ts';

export const concatVectors: Layer<'concatVectors'> = {
  shape(node, inputs) {
    const odd = inputs.find((shape) => shape.length !== 1);
    if (odd) throw fault(node, `expects vectors, input is [${odd}]`);
    return [inputs.reduce((sum, [length]) => sum + length, 0)];
  },
  forward: (_, inputs) => Float32Array.from(inputs.flatMap(({ data }) => [...data])),
};
