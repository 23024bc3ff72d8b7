/** Gradients of convolutions, as the operators that ONNX Runtime's CPU runs fastest (measured; docs of each). */
import { sizeOf, type OnnxBuilder, type Value } from '../../engine/onnx/onnxBuilder.ts';

/** What reaches the input. Stride 1: the same convolution with the kernel turned round and channels exchanged,
 *  6 to 14 times faster than the ConvTranspose that is left for stride 2.
 *  @param shape of the input */
export function convInputGradient(
  onnx: OnnxBuilder,
  shape: readonly number[],
  weight: Value,
  gradient: Value,
  stride: number,
  pad: number,
): Value {
  const [to, from, k] = weight.shape;
  if (stride === 1) {
    const taps = k ** 3;
    const turned = onnx.gather(onnx.reshape(weight, [to, from, taps]), onnx.integers(range(taps).reverse()), 2);
    const exchanged = onnx.reshape(onnx.transpose(turned, [1, 0, 2]), [from, to, k, k, k]);
    return onnx.conv(gradient, exchanged, { pads: Array<number>(6).fill(k - 1 - pad) });
  }
  // Rows at the end that no output has seen: ConvTranspose has to be told of them.
  const unseen = [2, 3, 4].map((axis) => shape[axis] - ((gradient.shape[axis] - 1) * stride + k - 2 * pad));
  return onnx.apply('ConvTranspose', [gradient, weight], shape, {
    kernel_shape: [k, k, k],
    strides: [stride, stride, stride],
    pads: Array<number>(6).fill(pad),
    output_padding: unseen,
  });
}

/** What reaches the kernel of a 1^3 convolution, stride 1: one matrix product over all voxels.
 *  @returns [out, in] */
export function pointwiseWeightGradient(onnx: OnnxBuilder, x: Value, gradient: Value): Value {
  const [from, to] = [x.shape[1], gradient.shape[1]];
  const voxels = sizeOf(x.shape.slice(2));
  const rows = onnx.reshape(gradient, [to, voxels]);
  return onnx.apply('Gemm', [rows, onnx.reshape(x, [from, voxels])], [to, from], { transB: 1 });
}

/** What reaches the kernel. Two forms, the faster by size (16 x 64 x 64 voxels and above: the first).
 *  @param weightShape [out, in, k, k, k] */
export function convWeightGradient(
  onnx: OnnxBuilder,
  x: Value,
  weightShape: readonly number[],
  gradient: Value,
  stride: number,
  pad: number,
): Value {
  if (weightShape[2] > 1 && sizeOf(gradient.shape.slice(2)) >= finestVoxels) {
    return byConvolution(onnx, x, weightShape, gradient, stride, pad);
  }
  return byTaps(onnx, x, weightShape, gradient, stride, pad);
}

const finestVoxels = 150_000;

/** The gradient is the kernel that slides over the input: batch and channels change places, stride becomes
 *  dilation, and the end padding makes exactly k positions. */
function byConvolution(
  onnx: OnnxBuilder,
  x: Value,
  [to, from, k]: readonly number[],
  gradient: Value,
  stride: number,
  pad: number,
): Value {
  const ends = [2, 3, 4].map((axis) => k - 1 + (gradient.shape[axis] - 1) * stride + 1 - x.shape[axis] - pad);
  const swap = [1, 0, 2, 3, 4];
  const sums = onnx.conv(onnx.transpose(x, swap), onnx.transpose(gradient, swap), {
    dilation: stride,
    pads: [pad, pad, pad, ...ends],
  });
  if (sums.shape.join() !== [from, to, k, k, k].join()) throw new Error(`kernel gradient came out as [${sums.shape}]`);
  return onnx.transpose(sums, swap);
}

/** For each of the kernel's taps, the input shifted by it against the gradient: one matrix product a tap. */
function byTaps(
  onnx: OnnxBuilder,
  x: Value,
  [to, from, k]: readonly number[],
  gradient: Value,
  stride: number,
  pad: number,
): Value {
  const sizes = gradient.shape.slice(2);
  const needed = sizes.map((size) => (size - 1) * stride + k);
  const after = needed.map((size, axis) => Math.max(0, size - x.shape[axis + 2] - pad));
  const padded = pad + Math.max(...after) > 0 ? onnx.pad(x, [0, 0, pad, pad, pad], [0, 0, ...after]) : x;
  const shifted = (tap: readonly number[]) => onnx.window(padded, tap, sizes, stride);
  const taps = range(k ** 3).map((tap) => [Math.floor(tap / k ** 2), Math.floor(tap / k) % k, tap % k]);
  const products = taps.map((tap) => pointwiseWeightGradient(onnx, shifted(tap), gradient));
  const stacked = onnx.concat(
    products.map((product) => onnx.reshape(product, [to, from, 1])),
    2,
  );
  return onnx.reshape(stacked, [to, from, k, k, k]);
}

const range = (length: number) => Array.from({ length }, (_, i) => i);
