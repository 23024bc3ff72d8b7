/** The network on WebGPU: graphs brought down to kernels of our own, on a device of our own. */
import type { Graph, TensorShape, Weights } from '../../network/graph.ts';
import { sameShape, sizeOf } from '../../network/layers/layer.ts';
import {
  EngineError,
  isEngineTensor,
  type Engine,
  type EngineDescription,
  type EngineTensor,
  type HostTensor,
  type PreparedGraph,
} from '../contract.ts';
import type { OwnedDevice } from './device.ts';
import type { Blocking } from './kernels/conv3d.ts';
import { piecesOf, uniformValues, type Kernel, type Piece } from './kernels/kernel.ts';
import { bytesOf, fromBlocks, toBlocks } from './layout.ts';
import { lowerGraph } from './lower.ts';
import { planMemory, slotsOf, type DeviceValue, type Program, type Slot } from './program.ts';
import { openTfjs, type Tfjs } from './tfjs.ts';

/** What every adapter lets a kernel bind. Larger values are parted, so that no adapter is left out. */
const mostBoundBytes = 128 * 2 ** 20;
/** Multiply-adds that go to the device at a time: milliseconds on a graphics card, and on a slow one still well
 *  under the seconds after which a driver takes the device away. */
const macsPerSubmission = 5e8;
/** Distance of two kernels' numbers in the uniform buffer: the alignment that every adapter accepts. */
const paramsStride = 256;

export interface WebGpuMemory {
  /** Shared by all values that are not alive at the same time. */
  readonly scratchBytes: number;
  readonly weightBytes: number;
}

export interface WebGpuPrepared extends PreparedGraph {
  /** Known before the first run. */
  readonly memory: WebGpuMemory;
  readonly kernels: readonly Kernel[];
}

export interface WebGpuEngine extends Engine {
  readonly device: OwnedDevice;
  readonly blocking: Blocking;
  prepare(graph: Graph, weights: Weights): Promise<WebGpuPrepared>;
}

/** Values in blocks (layout.ts) in a buffer of their own. */
class DeviceTensor implements EngineTensor {
  readonly shape: TensorShape;
  readonly device: OwnedDevice;
  private held: GPUBuffer | null;

  constructor(device: OwnedDevice, shape: TensorShape, held: GPUBuffer) {
    this.device = device;
    this.shape = shape;
    this.held = held;
  }

  get buffer(): GPUBuffer {
    if (!this.held) throw new Error('a tensor was used after it was disposed');
    return this.held;
  }

  async read(): Promise<Float32Array> {
    const { gpu } = this.device;
    const { size } = this.buffer;
    const staging = await this.device.inScopes(() => {
      const made = gpu.createBuffer({
        label: 'readback',
        size,
        usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
      });
      const encoder = gpu.createCommandEncoder({ label: 'readback' });
      encoder.copyBufferToBuffer(this.buffer, 0, made, 0, size);
      gpu.queue.submit([encoder.finish()]);
      return made;
    });
    try {
      await this.device.guard(staging.mapAsync(GPUMapMode.READ));
      const values = new Float32Array(staging.getMappedRange().slice(0));
      return this.shape.length === 4 ? fromBlocks(values, this.shape[0]) : values;
    } finally {
      staging.destroy();
    }
  }

  dispose(): void {
    this.held?.destroy();
    this.held = null;
  }
}

/** A graph's steps with everything they bind. */
interface Bound {
  readonly buffers: readonly GPUBuffer[];
  readonly bufferOf: (slot: Slot) => GPUBuffer;
  /** Loaded for graphs that have a linear layer. */
  readonly tfjs: Tfjs | null;
  /** By step, in the order in which they go to the device. */
  readonly dispatches: ReadonlyMap<number, readonly Dispatch[]>;
}

interface Dispatch {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: Piece['workgroups'];
  readonly macs: number;
}

export interface WebGpuEngineOptions {
  /** That a kernel may bind of one value. */
  readonly mostBytes?: number;
  /** Multiply-adds in one dispatch, about. */
  readonly mostMacs?: number;
}

