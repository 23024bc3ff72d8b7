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

/** What reaches the kernel.
 *  @param weightShape [out, in, k, k, k] */
export function convWeightGradient(
  onnx: OnnxBuilder,
  x: Value,
  weightShape: readonly number[],
  gradient: Value,
  stride: number,
  pad: number,
): Value {
  const k = weightShape[2];
  const sizes = gradient.shape.slice(2);
  const needed = sizes.map((size) => (size - 1) * stride + k);
  const after = needed.map((size, axis) => Math.max(0, size - x.shape[axis + 2] - pad));
  const padded = pad + Math.max(...after) > 0 ? onnx.pad(x, [0, 0, pad, pad, pad], [0, 0, ...after]) : x;
  return stride === 1 && k === 3
    ? byRows(onnx, padded, weightShape, gradient)
    : byTaps(onnx, padded, weightShape, gradient, stride);
}

/** For each of the kernel's taps, the input shifted by it against the gradient: one matrix product a tap. */
function byTaps(
  onnx: OnnxBuilder,
  padded: Value,
  [to, from, k]: readonly number[],
  gradient: Value,
  stride: number,
): Value {
  const sizes = gradient.shape.slice(2);
  const taps = range(k ** 3).map((tap) => [Math.floor(tap / k ** 2), Math.floor(tap / k) % k, tap % k]);
  const products = taps.map((tap) => {
    const shifted = onnx.window(padded, tap, sizes, stride);
    return onnx.reshape(pointwiseWeightGradient(onnx, shifted, gradient), [1, to, from]);
  });
  return fromTaps(onnx, products, [to, from, k]);
}

/** The same for stride 1 with a third of the copies: the shift along the rows moves the gradient instead, three
 *  times stacked, and whole rows of the input are taken. A convolution with the gradient as kernel does the same
 *  sums at a third of the speed. */
function byRows(onnx: OnnxBuilder, padded: Value, [to, from, k]: readonly number[], gradient: Value): Value {
  const [d, h, w] = gradient.shape.slice(2);
  const shifted = range(k).map((x) => onnx.pad(gradient, [0, 0, 0, 0, x], [0, 0, 0, 0, k - 1 - x]));
  const stacked = onnx.concat(shifted, 1); // [1, k to, d, h, w + k - 1]
  const products = range(k ** 2).map((tap) => {
    const rows = onnx.window(padded, [Math.floor(tap / k), tap % k, 0], [d, h, w + k - 1], 1);
    return onnx.reshape(pointwiseWeightGradient(onnx, rows, stacked), [k, to, from]);
  });
  return fromTaps(onnx, products, [to, from, k]);
}

/** Matrices [taps, out, in] in the order of the taps, to a kernel. */
function fromTaps(onnx: OnnxBuilder, products: readonly Value[], [to, from, k]: readonly number[]): Value {
  return onnx.reshape(onnx.transpose(onnx.concat(products, 0), [1, 2, 0]), [to, from, k, k, k]);
}

const range = (length: number) => Array.from({ length }, (_, i) => i);
