import { asFeatures, expectShape, fault, sizeOf, type Layer } from './layer.ts';

/** Kernel = stride = 2: every output voxel has exactly one input voxel and one tap. */
export const convTranspose3d: Layer<'convTranspose3d'> = {
  shape(node, inputs, parameterShape) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    const weight = parameterShape(node.weight);
    if (weight[0] !== channels) throw fault(node, `weight expects ${weight[0]} channels, input has ${channels}`);
    expectShape(node, 'weight', weight, [channels, weight[1], 2, 2, 2]);
    expectShape(node, 'bias', parameterShape(node.bias), [weight[1]]);
    return [weight[1], ...sizes.map((size) => 2 * size)];
  },

  forward(node, [{ shape, data }], out, parameter) {
    const [channels, depth, rows, columns] = asFeatures(node, shape);
    const [outChannels, d, h, w] = out;
    const weight = parameter(node.weight).data;
    const bias = parameter(node.bias).data;
    const result = new Float32Array(sizeOf(out));
    const sum = new Float64Array(d * h * w);
    for (let to = 0; to < outChannels; to++) {
      sum.fill(bias[to]);
      for (let from = 0; from < channels; from++) {
        const taps = (from * outChannels + to) * 8;
        for (let z = 0; z < d; z++)
          for (let y = 0; y < h; y++) {
            const input = ((from * depth + (z >> 1)) * rows + (y >> 1)) * columns;
            const row = taps + (z & 1) * 4 + (y & 1) * 2;
            const at = (z * h + y) * w;
            for (let x = 0; x < w; x++) sum[at + x] += weight[row + (x & 1)] * data[input + (x >> 1)];
          }
      }
      result.set(sum, to * sum.length);
    }
    return result;
  },
};
