/** Weights in the order in which the kernels read them; two exact rewritings of them (network description, section
 *  10), computed once when a graph is prepared. */
import type { Parameter } from '../../network/graph.ts';
import { outBlocksPerThread, outGroups, weightCount, type Blocking, type ConvSource } from './kernels/conv3d.ts';
import { blocksOf, lanesOf } from './layout.ts';

/** Writes what a convolution reads from one source: see `weightCount` for the order.
 *  @param taps of the source: k^3, or 64 for a coarse one (its parities z, y with 2 x 2 taps; parity x with 2)
 *  @param weight of output channel, channel of the source, tap in the order of the layout */
function packSource(
  source: ConvSource,
  taps: number,
  outChannels: number,
  blocking: Blocking,
  weight: (to: number, from: number, tap: number) => number,
): Float32Array {
  const lanes = lanesOf(source.channels);
  const outBlocks = outBlocksPerThread(outChannels, blocking);
  const blocks = blocksOf(source.channels);
  const packed = new Float32Array(4 * weightCount(source, taps, outChannels, blocking));
  // A coarse source's parities stand outside its blocks, everything else inside.
  const outside = source.isCoarse ? 4 : 1;
  const inside = (source.isCoarse ? 64 : taps) / outside;
  let at = 0;
  for (let group = 0; group < outGroups(outChannels, blocking); group++)
    for (let slab = 0; slab < outside; slab++)
      for (let block = 0; block < blocks; block++)
        for (let tap = 0; tap < inside; tap++)
          for (let lane = 0; lane < lanes; lane++)
            for (let to = 0; to < 4 * outBlocks; to++, at++) {
              const channel = group * 4 * outBlocks + to;
              const from = block * 4 + lane;
              if (channel < outChannels && from < source.channels) {
                packed[at] = weight(channel, from, slab * inside + tap);
              }
            }
  return packed;
}

/** @param weight [out, in, k, k, k]
 *  @param first of the weight's input channels that belong to this source */
export function packConv(
  source: ConvSource,
  first: number,
  { shape, data }: Parameter,
  blocking: Blocking,
): Float32Array {
  const [outChannels, from, k] = shape;
  const taps = k ** 3;
  return packSource(source, taps, outChannels, blocking, (to, c, tap) => data[(to * from + first + c) * taps + tap]);
}

/** @param kernel as `foldUpsampling` gives it, [out, in, 64] */
export function packCoarse(
  source: ConvSource,
  kernel: Float32Array,
  outChannels: number,
  blocking: Blocking,
): Float32Array {
  return packSource(source, 64, outChannels, blocking, (to, c, tap) => kernel[(to * source.channels + c) * 64 + tap]);
}

/** Values of a vector, filled up to whole blocks. */
export function padded(values: ArrayLike<number>): Float32Array {
  const blocks = new Float32Array(4 * blocksOf(values.length));
  blocks.set(values);
  return blocks;
}

/** Weight [in, out, 2, 2, 2] as the transposed convolution reads it: [block in][parity][lane][out]. */
export function packTranspose({ shape, data }: Parameter): Float32Array {
  const [from, to] = shape;
  const lanes = lanesOf(from);
  const filled = 4 * blocksOf(to);
  const packed = new Float32Array(blocksOf(from) * 8 * lanes * filled);
  for (let c = 0; c < from; c++)
    for (let parity = 0; parity < 8; parity++)
      for (let o = 0; o < to; o++) {
        packed[((Math.floor(c / lanes) * 8 + parity) * lanes + (c % lanes)) * filled + o] =
          data[(c * to + o) * 8 + parity];
      }
  return packed;
}

/** A 1^3 kernel [between, in] and the one behind it [out, between, k, k, k], without biases, as one. */
export function foldPointwiseKernel(first: Parameter, second: Parameter): Parameter {
  const [between, from] = first.shape;
  const [to, , k] = second.shape;
  const taps = k ** 3;
  const data = new Float32Array(to * from * taps);
  for (let o = 0; o < to; o++)
    for (let c = 0; c < from; c++)
      for (let tap = 0; tap < taps; tap++) {
        let sum = 0;
        for (let m = 0; m < between; m++) sum += second.data[(o * between + m) * taps + tap] * first.data[m * from + c];
        data[(o * from + c) * taps + tap] = sum;
      }
  return { shape: [to, from, k, k, k], data };
}

