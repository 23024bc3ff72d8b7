import { asFeatures, type Layer } from './layer.ts';

export const globalAverage: Layer<'globalAverage'> = {
  shape: (node, inputs) => [asFeatures(node, inputs[0])[0]],
  forward(_, [{ data }], [channels]) {
    const voxels = data.length / channels;
    return Float32Array.from({ length: channels }, (_, c) => {
      let sum = 0;
      for (let i = c * voxels; i < (c + 1) * voxels; i++) sum += data[i];
      return sum / voxels;
    });
  },
};
