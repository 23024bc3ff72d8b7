import { asFeatures, sizeOf, type Layer } from './layer.ts';

/** Padding counts: the sum of what lies inside, always divided by 27. */
export const averagePool3d: Layer<'averagePool3d'> = {
  shape: (node, inputs) => asFeatures(node, inputs[0]),

  forward(node, [{ shape, data }], out) {
    const [channels, depth, rows, columns] = asFeatures(node, shape);
    const result = new Float32Array(sizeOf(out));
    let at = 0;
    for (let c = 0; c < channels; c++)
      for (let z = 0; z < depth; z++)
        for (let y = 0; y < rows; y++)
          for (let x = 0; x < columns; x++) {
            let sum = 0;
            for (let iz = Math.max(0, z - 1); iz <= Math.min(depth - 1, z + 1); iz++)
              for (let iy = Math.max(0, y - 1); iy <= Math.min(rows - 1, y + 1); iy++)
                for (let ix = Math.max(0, x - 1); ix <= Math.min(columns - 1, x + 1); ix++)
                  sum += data[((c * depth + iz) * rows + iy) * columns + ix];
            result[at++] = sum / 27;
          }
    return result;
  },
};
