/** `npm run bench`: what the network costs on each engine, in one run, as tables. Everything runs in this process, so that
 *  the processor's time can be read (timing.ts). On a machine with a graphics card and its Vulkan driver the same command
 *  measures the card.
 *
 *      npm run bench                         all parts (below), what is too slow for ten minutes extrapolated
 *      npm run bench -- --only layers,full   some of them
 *      npm run bench -- --long               the whole lite patch on stock tfjs, and all layers on onnxruntime-web's WebGPU
 *      npm run bench -- --studies            whole studies in the page instead (studies.ts) */
import * as ortNode from 'onnxruntime-node';
import * as ortWeb from 'onnxruntime-web/wasm';
import { cpus } from 'node:os';
import { openDawn } from '../scripts/dawn.ts';
import type { Engine, HostTensor, PreparedGraph } from '../src/engine/contract.ts';
import { createOnnxEngine } from '../src/engine/onnx/onnxEngine.ts';
import { openNode } from '../src/engine/onnx/openNode.ts';
import { foldPointwise } from '../src/engine/onnx/rewrite.ts';
import { runStudy } from '../src/engine/runStudy.ts';
import { lowerGraph } from '../src/engine/webgpu/lower.ts';
import { openWebGpu } from '../src/engine/webgpu/openWebGpu.ts';
import { openTfjs } from '../src/engine/webgpu/tfjs.ts';
import type { WebGpuEngine } from '../src/engine/webgpu/webGpuEngine.ts';
import { foldPointwiseKernel } from '../src/engine/webgpu/weights.ts';
import { describeClassifier, describeClassifierStem, describePatch, withOutputs } from '../src/network/describe.ts';
import type { Graph, GraphInput, Parameter, Weights } from '../src/network/graph.ts';
import { seededWeights } from '../src/network/initialWeights.ts';
import { inputOnWorkingGrid, mostPasteSlices, type NetworkInput } from '../src/network/input.ts';
import { sizeOf } from '../src/network/layers/layer.ts';
import { plans, type Plan } from '../src/network/plans.ts';
import { inferShapes } from '../src/network/shapes.ts';
import { openOrtWebGpu } from './ortWebGpu.ts';
import { measureCeilings, timeSteps, type StepCost } from './steps.ts';
import { createStockTfjs } from './stockTfjs.ts';
import { costOf, digits, leastCost, leastOf, printTable, scaledBy, total, type Cost } from './timing.ts';

interface Work {
  readonly name: string;
  readonly graph: Graph;
  readonly weights: Weights;
  readonly inputs: Readonly<Record<string, HostTensor>>;
}
interface Timing {
  readonly cost: Cost;
  readonly values: Float32Array;
}

/** What the parts of the bench share. */
interface Bench {
  readonly ours: WebGpuEngine;
  readonly stock: Engine;
  readonly wasm: Engine;
  readonly node: Engine;
  readonly isSoftware: boolean;
  readonly isLong: boolean;
  /** The ceilings: GFLOP/s of multiply-adds in registers, GB/s of a copy, read and written. */
  readonly peak: number;
  readonly copyRate: number;
  /** The time that counts. */
  readonly ms: (cost: Cost) => number;
}

/** Once through the work.
 *  @returns the first output */
async function runOnce(prepared: PreparedGraph, { inputs }: Work): Promise<Float32Array> {
  const results = Object.values(await prepared.run(inputs));
  // Reading waits until all is computed.
  const [values] = await Promise.all(results.map((result) => result.read()));
  for (const result of results) result.dispose();
  return values;
}

/** The least of some runs behind a first one, whose compiling does not count.
 *  @param isWarm its kernels have been compiled for another graph */
