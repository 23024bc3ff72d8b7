import { asFeatures, expectShape, fault, sizeOf, type Layer } from './layer.ts';

export const conv3d: Layer<'conv3d'> = {
  shape(node, inputs, parameterShape) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    const { kernel, stride, pad } = node;
    const weight = parameterShape(node.weight);
    if (weight[1] !== channels) throw fault(node, `weight expects ${weight[1]} channels, input has ${channels}`);
    expectShape(node, 'weight', weight, [weight[0], channels, kernel, kernel, kernel]);
    if (node.bias) expectShape(node, 'bias', parameterShape(node.bias), [weight[0]]);
    return [weight[0], ...sizes.map((size) => Math.floor((size + 2 * pad - kernel) / stride) + 1)];
  },

  /** Output voxels of one channel are summed together, one weight after the other: a weight's inputs lie in rows. */
  forward(node, [{ shape, data }], out, parameter) {
    const [channels, depth, rows, columns] = asFeatures(node, shape);
    const [outChannels, ...outSizes] = out;
    const { kernel, stride, pad } = node;
    const weight = parameter(node.weight).data;
    const bias = node.bias ? parameter(node.bias).data : null;
    const voxels = sizeOf(outSizes);
    const result = new Float32Array(outChannels * voxels);
    const sum = new Float64Array(voxels);
    let tap = 0;
    for (let to = 0; to < outChannels; to++) {
      sum.fill(bias ? bias[to] : 0);
      for (let from = 0; from < channels; from++) {
        const input = data.subarray(from * depth * rows * columns, (from + 1) * depth * rows * columns);
        for (let tz = 0; tz < kernel; tz++)
          for (let ty = 0; ty < kernel; ty++)
            for (let tx = 0; tx < kernel; tx++) {
              const shift = [tz - pad, ty - pad, tx - pad];
              addShifted(sum, outSizes, input, [depth, rows, columns], stride, shift, weight[tap++]);
            }
      }
      result.set(sum, to * voxels);
    }
    return result;
  },
};

type Sizes = readonly number[];

/** sum[o] += weight * input[o * stride + shift], wherever that lies inside. */
function addShifted(
  sum: Float64Array,
  [d, h, w]: Sizes,
  input: Float32Array | Int32Array,
  [depth, rows, columns]: Sizes,
  stride: number,
  [sz, sy, sx]: Sizes,
  weight: number,
): void {
  const [x0, x1] = inside(w, columns, stride, sx);
  for (let z = 0; z < d; z++) {
    const iz = z * stride + sz;
    if (iz < 0 || iz >= depth) continue;
    for (let y = 0; y < h; y++) {
      const iy = y * stride + sy;
      if (iy < 0 || iy >= rows) continue;
      const at = (z * h + y) * w;
      const from = (iz * rows + iy) * columns + sx;
      for (let x = x0; x < x1; x++) sum[at + x] += weight * input[from + x * stride];
    }
  }
}

/** Outputs [first, end) whose input lies inside the row. */
function inside(outputs: number, inputs: number, stride: number, shift: number): [first: number, end: number] {
  return [Math.max(0, Math.ceil(-shift / stride)), Math.min(outputs, Math.floor((inputs - 1 - shift) / stride) + 1)];
}
