/** What the page may ask of the diagnosis worker. */
import type { Mask, Volume } from '../volume/grid.ts';
import type { CompanionRequest, Companions } from './companions.ts';
import type { Diagnosis, DiagnosisProgress, EngineChoice, OfferedModel } from './diagnosis.ts';

export interface DiagnoseRequest {
  /** Shared with the worker where its numbers lie in a SharedArrayBuffer, copied once elsewhere. */
  readonly volume: Volume;
  readonly modelName: string;
  readonly engine: EngineChoice;
  /** Untrained and unverified models show lesions and scores only when asked by name. */
  readonly showUntrained: boolean;
  /** A reader's own lung mask, or the one found before, instead of ours. */
  readonly lungs?: Mask;
}

export interface DiagnoseOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DiagnosisProgress) => void;
  /** Lungs as soon as they are found; null where there are none. */
  readonly onLungs?: (lungs: Mask | null) => void;
}

export interface DiagnosisClient {
  /** @throws DiagnosisFailure where the models' index cannot be read */
  models(): Promise<readonly OfferedModel[]>;
  /** Opens the engine in a spare moment, before a study wants it; what fails then is told when one does. */
  warmUp(engine: EngineChoice): void;
  /** @throws the signal's reason when cancelled; DiagnosisFailure when the worker fails */
  diagnose(request: DiagnoseRequest, options?: DiagnoseOptions): Promise<Diagnosis>;
  /** Segmentations, reports and lungs that go with a study. @throws DiagnosisFailure when the worker fails */
  companions(request: CompanionRequest): Promise<Companions>;
  dispose(): void;
}

/** A failure of ours or of the machine, in a reader's words, with what support needs in `detail`. */
export class DiagnosisFailure extends Error {
  readonly code: string;
  readonly detail: string;
  constructor(code: string, message: string, detail = '') {
    super(message);
    this.name = 'DiagnosisFailure';
    this.code = code;
    this.detail = detail;
  }
}