async function time(
  { isSoftware }: Pick<Bench, 'isSoftware'>,
  engine: Engine,
  work: Work,
  runs: number,
  isWarm = false,
): Promise<Timing> {
  const prepared = await engine.prepare(work.graph, work.weights);
  let values: Float32Array = new Float32Array();
  const once = async () => {
    values = await runOnce(prepared, work);
  };
  if (!isWarm) await once();
  const cost = await leastCost(runs, once, isSoftware);
  prepared.dispose();
  return { cost, values };
}

/** The same for several engines in turn, each for a second at a time, so that a machine that slows down does so for all. */
async function timeInTurn(
  { isSoftware }: Bench,
  engines: readonly Engine[],
  work: Work,
  rounds: number,
): Promise<Timing[]> {
  const prepared = await Promise.all(engines.map((engine) => engine.prepare(work.graph, work.weights)));
  const values: Float32Array[] = [];
  for (const one of prepared) values.push(await runOnce(one, work));
  const costs: Cost[][] = prepared.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, one] of prepared.entries()) {
      const start = performance.now();
      while (performance.now() - start < 1000) costs[i].push(await costOf(() => runOnce(one, work), isSoftware));
    }
  }
  for (const one of prepared) one.dispose();
  return costs.map((of, i) => ({ cost: leastOf(of), values: values[i] }));
}

/** Faster and wrong is not faster. */
function checkSame({ name }: Work, { description: { label } }: Engine, { values: a }: Timing, { values: b }: Timing) {
  const largest = b.reduce((max, value) => Math.max(max, Math.abs(value)), 1);
  const worst = a.reduce((max, value, i) => Math.max(max, Math.abs(value - b[i])), 0);
  if (a.length !== b.length || !(worst <= 2e-3 * largest)) {
    throw new Error(`${name}: ${label} differs from ours by ${worst}`);
  }
}

function someInput({ shape, type }: GraphInput): HostTensor {
  if (type === 'int32') return { shape, data: Int32Array.from({ length: shape[0] }, (_, i) => i >> 2) };
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.abs(Math.sin(i))) };
}

function asWork(name: string, graph: Graph, weights: Weights): Work {
  return {
    name,
    graph,
    weights,
    inputs: Object.fromEntries(graph.inputs.map((input) => [input.name, someInput(input)])),
  };
}

const graphOfPatch = (plan: Plan, pasteSlices = plan.slices / 4) =>
  withOutputs(describePatch(plan, pasteSlices), ['probability', 'pasted']).graph;
const patchOf = (name: string, plan: Plan) => asWork(name, graphOfPatch(plan), seededWeights(plan, 1));

interface Conv {
  readonly from: number;
  readonly to: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
  readonly sizes: readonly number[];
}

const nameOf = ({ from, to, kernel, stride, sizes }: Conv) =>
  `${kernel}^3${stride === 2 ? ' stride 2' : ''}, ${from} to ${to}, ${sizes.join(' x ')}`;
/** Multiply-adds of the whole kernel at every output voxel, as they are usually counted. */
const macsOf = ({ from, to, kernel, stride, sizes }: Conv) => (from * to * kernel ** 3 * sizeOf(sizes)) / stride ** 3;

function workOf(conv: Conv): Work {
  const { from, to, kernel, stride, sizes } = conv;
  const shape = [to, from, kernel, kernel, kernel];
  const weight: Parameter = { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i)) };
  const pad = kernel === 3 ? 1 : 0;
  const graph: Graph = {
    name: 'conv',
    inputs: [{ name: 'x', shape: [from, ...sizes], type: 'float32' }],
    nodes: [{ kind: 'conv3d', name: 'y', inputs: ['x'], kernel, stride, pad, weight: 'w' }],
    outputs: ['y'],
  };
  return asWork(nameOf(conv), graph, new Map([['w', weight]]));
}

/** A graph's convolutions as ONNX Runtime gets them: 1^3 ones folded where that pays, transposed ones as 1^3 to eight
 *  times the channels. */
