/** A program's kernels one at a time, each with buffers of its own: where the time of a graph goes. And the two
 *  ceilings that they are held against: multiply-adds that touch no memory, and a copy that computes nothing. */
import type { OwnedDevice } from '../src/engine/webgpu/device.ts';
import {
  float,
  int,
  perElement,
  piecesOf,
  reads,
  times,
  uniformValues,
  writes,
  type Kernel,
} from '../src/engine/webgpu/kernels/kernel.ts';
import type { Program } from '../src/engine/webgpu/program.ts';
import { leastCost, scaledBy, type Cost } from './timing.ts';

export interface StepCost {
  /** Of the value that the step writes. */
  readonly value: string;
  readonly kernel: Kernel;
  readonly cost: Cost;
  /** Of everything it binds: at least so many pass through memory. */
  readonly bytes: number;
  /** Share of the step that was run; the cost is of all of it. */
  readonly share: number;
}

export interface StepOptions {
  /** One piece of so many multiply-adds stands for the whole step. */
  readonly mostMacs: number;
  /** A step goes to the device so often at a time, so that a card's start and wait do not count. */
  readonly repeats: number;
  /** As in `costOf`. */
  readonly naps: boolean;
}

export async function timeSteps(device: OwnedDevice, { steps }: Program, options: StepOptions): Promise<StepCost[]> {
  const costs: StepCost[] = [];
  for (const step of steps) {
    if (step.kind !== 'dispatch') continue;
    const { kernel, slots } = step;
    const bytes = slots.reduce((sum, slot) => sum + slot.bytes, 0);
    const timed = await timeKernel(
      device,
      kernel,
      slots.map((slot) => slot.constant ?? slot.bytes),
      options,
    );
    costs.push({ value: slots[slots.length - 1].label, kernel, bytes, ...timed });
  }
  return costs;
}

/** @param contents of each storage binding: values, or how many bytes of zeros */
async function timeKernel(
  device: OwnedDevice,
  kernel: Kernel,
  contents: readonly (Float32Array | number)[],
  { mostMacs, repeats, naps }: StepOptions,
): Promise<{ cost: Cost; share: number }> {
  const { gpu } = device;
  const pipeline = await device.pipeline(kernel);
  const pieces = piecesOf(kernel, mostMacs);
  const piece = pieces[pieces.length >> 1];
  const params = uniformValues(piece.params);
  const make = (size: number, usage: number) => gpu.createBuffer({ label: kernel.label, size, usage });
  const uniform = make(params.byteLength, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
  gpu.queue.writeBuffer(uniform, 0, params);
  const buffers = contents.map((content) => {
    const size = typeof content === 'number' ? content : content.byteLength;
    const buffer = make(size, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    if (typeof content !== 'number') gpu.queue.writeBuffer(buffer, 0, content as Float32Array<ArrayBuffer>);
    return buffer;
  });
  const group = gpu.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [uniform, ...buffers].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const run = async (count: number) => {
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i++) pass.dispatchWorkgroups(...piece.workgroups);
    pass.end();
    gpu.queue.submit([encoder.finish()]);
    await device.guard(gpu.queue.onSubmittedWorkDone());
  };
  await run(1); // some drivers compile only now
  const cost = await leastCost(2, () => run(repeats), naps);
  for (const buffer of [uniform, ...buffers]) buffer.destroy();
  const share = piece.workgroups[0] / kernel.workgroups[0];
  return { cost: scaledBy(cost, 1 / repeats / share), share };
}

export interface Ceilings {
  readonly multiplyAdds: { readonly cost: Cost; readonly macs: number };
  readonly copy: { readonly cost: Cost; readonly bytes: number };
}

/** As many sums as a thread of our convolutions holds, so that neither has more independent work. */
const chains = 16;

function multiplyAddKernel(count: number, rounds: number): Kernel {
  return perElement(count, {
    label: 'multiply-adds',
    bindings: [writes('y0', 'vec4f')],
    params: [int('rounds', rounds), float('factor', 0.5), float('summand', 0.25)],
    body: `
  let f = vec4f(p.factor);
  let s = vec4f(p.summand);
  ${times(chains, (c) => `var a${c} = vec4f(f32(i + ${c}));`)}
  for (var round = 0; round < p.rounds; round++) {
    ${times(8, () => times(chains, (c) => `a${c} = a${c} * f + s;`, ' '))}
  }
  y0[i] = ${times(chains, (c) => `a${c}`, ' + ')};`,
    macs: count * rounds * 8 * chains * 4,
  });
}

const copyKernel = (count: number) =>
  perElement(count, {
    label: 'copy',
    bindings: [reads('x0', 'vec4f'), writes('y0', 'vec4f')],
    params: [],
    body: 'y0[i] = x0[i];',
  });

/** @param isSoftware a processor gets less to do than a card */
export async function measureCeilings(device: OwnedDevice, isSoftware: boolean): Promise<Ceilings> {
  const options = { mostMacs: Infinity, repeats: isSoftware ? 1 : 20, naps: isSoftware };
  const [threads, rounds] = isSoftware ? [2 ** 13, 64] : [2 ** 20, 256];
  const adds = multiplyAddKernel(threads, rounds);
  const size = 64 * 2 ** 20;
  return {
    multiplyAdds: { macs: adds.macs, ...(await timeKernel(device, adds, [16 * threads], options)) },
    copy: { bytes: 2 * size, ...(await timeKernel(device, copyKernel(size / 16), [size, size], options)) },
  };
}
