import type { TensorShape } from '../graph.ts';
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

  /** Output voxels of one channel are summed together, a row of the kernel at a time, over an input that is padded
   *  first, so that no border needs a thought. */
  forward(node, [{ shape, data }], out, parameter) {
    const [channels, depth, rows, columns] = asFeatures(node, shape);
    const [outChannels, d, h, w] = out;
    const { kernel, stride, pad } = node;
    const padded = padInput(data, [channels, depth, rows, columns], pad);
    const [, paddedRows, paddedColumns] = [depth, rows, columns].map((size) => size + 2 * pad);
    const planeOf = (from: number, z: number) => from * (depth + 2 * pad) + z;
    const weight = parameter(node.weight).data;
    const bias = node.bias ? parameter(node.bias).data : null;
    const result = new Float32Array(sizeOf(out));
    const sum = new Float64Array(d * h * w);
    let tap = 0;
    for (let to = 0; to < outChannels; to++) {
      sum.fill(bias ? bias[to] : 0);
      for (let from = 0; from < channels; from++)
        for (let tz = 0; tz < kernel; tz++)
          for (let ty = 0; ty < kernel; ty++, tap += kernel) {
            const taps = weight.subarray(tap, tap + kernel);
            for (let z = 0; z < d; z++)
              for (let y = 0; y < h; y++) {
                const row = planeOf(from, z * stride + tz) * paddedRows + y * stride + ty;
                addRow(sum, (z * h + y) * w, w, taps, padded, row * paddedColumns, stride);
              }
          }
      result.set(sum, to * sum.length);
    }
    return result;
  },
};

/** The input with `pad` zeros around it along depth, rows and columns. */
function padInput(data: Float32Array | Int32Array, shape: TensorShape, pad: number): Float64Array {
  const [channels, depth, rows, columns] = shape;
  const [d, h, w] = [depth + 2 * pad, rows + 2 * pad, columns + 2 * pad];
  const padded = new Float64Array(channels * d * h * w);
  for (let c = 0; c < channels; c++)
    for (let z = 0; z < depth; z++)
      for (let y = 0; y < rows; y++) {
        const from = ((c * depth + z) * rows + y) * columns;
        padded.set(data.subarray(from, from + columns), ((c * d + z + pad) * h + y + pad) * w + pad);
      }
  return padded;
}

/** sum[at + x] += the taps times what lies under them, for a row of outputs. */
function addRow(
  sum: Float64Array,
  at: number,
  length: number,
  taps: Float32Array,
  input: Float64Array,
  from: number,
  stride: number,
): void {
  if (taps.length === 1) {
    const [tap] = taps;
    for (let x = 0, i = from; x < length; x++, i += stride) sum[at + x] += tap * input[i];
    return;
  }
  const [left, middle, right] = taps;
  for (let x = 0, i = from; x < length; x++, i += stride) {
    sum[at + x] += left * input[i] + middle * input[i + 1] + right * input[i + 2];
  }
}
