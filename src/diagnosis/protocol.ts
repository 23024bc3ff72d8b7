/** What crosses between page and worker: plain data, each message with the number of the call it belongs to. */
import type { Mask } from '../volume/grid.ts';
import type { DiagnoseRequest } from './client.ts';
import type { CompanionRequest, Companions } from './companions.ts';
import type { Diagnosis, DiagnosisProgress, EngineChoice, OfferedModel } from './diagnosis.ts';

export type ToWorker =
  | { readonly kind: 'models'; readonly call: number }
  /** Not answered. */
  | { readonly kind: 'warmUp'; readonly engine: EngineChoice }
  | { readonly kind: 'diagnose'; readonly call: number; readonly request: DiagnoseRequest }
  | { readonly kind: 'companions'; readonly call: number; readonly request: CompanionRequest }
  | { readonly kind: 'cancel'; readonly call: number };

export type FromWorker =
  | { readonly kind: 'models'; readonly call: number; readonly models: readonly OfferedModel[] }
  | { readonly kind: 'progress'; readonly call: number; readonly progress: DiagnosisProgress }
  | { readonly kind: 'lungs'; readonly call: number; readonly lungs: Mask | null }
  | { readonly kind: 'done'; readonly call: number; readonly diagnosis: Diagnosis }
  | { readonly kind: 'companions'; readonly call: number; readonly companions: Companions }
  | { readonly kind: 'cancelled'; readonly call: number }
  | {
      readonly kind: 'failed';
      readonly call: number;
      readonly code: string;
      readonly message: string;
      readonly detail: string;
    };

/** A worker, or an end of a MessageChannel: both ends are tested in Node. */
export interface Port {
  /** @param transfer buffers that the other end gets whole, and this one loses */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
