/** Kernels that do little work: pools, sums, copies. */
import { blocksOf, elementOf, lanesOf } from '../layout.ts';
import { float, int, perElement, reads, times, writes, type Kernel } from './kernel.ts';
import { operandBindings, operandCode, operandLabel, type Operand } from './operand.ts';

type Sizes = readonly [depth: number, rows: number, columns: number];
const voxelsOf = ([depth, rows, columns]: Sizes) => depth * rows * columns;

/** Where thread `i` writes, as block, z, y, x of an output of the given size. */
const position = `
  let x = i % p.columns;
  let y = (i / p.columns) % p.rows;
  let z = (i / (p.columns * p.rows)) % p.depth;
  let block = i / (p.columns * p.rows * p.depth);`;
const sizeParams = ([depth, rows, columns]: Sizes) => [int('depth', depth), int('rows', rows), int('columns', columns)];
const fromParams = ([depth, rows, columns]: Sizes) => [
  int('fromDepth', depth),
  int('fromRows', rows),
  int('fromColumns', columns),
];

/** Kernel 2, stride 2. Binds: values (and table), the output. */
export function maxPoolKernel(source: Operand, from: Sizes, out: Sizes): Kernel {
  const at = (dz: number, dy: number, dx: number) =>
    `load_x0(((block * p.fromDepth + 2 * z + ${dz}) * p.fromRows + 2 * y + ${dy}) * p.fromColumns + 2 * x + ${dx}, block)`;
  const taps = [0, 1].flatMap((dz) => [0, 1].flatMap((dy) => [0, 1].map((dx) => at(dz, dy, dx))));
  return perElement(blocksOf(source.channels) * voxelsOf(out), {
    label: `max pool ${operandLabel(source)}`,
    bindings: [...operandBindings('x0', source), writes('y0', elementOf(source.channels))],
    params: [...sizeParams(out), ...fromParams(from)],
    code: operandCode('x0', source),
    body: `${position}
  y0[i] = ${taps.reduce((a, b) => `max(${a},\n    ${b})`)};`,
  });
}

/** Kernel 3, stride 1, pad 1, always divides by 27. A thread makes a run of voxels of a row, whose sums over rows and
 *  slices they share. Binds: values (and table), the output. */
export function averagePoolKernel(source: Operand, size: Sizes): Kernel {
  const run = 8;
  const type = elementOf(source.channels);
  const tiles = Math.ceil(size[2] / run);
  return perElement(blocksOf(source.channels) * size[0] * size[1] * tiles, {
    label: `average pool ${operandLabel(source)}`,
    bindings: [...operandBindings('x0', source), writes('y0', type)],
    params: [...sizeParams(size), int('tiles', tiles)],
    code: operandCode('x0', source),
    body: `
  let x = (i % p.tiles) * ${run};
  let y = (i / p.tiles) % p.rows;
  let z = (i / (p.tiles * p.rows)) % p.depth;
  let block = i / (p.tiles * p.rows * p.depth);
  ${times(run + 2, (j) => `var v${j} = ${type}();`)}
  for (var iz = max(z - 1, 0); iz <= min(z + 1, p.depth - 1); iz++) {
    for (var iy = max(y - 1, 0); iy <= min(y + 1, p.rows - 1); iy++) {
      let row = ((block * p.depth + iz) * p.rows + iy) * p.columns;
      ${times(run + 2, (j) => `if (x + ${j} >= 1 && x + ${j} <= p.columns) { v${j} += load_x0(row + x + ${j - 1}, block); }`)}
    }
  }
  let row = ((block * p.depth + z) * p.rows + y) * p.columns + x;
  ${times(run, (j) => `if (x + ${j} < p.columns) { y0[row + ${j}] = (v${j} + v${j + 1} + v${j + 2}) / 27.0; }`)}`,
  });
}

export interface Summand extends Operand {
  /** Nearest: one voxel stands for factor^3 of the output. */
  readonly upsample: number;
  readonly factor: number;
}

/** Sum of operands times numbers, upsampled on read; or, of two channels, the softmax of that sum's second one.
 *  Binds: each operand (and its table), the output. */
export function weightedSumKernel(summands: readonly Summand[], out: Sizes, isSoftmax: boolean): Kernel {
  const [{ channels }] = summands;
  const term = ({ upsample }: Summand, s: number) => {
    const at =
      upsample === 1
        ? 'i'
        : `((block * (p.depth / ${upsample}) + z / ${upsample}) * (p.rows / ${upsample}) + y / ${upsample}) * (p.columns / ${upsample}) + x / ${upsample}`;
    return `p.factor${s} * load_x${s}(${at}, block)`;
  };
  // Of two channels, softmax is the logistic function of their difference: no power overflows to infinity over
  // infinity, exp(large) gives 1 / infinity = 0.
  const result = isSoftmax ? '1.0 / (1.0 + exp(sum.x - sum.y))' : 'sum';
  return perElement(blocksOf(channels) * voxelsOf(out), {
    label: `${isSoftmax ? 'softmax of ' : ''}sum ${summands.map((summand) => operandLabel(summand) + (summand.upsample > 1 ? ` up ${summand.upsample}` : '')).join('+')}`,
    bindings: [
      ...summands.flatMap((summand, s) => operandBindings(`x${s}`, summand)),
      writes('y0', isSoftmax ? 'f32' : elementOf(channels)),
    ],
    params: [...sizeParams(out), ...summands.map(({ factor }, s) => float(`factor${s}`, factor))],
    code: summands.map((summand, s) => operandCode(`x${s}`, summand)).join(''),
    body: `${position}
  let sum = ${summands.map(term).join(' + ')};
  y0[i] = ${result};`,
  });
}

