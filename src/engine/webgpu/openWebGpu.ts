import { EngineError } from '../contract.ts';
import { describeAdapter, type AdapterDescription } from './adapter.ts';
import { blockingFor, openChecked, type BlockingMemory } from './blockings.ts';
import { openDevice, type OwnedDevice } from './device.ts';
import { checkKnownAnswer } from './knownAnswer.ts';
import { createWebGpuEngine, type WebGpuEngine } from './webGpuEngine.ts';

export interface WebGpuOptions {
  /** `navigator.gpu`; undefined in browsers without WebGPU and on pages that are not secure. */
  readonly gpu: GPU | undefined;
  /** A software adapter is slower than WebAssembly: for tests, and for who asks for it by name. */
  readonly acceptSoftware: boolean;
  /** Where it is kept what is fastest on a card; without it a card is timed at every opening. */
  readonly memory?: BlockingMemory;
}

export type WebGpuOpening =
  | { readonly kind: 'opened'; readonly engine: WebGpuEngine; readonly adapter: AdapterDescription }
  /** In a reader's words, to follow "because". */
  | { readonly kind: 'refused'; readonly reason: string };

/** Opens a device of our own on the best adapter and has it answer questions whose answers are known. Called again
 *  after a device was lost, it does all of this again. */
export async function openWebGpu({ gpu, acceptSoftware, memory }: WebGpuOptions): Promise<WebGpuOpening> {
  if (!gpu) return refused('this browser offers no WebGPU here');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) return refused('this browser has no graphics adapter for it');
  const description = describeAdapter(adapter.info);
  if (description.isSoftware && !acceptSoftware) {
    return refused(`it is only imitated on the processor here (${description.name}), slower than WebAssembly`);
  }
  let device: OwnedDevice | null = null;
  try {
    const label = `WebGPU on ${description.name}`;
    const opened = (device = await openDevice(adapter));
    const fastest = await blockingFor(opened, description, memory ?? null);
    const engine = await openChecked(fastest, description, memory ?? null, async (blocking) => {
      const made = createWebGpuEngine(opened, label, blocking); // not disposed where it fails: the device is needed
      await checkKnownAnswer(made);
      return made;
    });
    return { kind: 'opened', engine, adapter: description };
  } catch (error) {
    device?.close();
    if (error instanceof EngineError)
      return refused(`the graphics adapter (${description.name}) was tested and failed: ${error.message}`);
    throw error;
  }
}

const refused = (reason: string): WebGpuOpening => ({ kind: 'refused', reason });
