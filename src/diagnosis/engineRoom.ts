/** Which engine computes, why, and what comes after it when it fails. Nothing here changes in silence: every
 *  change gives words for the reader. */
import { EngineError, type Engine } from '../engine/contract.ts';
import type { EngineChoice, EngineFacts, EngineKind } from './diagnosis.ts';
import { DiagnosisFailure } from './client.ts';

export type OpenedWebGpu =
  | { readonly kind: 'opened'; readonly engine: Engine }
  /** In a reader's words, to follow "because". */
  | { readonly kind: 'refused'; readonly reason: string };

/** How the entry opens each engine; a Node test hands in others. */
export interface EngineOpeners {
  readonly webgpu: (options: { readonly acceptSoftware: boolean }) => Promise<OpenedWebGpu>;
  readonly wasm: () => Promise<Engine>;
}

export interface EngineAtWork {
  readonly engine: Engine;
  readonly facts: EngineFacts;
}

/** Holds the engine between studies, since preparing one takes time. */
export class EngineRoom {
  private readonly openers: EngineOpeners;
  private held: EngineAtWork | null = null;
  private heldFor: EngineChoice | null = null;

  constructor(openers: EngineOpeners) {
    this.openers = openers;
  }

  /** `auto` takes WebGPU on a real graphics card and WebAssembly anywhere else; `webgpu` a software adapter too.
   *  @throws DiagnosisFailure when no engine can be had */
  async open(choice: EngineChoice): Promise<EngineAtWork> {
    if (this.held && this.heldFor === choice) return this.held;
    this.dispose();
    this.held = choice === 'wasm' ? await this.openWasm('chosen by the reader') : await this.tryWebGpu(choice);
    this.heldFor = choice;
    return this.held;
  }

  /** Another device of the same kind after a loss, or WebAssembly where there is none any more. */
  async reopen(): Promise<EngineAtWork> {
    const choice = this.heldFor ?? 'auto';
    const kind = this.held?.facts.kind;
    this.dispose();
    this.held = kind === 'wasm' ? await this.openWasm('started anew') : await this.tryWebGpu(choice);
    this.heldFor = choice;
    return this.held;
  }

  /** WebAssembly in place of an engine that failed. */
  async fallBack(reason: string): Promise<EngineAtWork> {
    const choice = this.heldFor;
    this.dispose();
    this.held = await this.openWasm(reason);
    this.heldFor = choice;
    return this.held;
  }

  dispose(): void {
    this.held?.engine.dispose();
    this.held = null;
    this.heldFor = null;
  }

  private async tryWebGpu(choice: EngineChoice): Promise<EngineAtWork> {
    const opened = await this.openers
      .webgpu({ acceptSoftware: choice === 'webgpu' })
      .catch((error: unknown): OpenedWebGpu => ({
        kind: 'refused',
        reason: `it could not be started (${error instanceof Error ? error.message : String(error)})`,
      }));
    if (opened.kind === 'refused') return this.openWasm(`WebGPU is not used because ${opened.reason}`);
    const reason = choice === 'webgpu' ? 'chosen by the reader' : 'the graphics card passed its test';
    return atWork(opened.engine, 'webgpu', reason);
  }

  private async openWasm(reason: string): Promise<EngineAtWork> {
    try {
      return atWork(await this.openers.wasm(), 'wasm', reason);
    } catch (error) {
      throw asFailure(error);
    }
  }
}

const atWork = (engine: Engine, kind: EngineKind, reason: string): EngineAtWork => ({
  engine,
  facts: { kind, label: engine.description.label, reason },
});

/** What failed, for the reader; a signal's reason passes unchanged. */
export function asFailure(error: unknown): unknown {
  if (error instanceof DiagnosisFailure || (error instanceof DOMException && error.name === 'AbortError')) return error;
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (error instanceof EngineError) return new DiagnosisFailure(`engine-${error.code}`, error.message, detail);
  if (error instanceof RangeError && /allocation|memory|array length/i.test(error.message)) {
    return new DiagnosisFailure('out-of-memory', 'There is not enough memory for this study.', detail);
  }
  return new DiagnosisFailure('failed', 'The analysis failed through an error in this program.', detail);
}