/** @param label of the adapter, in a reader's words */
export function createWebGpuEngine(
  device: OwnedDevice,
  label: string,
  blocking: Blocking,
  { mostBytes = mostBoundBytes, mostMacs = macsPerSubmission }: WebGpuEngineOptions = {},
): WebGpuEngine {
  const description: EngineDescription = { kind: 'webgpu', label };
  const open = new Set<PreparedGraph>();

  const prepare = async (graph: Graph, weights: Weights): Promise<WebGpuPrepared> => {
    device.check();
    const program = lowerGraph(graph, weights, { mostBytes, blocking });
    const kernels = program.steps.flatMap((step) => (step.kind === 'dispatch' ? [step.kernel] : []));
    checkBindings(device, kernels);
    const pipelines = await device.guard(Promise.all(kernels.map((kernel) => device.pipeline(kernel))));
    const tfjs = program.steps.some(({ kind }) => kind === 'linear') ? await device.guard(openTfjs(device)) : null;
    const memory = planMemory(program);
    const bound = await device.inScopes(() => ({
      ...bind(device, graph.name, program, memory, pipelines, mostMacs),
      tfjs,
    }));
    let disposed = false;
    const prepared: WebGpuPrepared = {
      kernels,
      memory: {
        scratchBytes: memory.buffers.reduce((sum, bytes) => sum + bytes, 0),
        weightBytes: constantsOf(program).reduce((sum, { bytes }) => sum + bytes, 0),
      },
      run: async (inputs) => {
        if (disposed) throw new Error(`graph ${graph.name} was run after it was disposed`);
        const given = graph.inputs.map((input) => takeInput(graph, input, inputs[input.name], program, device));
        return device.inScopes(() => run(device, graph, program, bound, given));
      },
      dispose: () => {
        if (disposed) return;
        disposed = true;
        open.delete(prepared);
        for (const buffer of bound.buffers) buffer.destroy();
      },
    };
    open.add(prepared);
    return prepared;
  };

  return {
    description,
    takesWorkAhead: true,
    device,
    blocking,
    prepare,
    dispose: () => {
      for (const prepared of [...open]) prepared.dispose();
      device.close();
    },
  };
}

function checkBindings(device: OwnedDevice, kernels: readonly Kernel[]): void {
  const most = device.gpu.limits.maxStorageBuffersPerShaderStage;
  const large = kernels.find(({ bindings }) => bindings.length > most);
  if (large) {
    throw new EngineError(
      'unavailable',
      `The graphics adapter binds ${most} buffers, the kernel ${large.label} needs ${large.bindings.length}.`,
    );
  }
}

function constantsOf({ steps }: Program): Slot[] {
  return [...new Set(steps.flatMap(slotsOf))].filter(({ constant }) => constant);
}

