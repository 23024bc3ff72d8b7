/** The device, ours alone. WebGPU reports most failures to nobody in particular, and what they leave behind are
 *  buffers of zeros: here the first error of any kind is kept, and every wait ends with it. */
import { EngineError } from '../contract.ts';
import type { Kernel } from './kernels/kernel.ts';

/** What storage kernels need of an adapter; asked for where it offers more than a device gets by itself. */
const wantedLimits = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage'] as const;
const wantedFeatures: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

export async function openDevice(adapter: GPUAdapter): Promise<OwnedDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  try {
    return new OwnedDevice(await adapter.requestDevice({ label: 'lesion network', requiredLimits, requiredFeatures }));
  } catch (error) {
    throw new EngineError('unavailable', `The graphics adapter gave no device: ${messageOf(error)}`, { cause: error });
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export class OwnedDevice {
  readonly gpu: GPUDevice;
  private failure: EngineError | null = null;
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private isClosed = false;
  private readonly lost: Promise<void>;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.fail(asEngineError(event.error));
    });
    this.lost = gpu.lost.then(({ message }) => {
      if (!this.isClosed) this.failure = lostError(message);
    });
  }

  /** @throws EngineError where anything has gone wrong since the device was opened */
  check(): void {
    if (this.failure) throw this.failure;
    if (this.isClosed) throw new Error('a device was used after it was closed');
  }

  /** Waits, but no longer than the device works; what goes wrong meanwhile is thrown.
   *  @throws EngineError */
  async guard<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await Promise.race([work, this.lost.then(() => lostMark)]);
      this.check();
      return result as T; // the mark has thrown
    } catch (error) {
      if (error instanceof EngineError) throw error;
      // A mapping that fails is the first to hear of a lost device.
      await Promise.race([this.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.check();
      throw new EngineError('failed', `The graphics device failed: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Makes things on the device; errors in the making are this caller's.
   *  @throws EngineError */
  async inScopes<T>(make: () => T): Promise<T> {
    this.check();
    const filters = ['validation', 'out-of-memory', 'internal'] as const;
    for (const filter of filters) this.gpu.pushErrorScope(filter);
    // Popped in the same task, so that no other caller's scopes come between.
    const pop = () => Promise.all(filters.map(() => this.gpu.popErrorScope()));
    let value: T;
    try {
      value = make();
    } catch (error) {
      await pop();
      throw error;
    }
    const found = (await this.guard(pop())).find((error) => error !== null);
    if (found) throw asEngineError(found);
    return value;
  }

  /** Compiled once a device; variants do not depend on sizes.
   *  @throws EngineError where the driver refuses the kernel */
  pipeline(kernel: Kernel): Promise<GPUComputePipeline> {
    const made = this.pipelines.get(kernel.wgsl);
    if (made) return made;
    const pipeline = this.compile(kernel);
    this.pipelines.set(kernel.wgsl, pipeline);
    return pipeline;
  }

  private async compile({ label, wgsl, bindings }: Kernel): Promise<GPUComputePipeline> {
    const buffer = (type: GPUBufferBindingType, binding: number): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type },
    });
    const storage = bindings.map(({ access }, i) => buffer(access === 'read' ? 'read-only-storage' : 'storage', i + 1));
    try {
      const descriptor = await this.inScopes(() => {
        const module = this.gpu.createShaderModule({ label, code: wgsl });
        const group = this.gpu.createBindGroupLayout({ label, entries: [buffer('uniform', 0), ...storage] });
        const layout = this.gpu.createPipelineLayout({ label, bindGroupLayouts: [group] });
        return { label, layout, compute: { module, entryPoint: 'main' } };
      });
      return await this.gpu.createComputePipelineAsync(descriptor);
    } catch (error) {
      this.check();
      throw new EngineError('failed', `The graphics driver refused the kernel "${label}": ${messageOf(error)}`, {
        cause: error,
      });
    }
  }

  close(): void {
    this.isClosed = true;
    this.gpu.destroy();
  }

  private fail(error: EngineError): void {
    this.failure ??= error;
  }
}

const lostMark = Symbol('lost');

function lostError(message: string): EngineError {
  return new EngineError('device-lost', `The graphics device was lost${message ? `: ${message}` : '.'}`);
}

function asEngineError(error: GPUError): EngineError {
  if (typeof GPUOutOfMemoryError !== 'undefined' && error instanceof GPUOutOfMemoryError) {
    return new EngineError('out-of-memory', 'There was not enough graphics memory.', { cause: error });
  }
  return new EngineError('failed', `The graphics device failed: ${error.message}`, { cause: error });
}