function convsOf(graph: Graph, weights: Weights): Conv[] {
  const { nodes, kernels } = foldPointwise(
    graph.nodes,
    new Set(graph.outputs),
    (name) => weights.get(name)?.shape ?? [],
  );
  const all = new Map(weights);
  for (const { name, first, second } of kernels) {
    all.set(name, foldPointwiseKernel(weights.get(first) as Parameter, weights.get(second) as Parameter));
  }
  const shapes = inferShapes({ ...graph, nodes }, all);
  return nodes.flatMap((node): Conv[] => {
    if (node.kind !== 'conv3d' && node.kind !== 'convTranspose3d') return [];
    const [first, second] = all.get(node.weight)?.shape ?? [];
    const sizes = (shapes.get(node.inputs[0]) ?? []).slice(1);
    return node.kind === 'conv3d'
      ? [{ from: second, to: first, kernel: node.kernel, stride: node.stride, sizes }]
      : [{ from: first, to: 8 * second, kernel: 1, stride: 1, sizes }];
  });
}

/** Every kind of 3^3 convolution of lite that has eight channels or more to read, small enough for the slowest engine. */
function layersOfLite(): Conv[] {
  const weights = seededWeights(plans.lite, 1);
  const graphs = [graphOfPatch(plans.lite), describeClassifier(plans.lite).graph];
  const kinds = new Map<string, Conv>();
  for (const conv of graphs.flatMap((graph) => convsOf(graph, weights))) {
    const key = `${conv.from} ${conv.to} ${conv.stride}`;
    if (conv.kernel === 3 && conv.from >= 8 && !kinds.has(key)) kinds.set(key, smaller(conv));
  }
  return [...kinds.values()].sort((a, b) => a.stride - b.stride || a.from - b.from || a.to - b.to);
}

function smaller(conv: Conv): Conv {
  if (macsOf(conv) <= 7e7) return conv;
  const [depth, rows, columns] = conv.sizes;
  return smaller({ ...conv, sizes: rows >= columns ? [depth, rows / 2, columns] : [depth, rows, columns / 2] });
}

/** Two ellipsoids, eight patches of lite. */
function studyOfLite(): NetworkInput {
  const plan = plans.lite;
  const [depth, size] = [48, plan.grid];
  const lung = new Uint8Array(depth * size * size);
  const intensity = new Float32Array(lung.length);
  for (let i = 0; i < lung.length; i++) {
    const [z, y, x] = [Math.floor(i / size / size), Math.floor(i / size) % size, i % size];
    const isIn = [70, 186].some((cx) => ((z - 24) / 26) ** 2 + ((y - 128) / 110) ** 2 + ((x - cx) / 50) ** 2 <= 1);
    if (!isIn) continue;
    lung[i] = 1;
    intensity[i] = Math.abs(Math.sin(i));
  }
  return inputOnWorkingGrid(plan, intensity, lung);
}

/** Rows of one kernel's name are one group in the account of a patch. */
function groupOf({ label }: StepCost['kernel']): string {
  if (/^(moments|norm)/.test(label)) return 'norms: moments and tables';
  if (/coarse/.test(label)) return 'convolutions 3^3 with a folded upsampling';
  if (/^conv/.test(label)) return `convolutions ${label.split(' ')[1]}`;
  return 'pools, gathers, sums';
}

const labelOf = ({ description: { label } }: Engine) => `${label} / ours`;
const gigaflops = ({ ms }: Bench, macs: number, cost: Cost) => (2 * macs) / ms(cost) / 1e6;
const shareOfPeak = (bench: Bench, macs: number, cost: Cost) =>
  `${((100 * gigaflops(bench, macs, cost)) / bench.peak).toFixed(0)} %`;
const ratio = ({ ms }: Bench, theirs: Cost, own: Cost) => digits(ms(theirs) / ms(own));

