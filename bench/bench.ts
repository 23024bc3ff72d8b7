/** `npm run bench`: what the network costs on each engine, in one run, as one table. Everything runs in this process, so
 *  that beside the clock the processor time can be read, which other work on the machine does not lengthen. On a machine
 *  with a graphics card and its Vulkan driver the same command measures the card.
 *
 *      npm run bench                 layers, a quarter of a lite patch on every engine, a whole one where that is bearable
 *      npm run bench -- --long       the whole lite patch on stock tfjs too (minutes on a software adapter)
 *      npm run bench -- --studies    whole studies in the page instead (studies.ts) */
import * as ortNode from 'onnxruntime-node';
import * as ortWeb from 'onnxruntime-web/wasm';
import { cpus } from 'node:os';
import { openDawn } from '../scripts/dawn.ts';
import type { Engine, HostTensor } from '../src/engine/contract.ts';
import { createOnnxEngine } from '../src/engine/onnx/onnxEngine.ts';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { openWebGpu } from '../src/engine/webgpu/openWebGpu.ts';
import { openTfjs } from '../src/engine/webgpu/tfjs.ts';
import { describePatch, withOutputs } from '../src/network/describe.ts';
import type { Graph, GraphInput, Parameter } from '../src/network/graph.ts';
import { seededWeights } from '../src/network/initialWeights.ts';
import { sizeOf } from '../src/network/layers/layer.ts';
import { plans, type Plan } from '../src/network/plans.ts';
import { inferShapes } from '../src/network/shapes.ts';
import { createStockTfjs } from './stockTfjs.ts';

interface Timing {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly values: Float32Array;
}

/** Best of some runs behind a first one, whose compiling does not count. */
async function time(engine: Engine, work: Work, repeats: number): Promise<Timing> {
  const prepared = await engine.prepare(work.graph, work.weights);
  const once = async () => {
    const results = Object.values(await prepared.run(work.inputs));
    // Reading waits until all is computed.
    const [values] = await Promise.all(results.map((result) => result.read()));
    for (const result of results) result.dispose();
    return values;
  };
  let best: Timing = { wallMs: Infinity, cpuMs: Infinity, values: await once() };
  for (let i = 0; i < repeats; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const values = await once();
    const { user, system } = process.cpuUsage(used);
    best = {
      wallMs: Math.min(best.wallMs, performance.now() - start),
      cpuMs: Math.min(best.cpuMs, (user + system) / 1000),
      values,
    };
  }
  prepared.dispose();
  return best;
}

interface Work {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: ReadonlyMap<string, Parameter>;
  readonly inputs: Readonly<Record<string, HostTensor>>;
}

function someInput({ shape, type }: GraphInput): HostTensor {
  if (type === 'int32') return { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i >> 2) };
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.abs(Math.sin(i))) };
}

function asWork(name: string, graph: Graph, weights: ReadonlyMap<string, Parameter>): Work {
  return {
    name,
    graph,
    weights,
    inputs: Object.fromEntries(graph.inputs.map((input) => [input.name, someInput(input)])),
  };
}

function patchOf(name: string, plan: Plan): Work {
  const { graph } = withOutputs(describePatch(plan, plan.slices / 4), ['probability', 'pasted']);
  return asWork(name, graph, seededWeights(plan, 1));
}

type Layer = readonly [from: number, to: number, sizes: readonly number[], stride: 1 | 2];
const layers: readonly Layer[] = [
  [8, 8, [8, 32, 32], 1],
  [16, 16, [8, 32, 32], 1],
  [32, 32, [4, 16, 16], 1],
  [64, 64, [4, 16, 16], 1],
  [16, 32, [8, 32, 32], 2],
];

function convOf([from, to, sizes, stride]: Layer): Work {
  const weight = {
    shape: [to, from, 3, 3, 3],
    data: Float32Array.from({ length: to * from * 27 }, (_, i) => Math.sin(i)),
  };
  const graph: Graph = {
    name: 'conv',
    inputs: [{ name: 'x', shape: [from, ...sizes], type: 'float32' }],
    nodes: [{ kind: 'conv3d', name: 'y', inputs: ['x'], kernel: 3, stride, pad: 1, weight: 'w' }],
    outputs: ['y'],
  };
  const name = `conv 3^3${stride === 2 ? ' stride 2' : ''}, ${from} to ${to}, ${sizes.join(' x ')}`;
  return asWork(name, graph, new Map([['w', weight]]));
}

/** Multiply-adds as the network is written down, before any rewriting. */
function macsOf({ graph, weights }: Work): number {
  const shapes = inferShapes(graph, weights);
  return graph.nodes.reduce((sum, node) => {
    if (node.kind !== 'conv3d' && node.kind !== 'convTranspose3d') return sum;
    const weight = sizeOf(weights.get(node.weight)?.shape ?? []);
    const at = node.kind === 'conv3d' ? node.name : node.inputs[0];
    return sum + weight * sizeOf((shapes.get(at) ?? []).slice(1));
  }, 0);
}

