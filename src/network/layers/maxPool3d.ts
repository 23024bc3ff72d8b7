import { asFeatures, fault, sizeOf, type Layer } from './layer.ts';

/** The last plane of an odd axis is not looked at. */
export const maxPool3d: Layer<'maxPool3d'> = {
  shape(node, inputs) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    if (sizes.some((size) => size < 2)) throw fault(node, `[${sizes}] is too small to halve`);
    return [channels, ...sizes.map((size) => Math.floor(size / 2))];
  },

  forward(node, [{ shape, data }], out) {
    const [, depth, rows, columns] = asFeatures(node, shape);
    const [channels, d, h, w] = out;
    const result = new Float32Array(sizeOf(out));
    let at = 0;
    for (let c = 0; c < channels; c++)
      for (let z = 0; z < d; z++)
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            let largest = -Infinity;
            for (let tap = 0; tap < 8; tap++) {
              const [iz, iy, ix] = [2 * z + (tap >> 2), 2 * y + ((tap >> 1) & 1), 2 * x + (tap & 1)];
              largest = Math.max(largest, data[((c * depth + iz) * rows + iy) * columns + ix]);
            }
            result[at++] = largest;
          }
    return result;
  },
};