async function measureLayers(bench: Bench): Promise<void> {
  const { ours, stock, wasm, node, ms } = bench;
  const others = [stock, wasm, node];
  const rows: string[][] = [];
  let least = Infinity;
  for (const conv of layersOfLite()) {
    const work = workOf(conv);
    const [own, ...theirs] = await timeInTurn(bench, [ours, ...others], work, 3);
    const ratios: string[] = [];
    for (const [i, engine] of others.entries()) {
      const timing = theirs[i];
      checkSame(work, engine, timing, own);
      ratios.push(ratio(bench, timing.cost, own.cost));
      if (engine === stock) least = Math.min(least, ms(timing.cost) / ms(own.cost));
    }
    const macs = macsOf(conv);
    const rate = [digits(gigaflops(bench, macs, own.cost)), shareOfPeak(bench, macs, own.cost)];
    rows.push([work.name, digits(ms(own.cost)), ...rate, ...ratios]);
    console.error(rows[rows.length - 1].join(' | '));
  }
  printTable(
    'Every 3^3 convolution of lite with 8 channels or more to read, cut to a bearable size',
    ['layer', 'ours, ms', 'GFLOP/s', 'of the ceiling', ...others.map(labelOf)],
    rows,
  );
  console.log(`\nLeast: ${digits(least)} times faster than stock tfjs.`);
}

/** One layer by default: it compiles for a minute of a software adapter's time. */
async function measureOrt(bench: Bench): Promise<void> {
  const engine = await openOrtWebGpu();
  const layers = layersOfLite().filter(({ from, to }) => bench.isLong || (from === 16 && to === 16));
  const works = [...layers.map(workOf), ...(bench.isLong ? [patchOf('a lite patch', plans.lite)] : [])];
  const rows: string[][] = [];
  for (const work of works) {
    const own = await time(bench, bench.ours, work, 2);
    let found: string;
    try {
      const timing = await time(bench, engine, work, 1);
      checkSame(work, engine, timing, own);
      found = ratio(bench, timing.cost, own.cost);
    } catch (error) {
      found = String(error);
    }
    rows.push([work.name, found]);
    console.error(rows[rows.length - 1].join(' | '));
  }
  printTable('onnxruntime-web on the same driver', ['work', labelOf(engine)], rows);
}

async function measurePatches(bench: Bench): Promise<void> {
  const { ours, stock, wasm, node, isLong, ms } = bench;
  const lite = patchOf('a lite patch', plans.lite);
  const quarter = patchOf('a quarter of a lite patch', { ...plans.lite, patch: [24, 64, 64] });
  const [ownQuarter, ownWhole] = [await time(bench, ours, quarter, 2), await time(bench, ours, lite, 2)];
  await time(bench, stock, patchOf('a 48th', { ...plans.lite, patch: [8, 32, 32] }), 1); // compiles its kernels
  const stockQuarter = await time(bench, stock, quarter, 1, true);
  checkSame(quarter, stock, stockQuarter, ownQuarter);
  const stockWhole = isLong ? (await time(bench, stock, lite, 1, true)).cost : scaledBy(stockQuarter.cost, 4);
  const onnx: string[] = [];
  for (const engine of [wasm, node]) {
    const timing = await time(bench, engine, lite, 2);
    checkSame(lite, engine, timing, ownWhole);
    onnx.push(ratio(bench, timing.cost, ownWhole.cost));
  }
  const row = ({ name }: Work, own: Timing, theirs: Cost) => [
    name,
    digits(ms(own.cost)),
    ratio(bench, theirs, own.cost),
  ];
  printTable(
    'Patches',
    ['work', 'ours, ms', ...[stock, wasm, node].map(labelOf), 'note'],
    [
      [...row(quarter, ownQuarter, stockQuarter.cost), '', '', ''],
      [...row(lite, ownWhole, stockWhole), ...onnx, isLong ? '' : 'stock tfjs: extrapolated, 4 x its quarter'],
    ],
  );
  const { memory } = await ours.prepare(lite.graph, lite.weights);
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  console.log(`\nIts memory: ${mib(memory.scratchBytes)} MiB of values, ${mib(memory.weightBytes)} MiB of weights.`);
}

