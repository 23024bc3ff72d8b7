/** Direct convolution, blocked in registers: a thread makes several voxels along a row in two blocks of four channels,
 *  so that a loaded row of voxels serves all taps along it and a loaded weight serves all those voxels. The block of output
 *  channels comes from the workgroup's number: weights are the same for all its threads, so that where threads can tell
 *  one another what they loaded (subgroups) each of four loads a quarter of them.
 *
 *  Sources are concatenated along channels without being joined in memory. A source may be one level coarser: then it
 *  stands for itself, upsampled by a transposed convolution whose weights are folded into these (fold.ts), and each
 *  of the eight parities of output voxels has 2^3 taps on it. */
import { blocksOf, elementOf, lanesOf } from '../layout.ts';
import { firstThread, int, kernel, reads, times, writes, threads, type Kernel } from './kernel.ts';
import { operandBindings, operandCode, operandLabel, type Operand } from './operand.ts';

export interface ConvSource extends Operand {
  readonly isCoarse: boolean;
}

type Sizes = readonly [depth: number, rows: number, columns: number];

export interface ConvShape {
  readonly sources: readonly ConvSource[];
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  /** Of the sources that are not coarse. */
  readonly in: Sizes;
  readonly out: Sizes;
  readonly outChannels: number;
  /** One number a channel; or one for each of 27 places (first, inside, last along each axis) and channel. */
  readonly bias: 'none' | 'channel' | 'place';
  /** This convolution's, by `blockingOf`. */
  readonly blocking: Blocking;
}

/** What one thread makes. */
export interface Blocking {
  /** Along a row; a multiple of 4. */
  readonly voxels: number;
  /** Blocks of four output channels; fewer where there are fewer. */
  readonly outBlocks: number;
  /** Four threads load a quarter of the weights each and tell the others: only on a device with `subgroups`. */
  readonly sharesWeights?: boolean;
}

/** Rows shorter than a thread's run get shorter runs; stride 2 with its many input voxels too, and more channels. Where
 *  weights are shared a shorter run can have more channels as well (docs/engines.md). */
export function blockingOf({ stride, out }: Pick<ConvShape, 'stride' | 'out'>, blocking: Blocking): Blocking {
  const longest = blocking.voxels / stride;
  let run = longest;
  while (run > 4 && run / 2 >= out[2]) run /= 2;
  const isShort = blocking.sharesWeights === true && stride === 1 && run < longest;
  return { ...blocking, voxels: run, outBlocks: blocking.outBlocks * (isShort ? 2 : stride) };
}
export const outBlocksPerThread = (outChannels: number, { outBlocks }: Blocking) =>
  Math.min(outBlocks, blocksOf(outChannels));
export const outGroups = (outChannels: number, blocking: Blocking) =>
  Math.ceil(blocksOf(outChannels) / outBlocksPerThread(outChannels, blocking));
const isParityWise = ({ sources }: Pick<ConvShape, 'sources'>) => sources.some(({ isCoarse }) => isCoarse);

/** Weights of a source as vec4f over output channels:
 *  [group][block of the source][kz][ky][kx][lane][block of the group], or for a coarse source
 *  [group][parity z, y][block][sz][sy][parity x][sx][lane][block of the group]. */
export const weightCount = (
  { channels, isCoarse }: ConvSource,
  taps: number,
  outChannels: number,
  blocking: Blocking,
) =>
  outGroups(outChannels, blocking) *
  blocksOf(channels) *
  (isCoarse ? 64 : taps) *
  lanesOf(channels) *
  outBlocksPerThread(outChannels, blocking);

/** acc[voxel] += weights * value(voxel), with a matrix from the four channels that come to the four that go:
 *  on SwiftShader up to a sixth faster than lane by lane, on lavapipe the same (docs/engines.md). */
function accumulate(
  source: ConvSource,
  voxels: readonly number[],
  value: (voxel: number) => string,
  at: number,
  shape: ConvShape,
): string {
  const lanes = lanesOf(source.channels);
  const outBlocks = outBlocksPerThread(shape.outChannels, shape.blocking);
  return times(outBlocks, (o) => {
    const weights = times(lanes, (l) => weightAt((at * lanes + l) * outBlocks + o, shape), ', ');
    const sums = voxels.map((b) => `a${b}_${o} += m * ${value(b)};`);
    return `{ let m = ${lanes === 1 ? weights : `mat4x4f(${weights})`}; ${sums.join(' ')} }`;
  });
}

/** WGSL's check does not know that all of a subgroup go the same way after `subgroupAny` and `subgroupAll`. */
const trustSubgroups = '@diagnostic(off, subgroup_uniformity) ';

