/** How much of a convolution a thread makes. What is fastest depends on a card's registers and caches, which no
 *  browser tells of, so each card is timed once. */
import type { Graph, Parameter } from '../../network/graph.ts';
import { sizeOf } from '../../network/layers/layer.ts';
import { EngineError, type PreparedGraph } from '../contract.ts';
import type { AdapterDescription } from './adapter.ts';
import type { OwnedDevice } from './device.ts';
import type { Blocking } from './kernels/conv3d.ts';
import { relativeError } from './knownAnswer.ts';
import { createWebGpuEngine } from './webGpuEngine.ts';

/** Where nothing was timed: as many sums as fit into the registers of a thread with several others beside it. */
export const cardBlocking: Blocking = { voxels: 8, outBlocks: 2 };
/** A processor that plays a card spends its time on loads; SwiftShader is a fifth to a half faster with these. */
export const softwareBlocking: Blocking = { voxels: 16, outBlocks: 2 };
export const cardCandidates: readonly Blocking[] = [
  cardBlocking,
  { voxels: 4, outBlocks: 4 },
  { voxels: 8, outBlocks: 4 },
  softwareBlocking,
];
/** The same where a device has subgroups. */
export const sharing = (blocking: Blocking): Blocking => ({ ...blocking, sharesWeights: true });
const sharingCandidates = [sharing(cardBlocking), sharing(softwareBlocking)];
/** Another one must be faster by this, or the first stays: timings of a millisecond waver. */
const gain = 1.05;

/** What was found fastest on an adapter and passed the known answer, kept from visit to visit. */
export interface BlockingMemory {
  /** @returns whatever is there, also what an older version left; undefined if nothing is */
  read(adapter: string): Promise<unknown>;
  write(adapter: string, blocking: Blocking): Promise<void>;
}

/** @param timed costs of the candidates, tried where nothing is remembered
 *  @throws EngineError when the device fails over it */
export async function blockingFor(
  device: OwnedDevice,
  { isSoftware, name }: AdapterDescription,
  memory: BlockingMemory | null,
  timed: (device: OwnedDevice, candidates: readonly Blocking[]) => Promise<readonly number[]> = timeBlockings,
): Promise<Blocking> {
  const canShare = device.gpu.features.has('subgroups');
  if (isSoftware) return canShare ? sharing(softwareBlocking) : softwareBlocking;
  const candidates = canShare ? [...cardCandidates, ...sharingCandidates] : cardCandidates;
  const remembered = JSON.stringify(await memory?.read(name));
  const known = candidates.find((candidate) => JSON.stringify(candidate) === remembered);
  if (known) return known;
  return fastestOf(candidates, await timed(device, candidates));
}

/** Opens something with a blocking and checks it; once more with the plain one where another does not pass. Only what
 *  passed is remembered, or a card would be refused at every visit for the same blocking.
 *  @param open rejects where what it opened does not pass
 *  @throws what `open` does, where the plain one fails as well */
export async function openChecked<T>(
  blocking: Blocking,
  { isSoftware, name }: AdapterDescription,
  memory: BlockingMemory | null,
  open: (blocking: Blocking) => Promise<T>,
): Promise<T> {
  try {
    const opened = await open(blocking);
    if (!isSoftware) await memory?.write(name, blocking);
    return opened;
  } catch (error) {
    // A device that is lost says so again at once.
    if (!(error instanceof EngineError) || isSoftware || blocking === cardBlocking) throw error;
    return openChecked(cardBlocking, { isSoftware, name }, memory, open);
  }
}

export function fastestOf(candidates: readonly Blocking[], costs: readonly number[]): Blocking {
  const least = Math.min(...costs);
  return least * gain < costs[0] ? candidates[costs.indexOf(least)] : candidates[0];
}

const [from, between, to] = [16, 16, 32];
const sizes = [16, 64, 64] as const;

/** Convolutions of both strides, of the channels and rows that lite has most of. */
function work(): { graph: Graph; weights: Map<string, Parameter>; x: Float32Array } {
  const values = (count: number, size: number) => Float32Array.from({ length: count }, (_, i) => size * Math.sin(i));
  const kernelOf = (out: number, into: number): Parameter => {
    const shape = [out, into, 3, 3, 3];
    return { shape, data: values(sizeOf(shape), 0.1) };
  };
  const graph: Graph = {
    name: 'timing',
    inputs: [{ name: 'x', shape: [from, ...sizes], type: 'float32' }],
    nodes: [
      { kind: 'conv3d', name: 'even', inputs: ['x'], kernel: 3, stride: 1, pad: 1, weight: 'a' },
      { kind: 'conv3d', name: 'half', inputs: ['even'], kernel: 3, stride: 2, pad: 1, weight: 'b' },
    ],
    outputs: ['half'],
  };
  const weights = new Map([
    ['a', kernelOf(between, from)],
    ['b', kernelOf(to, between)],
  ]);
  return { graph, weights, x: values(from * sizeOf(sizes), 1) };
}

/** Blockings add up in the same order, so that only a driver's own liberties are between them. */
const mostError = 1e-4;

/** @returns milliseconds of each candidate for the same work, the least of `rounds`, in turn; Infinity for one that the
 *    driver refuses or that does not give what the first gives: the others are still good
 *  @throws EngineError where the first fails, or the device */
export async function timeBlockings(
  device: OwnedDevice,
  candidates: readonly Blocking[],
  { rounds, runsMs } = { rounds: 3, runsMs: 15 },
): Promise<number[]> {
  const { graph, weights, x } = work();
  const input = { x: { shape: [from, ...sizes], data: x } };
  const prepare = async (blocking: Blocking): Promise<PreparedGraph | null> => {
    try {
      // The engine is not disposed: that would close the device.
      return await createWebGpuEngine(device, 'timing', blocking).prepare(graph, weights);
    } catch (error) {
      device.check();
      if (blocking === candidates[0] || !(error instanceof EngineError)) throw error;
      return null;
    }
  };
  const prepared = await Promise.all(candidates.map(prepare));
  const timeOf = async (one: PreparedGraph, runs: number): Promise<{ ms: number; values: Float32Array }> => {
    const start = performance.now();
    let last = (await one.run(input)).half;
    for (let i = 1; i < runs; i++) {
      last.dispose();
      last = (await one.run(input)).half;
    }
    const values = await last.read();
    last.dispose();
    return { ms: (performance.now() - start) / runs, values };
  };
  try {
    // The first run of each warms up, and tells how many make a time that can be measured.
    const first: (Awaited<ReturnType<typeof timeOf>> | null)[] = [];
    for (const one of prepared) first.push(one && (await timeOf(one, 1)));
    const [expected] = first;
    const good = prepared.map((one, i) => {
      const found = first[i];
      return one && found && expected && relativeError(found.values, expected.values) <= mostError ? one : null;
    });
    const quickest = Math.min(...first.map((run) => run?.ms ?? Infinity));
    const runs = Math.max(1, Math.min(20, Math.round(runsMs / quickest)));
    const least = good.map(() => Infinity);
    for (let round = 0; round < rounds; round++) {
      for (const [i, one] of good.entries()) if (one) least[i] = Math.min(least[i], (await timeOf(one, runs)).ms);
    }
    return least;
  } finally {
    for (const one of prepared) one?.dispose();
  }
}