const stepsOf = ({ ours: { device, blocking }, isSoftware }: Bench, { graph, weights }: Work) =>
  timeSteps(device, lowerGraph(graph, weights, { mostBytes: 2 ** 27, blocking }), {
    mostMacs: isSoftware ? 1e8 : Infinity,
    repeats: isSoftware ? 1 : 20,
    naps: isSoftware,
  });

async function measureLite(bench: Bench): Promise<void> {
  const steps = await stepsOf(bench, patchOf('a lite patch', plans.lite));
  printGroups(bench, 'Where the time of a lite patch goes, kernel by kernel', steps);
}

async function measureFull(bench: Bench): Promise<void> {
  const { ours, isSoftware, ms } = bench;
  const full = patchOf('a full patch', plans.full);
  const steps = await stepsOf(bench, full);
  printTable(
    'The convolutions of a full patch, one at a time',
    ['value', 'kernel', 'GMAC', 'ms', 'of the ceiling', 'run'],
    steps
      .filter(({ kernel: { macs } }) => macs > 0)
      .map(({ value, kernel: { label, macs }, cost, share }) => [
        ...[value, label, digits(macs / 1e9), digits(ms(cost)), shareOfPeak(bench, macs, cost)],
        share === 1 ? 'whole' : `${(100 * share).toFixed(1)} %, the rest extrapolated`,
      ]),
  );
  printGroups(bench, 'Where the time of a full patch goes', steps);
  if (!isSoftware) console.log(`\nA full patch as a whole: ${digits(ms((await time(bench, ours, full, 2)).cost))} ms.`);
}

function printGroups(bench: Bench, title: string, steps: readonly StepCost[]): void {
  const { ms, copyRate } = bench;
  const all = total(steps.map(({ cost }) => cost));
  const row = (name: string, members: readonly StepCost[]) => {
    const cost = total(members.map((member) => member.cost));
    const macs = members.reduce((sum, { kernel }) => sum + kernel.macs, 0);
    const bytes = members.reduce((sum, step) => sum + step.bytes, 0);
    return [
      ...[name, String(members.length), digits(ms(cost)), `${((100 * ms(cost)) / ms(all)).toFixed(1)} %`],
      macs > 0 ? shareOfPeak(bench, macs, cost) : '',
      digits(bytes / 2 ** 20),
      `${((100 * bytes) / ms(cost) / 1e6 / copyRate).toFixed(0)} %`,
    ];
  };
  const groups = new Map<string, StepCost[]>();
  for (const step of steps) groups.set(groupOf(step.kernel), [...(groups.get(groupOf(step.kernel)) ?? []), step]);
  printTable(
    `${title}${steps.some(({ share }) => share < 1) ? ' (extrapolated from pieces)' : ''}`,
    ['kernels', 'count', 'ms', 'share', 'of the multiply-adds ceiling', 'MiB bound', 'of the copy ceiling'],
    [...[...groups].map(([name, members]) => row(name, members)), row('all', steps)],
  );
}

/** A study against the convolutions in it, each alone in a session of its own: on one thread, so the processor's time
 *  counts whatever the adapter. */