const rows: string[][] = [
  ['work', 'engine', 'ms', 'processor ms', 'GFLOP/s', 'ours is faster by (clock; processor)', 'note'],
];

function report(work: Work, engine: string, timing: Pick<Timing, 'wallMs' | 'cpuMs'>, ours: Timing | null, note = '') {
  const ratio = (a: number, b: number) => (a / b).toPrecision(3);
  const row = [
    ...[work.name, engine, timing.wallMs.toFixed(1), timing.cpuMs.toFixed(1)],
    ((2 * macsOf(work)) / timing.wallMs / 1e6).toFixed(2),
    ours ? `${ratio(timing.wallMs, ours.wallMs)}; ${ratio(timing.cpuMs, ours.cpuMs)}` : '',
    note,
  ];
  rows.push(row);
  console.error(row.join(' | '));
}

/** Faster and wrong is not faster. */
function checkSame(work: Work, engine: string, a: Float32Array, b: Float32Array): void {
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  const worst = a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0);
  if (!(worst <= 2e-3 * largest)) throw new Error(`${work.name}: ${engine} differs from ours by ${worst}`);
}

async function main(): Promise<void> {
  const isLong = process.argv.includes('--long');
  const threads = cpus().length;
  const gpu = await openDawn();
  const opening = await openWebGpu({ gpu: gpu ?? undefined, acceptSoftware: true });
  if (opening.kind === 'refused') throw new Error(opening.reason);
  const ours = opening.engine;
  await openTfjs(ours.device); // the yardstick runs on the same device
  const stock = createStockTfjs(await import('@tensorflow/tfjs-core'));
  ortWeb.env.wasm.numThreads = 1;
  const onnx: Engine[] = [
    createOnnxEngine({
      runtime: ortWeb,
      description: { kind: 'wasm', label: 'onnxruntime-web wasm, 1 thread' },
      session: { executionProviders: ['wasm'] },
    }),
    openNode(ortNode, threads),
  ];

  for (const work of layers.map(convOf)) {
    const own = await time(ours, work, 3);
    report(work, 'ours', own, null);
    for (const engine of [stock, ...onnx]) {
      const timing = await time(engine, work, engine === stock ? 1 : 3);
      checkSame(work, engine.description.label, timing.values, own.values);
      report(work, engine.description.label, timing, own);
    }
  }

  const quarter = patchOf('a quarter of a lite patch', { ...plans.lite, patch: [24, 64, 64] });
  const whole = patchOf('a lite patch', plans.lite);
  const [ownQuarter, ownWhole] = [await time(ours, quarter, 2), await time(ours, whole, 2)];
  report(quarter, 'ours', ownQuarter, null);
  report(whole, 'ours', ownWhole, null);
  const stockQuarter = await time(stock, quarter, 1);
  checkSame(quarter, 'stock tfjs', stockQuarter.values, ownQuarter.values);
  report(quarter, 'stock tfjs-webgpu', stockQuarter, ownQuarter);
  if (isLong) {
    report(whole, 'stock tfjs-webgpu', await time(stock, whole, 1), ownWhole);
  } else {
    const times4 = { wallMs: 4 * stockQuarter.wallMs, cpuMs: 4 * stockQuarter.cpuMs };
    report(whole, 'stock tfjs-webgpu', times4, ownWhole, 'extrapolated: 4 x its quarter');
  }
  for (const engine of onnx) {
    const timing = await time(engine, whole, 2);
    checkSame(whole, engine.description.label, timing.values, ownWhole.values);
    report(whole, engine.description.label, timing, ownWhole);
  }
  const full = patchOf('a full patch', plans.full);
  const scaled = (macsOf(full) / macsOf(whole)) * ownWhole.wallMs;
  const scaledCpu = (macsOf(full) / macsOf(whole)) * ownWhole.cpuMs;
  report(full, 'ours', { wallMs: scaled, cpuMs: scaledCpu }, null, 'extrapolated from lite by multiply-adds');

  const { memory } = await ours.prepare(whole.graph, whole.weights);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `\n${ours.description.label}, ${opening.adapter.isSoftware ? 'a software adapter' : 'a graphics card'}; ${threads} processor threads, ${cpus()[0].model}\n`,
  );
  rows.splice(
    1,
    0,
    rows[0].map(() => '---'),
  );
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  console.log(
    `\nGraphics memory of a lite patch: ${mib(memory.scratchBytes)} MiB of values, ${mib(memory.weightBytes)} MiB of weights.`,
  );
  process.exit(0); // Dawn's instance would keep Node alive
}

const studies = process.argv.indexOf('--studies');
if (studies < 0) await main();
else await (await import('./studies.ts')).measureStudies(process.argv.slice(studies + 1).map(Number));