/** Weight number `i` of a row that `loads` has loaded, or may be loaded now. */
const weightAt = (i: number, { blocking }: ConvShape) =>
  blocking.sharesWeights ? `quadBroadcast(w${i >> 2}, ${i & 3})` : `weights[w + ${i}]`;

/** A row of `count` voxels, zero outside the source, and where they are shared its weights. Threads that share go on
 *  together where any of them has a row to read, since each loads for the others. Conditions are joined without branches:
 *  with && in their place SwiftShader's compiler ran for minutes and took 17 GB. */
function loads(name: string, count: number, first: string, weights: number, { blocking }: ConvShape): string {
  const { sharesWeights } = blocking;
  const there = sharesWeights ? 'isInside & ' : '';
  return `
if (!${sharesWeights ? 'subgroupAny(isInside)' : 'isInside'}) { continue; }
let row = select(0, start, isInside);
${sharesWeights ? times(Math.ceil(weights / 4), (i) => `let w${i} = weights[w + ${4 * i} + quadLane];`) : ''}
${times(
  count,
  (j) => `let i${j} = ${first} + ${j};
let v${j} = select(zero_${name}, load_${name}(row + clamp(i${j}, 0, columns - 1), c), ${there}(i${j} >= 0) & (i${j} < columns));`,
)}`;
}

function fineSource(name: string, s: number, source: ConvSource, shape: ConvShape) {
  const { kernel: k, stride } = shape;
  const { voxels } = shape.blocking;
  const pad = k >> 1;
  const weights = k * lanesOf(source.channels) * outBlocksPerThread(shape.outChannels, shape.blocking);
  return `
{
  let columns = p.columns;
  for (var c = 0; c < p.blocks${s}; c++) {
    for (var kz = 0; kz < ${k}; kz++) {
      let iz = z * ${stride} + kz - ${pad};
      for (var ky = 0; ky < ${k}; ky++) {
        let iy = y * ${stride} + ky - ${pad};
        let isInside = (iz >= 0) & (iz < p.depth) & (iy >= 0) & (iy < p.rows);
        let start = ((c * p.depth + iz) * p.rows + iy) * columns;
        let w = p.weights${s} + (((group * p.blocks${s} + c) * ${k} + kz) * ${k} + ky) * ${weights};
        ${loads(name, (voxels - 1) * stride + k, `x * ${stride} - ${pad}`, weights, shape)}
        ${times(k, (kx) =>
          accumulate(
            source,
            Array.from({ length: voxels }, (_, b) => b),
            (b) => `v${b * stride + kx}`,
            kx,
            shape,
          ),
        )}
      }
    }
  }
}`;
}

/** Output voxel 2 i + parity sees the coarse voxels i + s - 1 + parity, s = 0, 1. */
function coarseSource(name: string, s: number, source: ConvSource, shape: ConvShape) {
  const run = shape.blocking.voxels / 2;
  const weights = 4 * lanesOf(source.channels) * outBlocksPerThread(shape.outChannels, shape.blocking);
  const half = (parity: number) => Array.from({ length: run }, (_, m) => 2 * m + parity);
  return `
{
  let columns = p.columns / 2;
  for (var c = 0; c < p.blocks${s}; c++) {
    for (var sz = 0; sz < 2; sz++) {
      let iz = (z >> 1) + sz - 1 + parityZ;
      for (var sy = 0; sy < 2; sy++) {
        let iy = (y >> 1) + sy - 1 + parityY;
        let isInside = (iz >= 0) & (iz < p.depth / 2) & (iy >= 0) & (iy < p.rows / 2);
        let start = ((c * (p.depth / 2) + iz) * (p.rows / 2) + iy) * columns;
        let w = p.weights${s} + ((((group * 4 + parityZ * 2 + parityY) * p.blocks${s} + c) * 2 + sz) * 2 + sy) * ${weights};
        ${loads(name, run + 2, '(x >> 1) - 1', weights, shape)}
        ${times(4, (tap) =>
          accumulate(source, half(tap >> 1), (b) => `v${(b >> 1) + (tap & 1) + (tap >> 1)}`, tap, shape),
        )}
      }
    }
  }
}`;
}

function macsOf({ sources, kernel: k, out, outChannels }: ConvShape): number {
  const taps = (source: ConvSource) => (source.isCoarse ? 8 : k ** 3);
  const perVoxel = sources.reduce((sum, source) => sum + source.channels * taps(source), 0) * outChannels;
  return out[0] * out[1] * out[2] * perVoxel;
}

