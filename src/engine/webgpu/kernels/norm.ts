/** Norms in two steps: every workgroup sums up a stretch of voxels as (mean, sum of squared deviations, count) a
 *  channel, then one workgroup a group merges these (Chan et al. 1979) and writes the table that readers apply.
 *  Deviations are taken from a value of the stretch itself: plain sums of squares lose everything on a large mean. */
import { blocksOf, elementOf, lanesOf } from '../layout.ts';
import { float, int, kernel, reads, threads, times, writes, type Kernel } from './kernel.ts';
import { noFloor, operandBindings, operandCode, type Operand } from './operand.ts';

const voxelsPerThread = 16;
export const chunksOf = (voxels: number) => Math.ceil(voxels / (threads * voxelsPerThread));
/** vec4f of a block's partial results. */
export const partialRows = 3;

const merge = `
struct Moments { mean: VALUE, squares: VALUE, count: f32 }
fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  if (count == 0.0) { return a; }
  let delta = b.mean - a.mean;
  let share = b.count / count;
  return Moments(a.mean + delta * share, a.squares + b.squares + delta * delta * (a.count * share), count);
}
var<workgroup> shared_moments: array<Moments, ${threads}>;
fn mergeAll(local: u32) {
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) { shared_moments[local] = merged(shared_moments[local], shared_moments[local + half]); }
  }
  workgroupBarrier();
}`;
const mergeOf = (type: 'f32' | 'vec4f') => merge.replaceAll('VALUE', type);

/** Binds: values, partial results [block][chunk][mean, squares, count]. */
export function momentsKernel(channels: number, voxels: number): Kernel {
  const chunks = chunksOf(voxels);
  const wide = lanesOf(channels) === 4;
  return kernel({
    label: `moments ${lanesOf(channels)}`,
    bindings: [reads('x0', elementOf(channels)), writes('partial', 'vec4f')],
    params: [int('voxels', voxels), int('chunks', chunks)],
    code: `${mergeOf('vec4f')}
fn value(at: i32) -> vec4f { return ${wide ? 'x0[at]' : 'vec4f(x0[at], 0.0, 0.0, 0.0)'}; }
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let chunk = i32(workgroup.x);
  let block = i32(workgroup.y);
  let first = chunk * ${threads * voxelsPerThread} + i32(local);
  var moments = Moments(vec4f(), vec4f(), 0.0);
  if (first < p.voxels) {
    let origin = value(block * p.voxels + first);
    var sum = vec4f();
    var squares = vec4f();
    var count = 0.0;
    for (var k = 0; k < ${voxelsPerThread}; k++) {
      let voxel = first + k * ${threads};
      if (voxel >= p.voxels) { break; }
      let deviation = value(block * p.voxels + voxel) - origin;
      sum += deviation;
      squares += deviation * deviation;
      count += 1.0;
    }
    moments = Moments(origin + sum / count, max(squares - sum * sum / count, vec4f()), count);
  }
  shared_moments[local] = moments;
  mergeAll(local);
  if (local == 0u) {
    let at = (block * p.chunks + chunk) * ${partialRows};
    partial[at] = shared_moments[0].mean;
    partial[at + 1] = shared_moments[0].squares;
    partial[at + 2] = vec4f(shared_moments[0].count);
  }
}`,
    workgroups: [chunks, blocksOf(channels), 1],
  });
}

/** Binds: partial results, weight [C], bias [C], the table. Lanes behind the last channel become zero.
 *  @param cutsAtZero a ReLU follows */
export function normTableKernel(channels: number, chunks: number, groups: number, cutsAtZero: boolean): Kernel {
  return kernel({
    label: 'norm table',
    bindings: [reads('partial', 'f32'), reads('weight', 'f32'), reads('bias', 'f32'), writes('table', 'f32')],
    params: [
      ...[int('channels', channels), int('chunks', chunks), int('perGroup', channels / groups)],
      ...[float('floor', cutsAtZero ? 0 : noFloor), float('epsilon', 1e-5)],
    ],
    code: `${mergeOf('f32')}
fn write(channel: i32, scale: f32, shift: f32) {
  let at = (channel / 4) * ${4 * partialRows} + channel % 4;
  table[at] = scale;
  table[at + 4] = shift;
  table[at + 8] = p.floor;
}
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = i32(workgroup.x) * p.perGroup;
  var moments = Moments(0.0, 0.0, 0.0);
  for (var item = i32(local); item < p.perGroup * p.chunks; item += ${threads}) {
    let channel = first + item / p.chunks;
    let at = ((channel / 4) * p.chunks + item % p.chunks) * ${4 * partialRows} + channel % 4;
    moments = merged(moments, Moments(partial[at], partial[at + 4], partial[at + 8]));
  }
  shared_moments[local] = moments;
  mergeAll(local);
  let all = shared_moments[0];
  let deviation = inverseSqrt(all.squares / all.count + p.epsilon);
  for (var channel = first + i32(local); channel < first + p.perGroup; channel += ${threads}) {
    let scale = weight[channel] * deviation;
    write(channel, scale, bias[channel] - all.mean * scale);
  }
  let filled = (p.channels + 3) / 4 * 4;
  if (first + p.perGroup == p.channels && p.channels + i32(local) < filled) { write(p.channels + i32(local), 0.0, 0.0); }
}`,
    workgroups: [groups, 1, 1],
  });
}

/** Mean of each channel, to a place in a vector. Binds: values (and table), the vector. */
export function globalAverageKernel(source: Operand, voxels: number, offset: number): Kernel {
  const lanes = lanesOf(source.channels);
  const type = elementOf(source.channels);
  return kernel({
    label: 'global average',
    bindings: [...operandBindings('x0', source), writes('y0', 'f32')],
    params: [int('voxels', voxels), int('channels', source.channels), int('offset', offset)],
    code: `${operandCode('x0', source)}
var<workgroup> sums: array<${type}, ${threads}>;
@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let block = i32(workgroup.x);
  var sum = ${type}();
  // Short runs are summed apart: one long sum in f32 would lose the last digits.
  for (var first = i32(local); first < p.voxels; first += ${threads * 64}) {
    var run = ${type}();
    for (var voxel = first; voxel < min(first + ${threads * 64}, p.voxels); voxel += ${threads}) {
      run += load_x0(block * p.voxels + voxel, block);
    }
    sum += run;
  }
  sums[local] = sum;
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (local < half) { sums[local] += sums[local + half]; }
  }
  if (local == 0u) {
    let mean = sums[0] / f32(p.voxels);
    ${times(lanes, (l) => `if (4 * block + ${l} < p.channels) { y0[p.offset + 4 * block + ${l}] = mean${lanes === 1 ? '' : `[${l}]`}; }`)}
  }
}`,
    workgroups: [blocksOf(source.channels), 1, 1],
  });
}
