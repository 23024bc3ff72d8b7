import { asFeatures, expectShape, fault, sizeOf, type Layer } from './layer.ts';

export const normEpsilon = 1e-5;

/** Statistics over a group's channels and all voxels, in two passes: the mean first, then the squares around it. */
export const groupNorm: Layer<'groupNorm'> = {
  shape(node, inputs, parameterShape) {
    const shape = asFeatures(node, inputs[0]);
    if (shape[0] % node.groups !== 0) throw fault(node, `${shape[0]} channels do not make ${node.groups} groups`);
    expectShape(node, 'weight', parameterShape(node.weight), [shape[0]]);
    expectShape(node, 'bias', parameterShape(node.bias), [shape[0]]);
    return shape;
  },

  forward(node, [{ shape, data }], out, parameter) {
    const [channels, ...sizes] = asFeatures(node, shape);
    const voxels = sizeOf(sizes);
    const weight = parameter(node.weight).data;
    const bias = parameter(node.bias).data;
    const result = new Float32Array(sizeOf(out));
    const length = (channels / node.groups) * voxels;
    for (let start = 0; start < data.length; start += length) {
      let sum = 0;
      for (let i = start; i < start + length; i++) sum += data[i];
      const mean = sum / length;
      let squares = 0;
      for (let i = start; i < start + length; i++) squares += (data[i] - mean) ** 2;
      const inverse = 1 / Math.sqrt(squares / length + normEpsilon);
      for (let i = start; i < start + length; i++) {
        const channel = Math.floor(i / voxels);
        result[i] = (data[i] - mean) * inverse * weight[channel] + bias[channel];
      }
    }
    return result;
  },
};
