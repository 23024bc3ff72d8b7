import { allAlike, fault, type Layer } from './layer.ts';

export const weightedSum: Layer<'weightedSum'> = {
  shape(node, inputs) {
    if (node.factors.length !== inputs.length) {
      throw fault(node, `has ${node.factors.length} factors for ${inputs.length} inputs`);
    }
    return allAlike(node, inputs);
  },
  forward: ({ factors }, inputs) =>
    Float32Array.from(inputs[0].data, (_, i) =>
      inputs.reduce((sum, { data }, which) => sum + factors[which] * data[i], 0),
    ),
};
