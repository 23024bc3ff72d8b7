import { asFeatures, fault, sizeOf, type Layer } from './layer.ts';

export const gather3d: Layer<'gather3d'> = {
  shape(node, [values, ...indices]) {
    const [channels] = asFeatures(node, values);
    if (indices.length !== 3 || indices.some((shape) => shape.length !== 1)) {
      throw fault(node, 'expects three index vectors');
    }
    return [channels, ...indices.map(([length]) => length)];
  },

  /** @throws RangeError for an index outside the values */
  forward(node, [{ shape, data }, iz, iy, ix], out) {
    const [, ...sizes] = asFeatures(node, shape);
    [iz, iy, ix].forEach((index, axis) => {
      const outside = index.data.find((i: number) => i < 0 || i >= sizes[axis]);
      if (outside !== undefined) throw new RangeError(`gather3d ${node.name}: index ${outside} of ${sizes[axis]}`);
    });
    const [depth, rows, columns] = sizes;
    const [channels, d, h, w] = out;
    const result = new Float32Array(sizeOf(out));
    let at = 0;
    for (let c = 0; c < channels; c++)
      for (let z = 0; z < d; z++)
        for (let y = 0; y < h; y++) {
          const row = ((c * depth + iz.data[z]) * rows + iy.data[y]) * columns;
          for (let x = 0; x < w; x++) result[at++] = data[row + ix.data[x]];
        }
    return result;
  },
};