/** Channels [from, to) of the sources laid end to end, in whole blocks. Binds: each source (and table), the output. */
export function pickChannelsKernel(
  sources: readonly Operand[],
  voxels: number,
  [from, to]: readonly [number, number],
): Kernel {
  const outChannels = to - from;
  const outLanes = lanesOf(outChannels);
  let end = 0;
  const ends = sources.map(({ channels }) => (end += channels));
  const one = (s: number) => {
    const start = s === 0 ? '0' : `p.end${s - 1}`;
    const value = `load_x${s}(((channel - ${start}) / 4) * p.voxels + voxel, (channel - ${start}) / 4)`;
    return `if (channel < p.end${s}) { return ${value}${lanesOf(sources[s].channels) === 1 ? '' : `[(channel - ${start}) % 4]`}; }`;
  };
  const lane = (l: number) => `pick(4 * block + ${l}, voxel)`;
  return perElement(blocksOf(outChannels) * voxels, {
    label: `channels ${sources.map(operandLabel).join('+')}`,
    bindings: [
      ...sources.flatMap((source, s) => operandBindings(`x${s}`, source)),
      writes('y0', elementOf(outChannels)),
    ],
    params: [
      ...[int('voxels', voxels), int('firstChannel', from), int('endChannel', to)],
      ...ends.map((value, s) => int(`end${s}`, value)),
    ],
    code: `${sources.map((source, s) => operandCode(`x${s}`, source)).join('')}
fn pick(wanted: i32, voxel: i32) -> f32 {
  let channel = wanted + p.firstChannel;
  if (channel >= p.endChannel) { return 0.0; }
  ${sources.map((_, s) => one(s)).join('\n  ')}
  return 0.0;
}`,
    body: `
  let voxel = i % p.voxels;
  let block = i / p.voxels;
  y0[i] = ${outLanes === 1 ? lane(0) : `vec4f(${times(4, lane, ', ')})`};`,
  });
}

/** Binds: values (and table), indices along depth, rows, columns, the output. */
export function gatherKernel(source: Operand, from: Sizes, out: Sizes): Kernel {
  return perElement(blocksOf(source.channels) * voxelsOf(out), {
    label: `gather ${operandLabel(source)}`,
    bindings: [
      ...operandBindings('x0', source),
      ...['alongZ', 'alongY', 'alongX'].map((name) => reads(name, 'i32')),
      writes('y0', elementOf(source.channels)),
    ],
    params: [...sizeParams(out), ...fromParams(from)],
    code: operandCode('x0', source),
    body: `${position}
  y0[i] = load_x0(((block * p.fromDepth + alongZ[z]) * p.fromRows + alongY[y]) * p.fromColumns + alongX[x], block);`,
  });
}

/** Kernel 2, stride 2: every output voxel has one input voxel. Weights [block in][parity][lane][block out] of vec4f.
 *  Binds: values (and table), weights, bias, the output. */
export function convTransposeKernel(source: Operand, from: Sizes, outChannels: number): Kernel {
  const lanes = lanesOf(source.channels);
  const out = from.map((size) => 2 * size) as unknown as Sizes;
  return perElement(blocksOf(outChannels) * voxelsOf(out), {
    label: `transposed conv ${operandLabel(source)}`,
    bindings: [
      ...operandBindings('x0', source),
      ...[reads('weights', 'vec4f'), reads('bias', 'vec4f'), writes('y0', elementOf(outChannels))],
    ],
    params: [...sizeParams(out), int('blocks', blocksOf(source.channels)), int('outBlocks', blocksOf(outChannels))],
    code: operandCode('x0', source),
    body: `${position}
  let parity = (z % 2) * 4 + (y % 2) * 2 + x % 2;
  let voxel = ((z / 2) * (p.rows / 2) + y / 2) * (p.columns / 2) + x / 2;
  let voxels = (p.depth / 2) * (p.rows / 2) * (p.columns / 2);
  var sum = bias[block];
  for (var c = 0; c < p.blocks; c++) {
    let v = load_x0(c * voxels + voxel, c);
    let w = (c * 8 + parity) * ${lanes} * p.outBlocks + block;
    ${times(lanes, (l) => `sum += v${lanes === 1 ? '' : `[${l}]`} * weights[w + ${l} * p.outBlocks];`)}
  }
  y0[i] = sum${outChannels === 1 ? '.x' : ''};`,
    macs: voxelsOf(out) * source.channels * outChannels,
  });
}