async function measureStudyOnWasm({ wasm }: Bench): Promise<void> {
  const plan = plans.lite;
  const weights = seededWeights(plan, 1);
  const input = studyOfLite();
  const study = await costOf(() => runStudy({ input, model: { weights }, engine: wasm }), false);
  const pasteSlices = mostPasteSlices(input);
  const convs = [
    ...convsOf(describeClassifierStem(plan).graph, weights),
    ...input.patches.flatMap(() => convsOf(graphOfPatch(plan, pasteSlices), weights)),
    ...convsOf(describeClassifier(plan).graph, weights),
  ];
  const bareCosts = new Map<string, Cost>();
  for (const conv of convs) {
    if (bareCosts.has(nameOf(conv))) continue;
    bareCosts.set(nameOf(conv), (await time({ isSoftware: false }, wasm, workOf(conv), 3)).cost);
  }
  const bare = total(convs.map((conv) => bareCosts.get(nameOf(conv)) as Cost));
  const macs = convs.reduce((sum, conv) => sum + macsOf(conv), 0);
  const row = (what: string, { cpuMs }: Cost) => [what, digits(cpuMs), digits(macs / cpuMs / 1e6)];
  printTable(
    `A lite study of ${input.patches.length} patches on WebAssembly, 1 thread, processor time`,
    ['work', 'ms', 'GMAC/s'],
    [row('the study, loading and all', study), row('its convolutions alone', bare)],
  );
  console.log(
    `\nThe study runs at ${((100 * bare.cpuMs) / study.cpuMs).toFixed(0)} % of the rate of its convolutions.`,
  );
}

const parts = {
  layers: measureLayers,
  patches: measurePatches,
  lite: measureLite,
  full: measureFull,
  wasm: measureStudyOnWasm,
  ort: measureOrt,
} satisfies Record<string, (bench: Bench) => Promise<void>>;

async function main(): Promise<void> {
  const only = process.argv.indexOf('--only');
  const wanted = only < 0 ? Object.keys(parts) : (process.argv[only + 1] ?? '').split(',');
  const unknown = wanted.find((part) => !(part in parts));
  if (unknown !== undefined) throw new Error(`no part "${unknown}"; there are ${Object.keys(parts).join(', ')}`);

  const gpu = await openDawn();
  const opening = await openWebGpu({ gpu: gpu ?? undefined, acceptSoftware: true });
  if (opening.kind === 'refused') throw new Error(opening.reason);
  const { engine: ours, adapter } = opening;
  const { isSoftware } = adapter;
  const threads = cpus().length;
  const ms = ({ cpuMs, wallMs }: Cost) => (isSoftware ? cpuMs : wallMs);
  const what = isSoftware ? 'a software adapter: processor time' : 'a graphics card: time by the clock';
  console.log(`${ours.description.label}, ${what}; ${threads} processor threads, ${cpus()[0].model}`);

  const { multiplyAdds, copy } = await measureCeilings(ours.device, isSoftware);
  const peak = (2 * multiplyAdds.macs) / ms(multiplyAdds.cost) / 1e6;
  const copyRate = copy.bytes / ms(copy.cost) / 1e6;
  printTable(
    'Ceilings',
    ['kernel', 'ms', 'rate'],
    [
      ['multiply-adds on vec4f, in registers', digits(ms(multiplyAdds.cost)), `${digits(peak)} GFLOP/s`],
      ['copy', digits(ms(copy.cost)), `${digits(copyRate)} GB/s read and written`],
    ],
  );

  await openTfjs(ours.device); // the yardstick runs on the same device
  const stock = createStockTfjs(await import('@tensorflow/tfjs-core'));
  ortWeb.env.wasm.numThreads = 1;
  const wasm = createOnnxEngine({
    runtime: ortWeb,
    description: { kind: 'wasm', label: 'onnxruntime-web wasm, 1 thread' },
    session: { executionProviders: ['wasm'], logSeverityLevel: 3 },
  });
  const isLong = process.argv.includes('--long');
  const bench = { ours, stock, wasm, node: openNode(ortNode, threads), isSoftware, isLong, peak, copyRate, ms };
  for (const [name, measure] of Object.entries(parts)) if (wanted.includes(name)) await measure(bench);
  process.exit(0); // Dawn's instance would keep Node alive
}

const studies = process.argv.indexOf('--studies');
if (studies < 0) await main();
else await (await import('./studies.ts')).measureStudies(process.argv.slice(studies + 1));