function bind(
  { gpu }: OwnedDevice,
  name: string,
  program: Program,
  memory: ReturnType<typeof planMemory>,
  pipelines: readonly GPUComputePipeline[],
  mostMacs: number,
): Omit<Bound, 'tfjs'> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const shared = memory.buffers.map((size, i) => gpu.createBuffer({ label: `${name} ${i}`, size, usage }));
  const constants = new Map(
    constantsOf(program).map(({ label, bytes, constant }, i, slots): [Slot, GPUBuffer] => {
      const buffer = gpu.createBuffer({ label, size: bytes, usage });
      gpu.queue.writeBuffer(buffer, 0, constant as Float32Array<ArrayBuffer>);
      return [slots[i], buffer];
    }),
  );
  const bufferOf = (slot: Slot) => constants.get(slot) ?? shared[memory.bufferOf.get(slot) ?? -1];

  const cut = program.steps.map((step) => (step.kind === 'dispatch' ? piecesOf(step.kernel, mostMacs) : []));
  const params = gpu.createBuffer({
    label: `${name} sizes`,
    size: paramsStride * Math.max(1, cut.flat().length),
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  let offset = 0;
  const dispatches = new Map<number, readonly Dispatch[]>();
  program.steps.forEach((step, i) => {
    if (step.kind !== 'dispatch') return;
    const { kernel, slots } = step;
    const pipeline = pipelines[dispatches.size];
    const entries = slots.map((slot, binding) => ({
      binding: binding + 1,
      resource: { buffer: bufferOf(slot), size: slot.bytes },
    }));
    const pieces = cut[i].map((piece): Dispatch => {
      const values = uniformValues(piece.params);
      gpu.queue.writeBuffer(params, offset, values);
      const group = gpu.createBindGroup({
        label: kernel.label,
        layout: pipeline.getBindGroupLayout(0),
        entries: [{ binding: 0, resource: { buffer: params, offset, size: values.byteLength } }, ...entries],
      });
      offset += paramsStride;
      return { pipeline, group, workgroups: piece.workgroups, macs: kernel.macs / cut[i].length };
    });
    dispatches.set(i, pieces);
  });
  return { buffers: [...shared, ...constants.values(), params], bufferOf, dispatches };
}

type Given = { readonly values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> } | { readonly buffer: GPUBuffer };

/** Checks what was handed in for an input, and brings it into the order of the kernels.
 *  @throws Error saying what does not fit */
function takeInput(
  graph: Graph,
  { name, shape, type }: Graph['inputs'][number],
  tensor: HostTensor | EngineTensor | undefined,
  { indexLimits }: Program,
  device: OwnedDevice,
): Given {
  const wrong = (words: string) => new Error(`graph ${graph.name}: input ${name} ${words}`);
  if (!tensor) throw wrong('is missing');
  if (!sameShape(tensor.shape, shape)) throw wrong(`is [${tensor.shape}], expected [${shape}]`);
  if (isEngineTensor(tensor)) {
    if (!(tensor instanceof DeviceTensor) || tensor.device !== device) throw wrong('is a tensor of another engine');
    return { buffer: tensor.buffer };
  }
  const { data } = tensor;
  const found = data instanceof Float32Array ? 'float32' : 'int32';
  if (found !== type) throw wrong(`holds ${found} values, expected ${type}`);
  if (data.length !== sizeOf(shape)) throw wrong(`holds ${data.length} values for [${shape}]`);
  if (data instanceof Int32Array) {
    // A kernel that reads outside is given something without an error.
    const limit = indexLimits.get(name) ?? Infinity;
    const outside = data.find((index) => index < 0 || index >= limit);
    if (outside !== undefined) throw wrong(`holds the index ${outside}, at most ${limit - 1} is there`);
    return { values: data as Int32Array<ArrayBuffer> };
  }
  const values = shape.length === 4 ? toBlocks(data, shape[0]) : data;
  return { values: values as Float32Array<ArrayBuffer> };
}

/** Encodes and submits a run; nothing is waited for. */
function run(
  device: OwnedDevice,
  graph: Graph,
  program: Program,
  { bufferOf, dispatches, tfjs }: Bound,
  given: readonly Given[],
): Record<string, EngineTensor> {
  const { gpu } = device;
  let encoder = gpu.createCommandEncoder({ label: graph.name });
  const submit = () => {
    gpu.queue.submit([encoder.finish()]);
    encoder = gpu.createCommandEncoder({ label: graph.name });
  };
  const bufferOfValue = ({ parts: [{ slot }] }: DeviceValue) => bufferOf(slot);
  graph.inputs.forEach(({ name }, i) => {
    const buffer = bufferOfValue(program.inputs.get(name) as DeviceValue);
    const input = given[i];
    if ('values' in input) gpu.queue.writeBuffer(buffer, 0, input.values);
    else encoder.copyBufferToBuffer(input.buffer, 0, buffer, 0, input.buffer.size);
  });

  let pass: GPUComputePassEncoder | null = null;
  let macs = 0;
  const endPass = () => {
    pass?.end();
    pass = null;
  };
  program.steps.forEach((step, i) => {
    if (step.kind === 'copy') {
      endPass();
      encoder.copyBufferToBuffer(bufferOf(step.from), 0, bufferOf(step.to), step.toByte, step.bytes);
      return;
    }
    if (step.kind === 'linear') {
      endPass();
      submit();
      const [x, weight, bias, y] = step.slots.map(bufferOf);
      tfjs?.linear({ from: step.from, to: step.to, buffers: [x, weight, bias, y] });
      return;
    }
    for (const { pipeline, group, workgroups, macs: more } of dispatches.get(i) as readonly Dispatch[]) {
      pass ??= encoder.beginComputePass({ label: graph.name });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(...workgroups);
      macs += more;
      if (macs < macsPerSubmission) continue;
      endPass();
      submit();
      macs = 0;
    }
  });
  endPass();

  const results = graph.outputs.map((name): [string, EngineTensor] => {
    const output = program.outputs.get(name) as DeviceValue;
    const { shape } = output;
    const size = shape.length === 4 ? bytesOf(shape[0], sizeOf(shape.slice(1))) : 4 * shape[0];
    const buffer = gpu.createBuffer({
      label: name,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    encoder.copyBufferToBuffer(bufferOfValue(output), 0, buffer, 0, size);
    return [name, new DeviceTensor(device, shape, buffer)];
  });
  submit();
  return Object.fromEntries(results);
}
