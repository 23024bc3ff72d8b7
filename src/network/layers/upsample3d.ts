import { asFeatures, sizeOf, type Layer } from './layer.ts';

export const upsample3d: Layer<'upsample3d'> = {
  shape(node, inputs) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    return [channels, ...sizes.map((size) => size * node.factor)];
  },

  forward(node, [{ shape, data }], out) {
    const [, depth, rows, columns] = asFeatures(node, shape);
    const [channels, d, h, w] = out;
    const result = new Float32Array(sizeOf(out));
    const low = (i: number) => Math.floor(i / node.factor);
    let at = 0;
    for (let c = 0; c < channels; c++)
      for (let z = 0; z < d; z++)
        for (let y = 0; y < h; y++) {
          const row = ((c * depth + low(z)) * rows + low(y)) * columns;
          for (let x = 0; x < w; x++) result[at++] = data[row + low(x)];
        }
    return result;
  },
};