/** A tap t = 0, 1, 2 of a 3-wide kernel at an output voxel of parity p reads the upsampled voxel 2 i + p + t - 1. That
 *  one was made by the transposed kernel's tap `made` from the coarse voxel i + s - 1 + p. */
const made = (p: number, t: number) => (p + t + 1) % 2;
const coarseTap = (p: number, t: number) => (t + 1 - p) >> 1;

/** A transposed convolution (2, stride 2) and the 3^3 one behind it as 2^3 taps on the coarse input, for each parity of
 *  output voxels.
 *  @param up [in, between, 2, 2, 2]
 *  @param weight [out, all, 3, 3, 3], whose first `between` input channels are what `up` makes
 *  @returns [out, in, 64]: taps in the order parity z, y, tap z, y, parity x, tap x */
export function foldUpsampling(up: Parameter, weight: Parameter): Float32Array {
  const [from, between] = up.shape;
  const [to, all] = weight.shape;
  // Both with the summed axis last.
  const ups = new Float64Array(8 * from * between);
  for (let c = 0; c < from; c++)
    for (let m = 0; m < between; m++)
      for (let q = 0; q < 8; q++) ups[(q * from + c) * between + m] = up.data[(c * between + m) * 8 + q];
  const taps = new Float64Array(27 * to * between);
  for (let o = 0; o < to; o++)
    for (let m = 0; m < between; m++)
      for (let t = 0; t < 27; t++) taps[(t * to + o) * between + m] = weight.data[(o * all + m) * 27 + t];

  const kernel = new Float64Array(to * from * 64);
  for (let parity = 0; parity < 8; parity++) {
    const [pz, py, px] = [parity >> 2, (parity >> 1) & 1, parity & 1];
    for (let tap = 0; tap < 27; tap++) {
      const [tz, ty, tx] = [Math.floor(tap / 9), Math.floor(tap / 3) % 3, tap % 3];
      const q = made(pz, tz) * 4 + made(py, ty) * 2 + made(px, tx);
      const [sz, sy, sx] = [coarseTap(pz, tz), coarseTap(py, ty), coarseTap(px, tx)];
      const slot = (((pz * 2 + py) * 2 + sz) * 2 + sy) * 4 + px * 2 + sx;
      for (let o = 0; o < to; o++)
        for (let c = 0; c < from; c++) {
          let sum = 0;
          const [a, b] = [(q * from + c) * between, (tap * to + o) * between];
          for (let m = 0; m < between; m++) sum += ups[a + m] * taps[b + m];
          kernel[(o * from + c) * 64 + slot] += sum;
        }
    }
  }
  return Float32Array.from(kernel);
}

/** What the transposed convolution's bias adds behind the 3^3 one, with that one's own bias: for each of 27 places
 *  (first, inside, last along each axis), since taps outside see zero and not the bias; [27][blocks of out]. */
export function foldUpsamplingBias(upBias: Parameter, weight: Parameter, bias: Parameter | null): Float32Array {
  const [to, all] = weight.shape;
  const filled = 4 * blocksOf(to);
  const table = new Float32Array(27 * filled);
  const isInside = (place: number, t: number) => !(place === 0 && t === 0) && !(place === 2 && t === 2);
  for (let o = 0; o < to; o++) {
    const perTap = Array.from({ length: 27 }, (_, t) =>
      upBias.data.reduce((sum, value, m) => sum + value * weight.data[(o * all + m) * 27 + t], 0),
    );
    for (let place = 0; place < 27; place++) {
      const axes = (n: number) => [Math.floor(n / 9), Math.floor(n / 3) % 3, n % 3];
      const inside = (t: number) => axes(t).every((tap, axis) => isInside(axes(place)[axis], tap));
      table[place * filled + o] = perTap.reduce(
        (sum, value, t) => sum + (inside(t) ? value : 0),
        bias ? bias.data[o] : 0,
      );
    }
  }
  return table;
}