/** Binds: each source (and its table), weights, bias (if any), the output. */
export function conv3dKernel(shape: ConvShape): Kernel {
  const { sources, kernel: k, stride, out, outChannels, bias } = shape;
  const [depth, rows, columns] = out;
  const { voxels, sharesWeights = false } = shape.blocking;
  const outBlocks = outBlocksPerThread(outChannels, shape.blocking);
  const groups = outGroups(outChannels, shape.blocking);
  const parityWise = isParityWise(shape);
  const tiles = Math.ceil(columns / voxels);
  const step = parityWise ? 2 : 1;
  const items = (depth / step) * (rows / step) * tiles;
  const names = sources.map((_, s) => `s${s}`);
  let base = 0;
  const bases = sources.map((source) => {
    const start = base;
    base += weightCount(source, k ** 3, outChannels, shape.blocking);
    return start;
  });

  const place = (size: string, at: string) => `select(select(1, 2, ${at} == ${size} - 1), 0, ${at} == 0)`;
  const biasAt = (b: number, o: number) =>
    ({
      none: 'vec4f()',
      channel: `bias[block + ${o}]`,
      place: `bias[(placeZY * 3 + ${place('p.outColumns', `(x + ${b})`)}) * p.outBlocks + block + ${o}]`,
    })[bias];
  const store = (b: number, o: number) =>
    `if (x + ${b} < p.outColumns && block + ${o} < p.outBlocks) { ` +
    `y0[(block + ${o}) * p.outDepth * p.outRows * p.outColumns + at + ${b}] = ` +
    `(a${b}_${o} + ${biasAt(b, o)})${outChannels === 1 ? '.x' : ''}; }`;

  return kernel({
    label: `conv ${k}^3 stride ${stride} ${sources.map((source) => `${source.isCoarse ? 'coarse ' : ''}${operandLabel(source)}`).join('+')} to ${4 * outBlocks} x ${voxels}${sharesWeights ? ' shared' : ''}`,
    usesSubgroups: sharesWeights,
    bindings: [
      ...sources.flatMap((source, s) => operandBindings(names[s], source)),
      reads('weights', 'vec4f'),
      ...(bias === 'none' ? [] : [reads('bias', 'vec4f')]),
      writes('y0', elementOf(outChannels)),
    ],
    params: [
      ...[int('depth', shape.in[0]), int('rows', shape.in[1]), int('columns', shape.in[2])],
      ...[int('outDepth', depth), int('outRows', rows), int('outColumns', columns)],
      ...[int('outBlocks', blocksOf(outChannels)), int('tiles', tiles), int('items', items), firstThread],
      ...sources.flatMap((source, s) => [int(`blocks${s}`, blocksOf(source.channels)), int(`weights${s}`, bases[s])]),
    ],
    code: `${sources.map((source, s) => `${operandCode(names[s], source)}const zero_${names[s]} = ${elementOf(source.channels)}();\n`).join('')}
${sharesWeights ? trustSubgroups : ''}@compute @workgroup_size(${threads})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(workgroup_id) workgroup: vec3u${sharesWeights ? ', @builtin(subgroup_invocation_id) lane: u32' : ''}) {
  let isSpare = i32(id.x) + p.first >= p.items;
  if (${sharesWeights ? 'subgroupAll(isSpare)' : 'isSpare'}) { return; }
  let item = min(i32(id.x) + p.first, p.items - 1);
  ${sharesWeights ? 'let quadLane = i32(lane & 3);' : ''}
  let x = (item % p.tiles) * ${voxels};
  let line = item / p.tiles;
  ${
    parityWise
      ? `let group = i32(workgroup.y) / 4;
  let parityZ = (i32(workgroup.y) / 2) % 2;
  let parityY = i32(workgroup.y) % 2;
  let z = line / (p.outRows / 2) * 2 + parityZ;
  let y = line % (p.outRows / 2) * 2 + parityY;`
      : `let group = i32(workgroup.y);
  let z = line / p.outRows;
  let y = line % p.outRows;`
  }
  let block = group * ${outBlocks};
  let at = (z * p.outRows + y) * p.outColumns + x;
  ${bias === 'place' ? `let placeZY = ${place('p.outDepth', 'z')} * 3 + ${place('p.outRows', 'y')};` : ''}
  ${times(voxels, (b) => times(outBlocks, (o) => `var a${b}_${o} = vec4f();`, ' '))}
  ${sources.map((source, s) => (source.isCoarse ? coarseSource : fineSource)(names[s], s, source, shape)).join('\n')}
  if (isSpare) { return; }
  ${times(voxels, (b) => times(outBlocks, (o) => store(b, o)))}
}`,
    workgroups: [Math.ceil(items / threads), groups * (parityWise ? 4 : 1), 1],
    macs: macsOf(shape),
  });
}
