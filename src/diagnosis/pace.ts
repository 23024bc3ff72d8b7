/** How far, and how long yet. */
import type { DiagnosisProgress, DiagnosisStage } from './diagnosis.ts';

/** What a run on one engine with one plan took, to foretell the next. */
export interface Pace {
  readonly patchMs: number;
  /** All that comes after the last patch. */
  readonly afterMs: number;
}

export class Stopwatch {
  readonly timingsMs: Partial<Record<DiagnosisStage, number>> = {};
  private readonly report: ((progress: DiagnosisProgress) => void) | undefined;
  private readonly clock: () => number;
  private readonly start: number;
  private stage: DiagnosisStage | null = null;
  private stageStart = 0;
  /** Of a former run. */
  private known: Pace | null = null;
  private patchesEnd: number | null = null;
  private patches = 0;

  constructor(report?: (progress: DiagnosisProgress) => void, clock = () => performance.now()) {
    this.report = report;
    this.clock = clock;
    this.start = clock();
  }

  /** What a former run took on the engine that is to be used. */
  know(pace: Pace | null): void {
    this.known = pace;
  }

  /** Begins a stage, or says how far it has come. A stage may be entered again; its times add up. */
  at(stage: DiagnosisStage, done = 0, of = 1): void {
    const now = this.clock();
    if (stage !== this.stage) this.change(stage, now);
    if (stage === 'patches') this.patches = of;
    this.report?.({ stage, done, of, elapsedMs: now - this.start, remainingMs: this.remainingMs(done, now) });
  }

  finish(): void {
    this.change(null, this.clock());
  }

  /** To be kept for the next run; null where no patch was run. */
  pace(): Pace | null {
    const patchesMs = this.timingsMs.patches;
    if (patchesMs === undefined || this.patches === 0 || this.patchesEnd === null) return null;
    return { patchMs: patchesMs / this.patches, afterMs: this.clock() - this.patchesEnd };
  }

  private change(stage: DiagnosisStage | null, now: number): void {
    if (this.stage) this.timingsMs[this.stage] = (this.timingsMs[this.stage] ?? 0) + now - this.stageStart;
    if (this.stage === 'patches') this.patchesEnd = now;
    this.stage = stage;
    this.stageStart = now;
  }

  private remainingMs(done: number, now: number): number | null {
    if (this.stage === 'patches') {
      const patchMs = done > 0 ? (now - this.stageStart) / done : this.known?.patchMs;
      return patchMs === undefined ? null : patchMs * (this.patches - done) + (this.known?.afterMs ?? patchMs);
    }
    if (this.patchesEnd === null || !this.known) return null;
    return Math.max(0, this.known.afterMs - (now - this.patchesEnd));
  }
}
