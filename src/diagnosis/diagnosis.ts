/** What a reading of one study gives. Plain data: all of it passes a worker's door. */
import type { EvidenceShares } from '../findings/evidenceShares.ts';
import type { Findings, LesionLabels } from '../findings/findings.ts';
import type { ClassName } from '../network/describe.ts';
import type { PlacedEvidence, Scale } from '../network/evidence.ts';
import type { EvidenceLevel, Manifest } from '../network/manifest.ts';
import type { Mask } from '../volume/grid.ts';

export type { ClassName } from '../network/describe.ts';

export interface ModelFacts {
  readonly name: string;
  readonly version: string;
  readonly card: string;
  readonly plan: string;
  readonly sha256: string;
  readonly training: string;
  /** As the page may state it: `none` for a model that is not verified. */
  readonly evidence: EvidenceLevel;
  readonly verified: boolean;
}

/** One model that the page offers, before its weights are loaded. */
export interface OfferedModel {
  readonly manifest: Manifest;
  readonly statedEvidence: EvidenceLevel;
  readonly isDefault: boolean;
}

export type EngineKind = 'webgpu' | 'wasm';
export type EngineChoice = 'auto' | EngineKind;

/** Which engine computes, and why it was taken. */
export interface EngineFacts {
  readonly kind: EngineKind;
  /** In a reader's words, e.g. "WebGPU on apple m2" or "WebAssembly, 2 threads". */
  readonly label: string;
  /** Why this one: "chosen by the reader", "the WebGPU adapter is a software one" … */
  readonly reason: string;
}

/** Evidence of one class, summed over all scales or of one scale. */
export interface EvidenceMaps {
  readonly all: PlacedEvidence;
  readonly scales: Readonly<Record<Scale, PlacedEvidence>>;
}

/** How a class's evidence adds up to its score. */
export interface EvidenceTerms {
  readonly bias: number;
  /** Means of scales 1, 2, 3. */
  readonly means: readonly [number, number, number];
  /** The score, before softmax. */
  readonly score: number;
  /** score - bias - means: rounding, when all is well. */
  readonly residual: number;
}

export interface NetworkReading {
  /** Probabilities of the classes (softmax), in the order of `ClassName`. null where the model's classifier is not trained,
   *  or not shown to work. */
  readonly scores: Readonly<Record<ClassName, number>> | null;
  readonly evidence: Readonly<Record<ClassName, EvidenceMaps>>;
  readonly terms: Readonly<Record<ClassName, EvidenceTerms>>;
  /** Where the evidence of all scales lies. */
  readonly evidenceShares: Readonly<Record<ClassName, EvidenceShares>>;
  /** On the study's own grid. */
  readonly lesions: LesionLabels;
  readonly workingGrid: {
    readonly shape: readonly [number, number, number];
    readonly spacingMm: readonly [number, number, number];
  };
  readonly patchesRun: number;
}

export type WarningCode =
  | 'geometry'
  | 'lungs'
  | 'no-lungs'
  | 'untrained'
  | 'unverified'
  | 'engine'
  | 'device-lost'
  | 'implausible'
  | 'from-file'
  | 'reader';
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

export interface Diagnosis {
  readonly model: ModelFacts;
  /** null where no network was run. */
  readonly engine: EngineFacts | null;
  /** 1 right, 2 left; null where there are none. */
  readonly lungs: Mask | null;
  readonly lungNotes: readonly { readonly code: string; readonly message: string }[];
  /** null where it was withheld or there are no lungs; the reason stands in the warnings. */
  readonly network: NetworkReading | null;
  /** Lungs alone where the network was withheld. null without lungs. */
  readonly findings: Findings | null;
  readonly warnings: readonly Warning[];
  /** By stage. */
  readonly timingsMs: Readonly<Partial<Record<DiagnosisStage, number>>>;
}

export const diagnosisStages = [
  'model',
  'lungs',
  'engine',
  'prepare',
  'stem',
  'patches',
  'classifier',
  'lesions',
  'findings',
] as const;
export type DiagnosisStage = (typeof diagnosisStages)[number];

/** In a reader's words, for the progress line. */
export const stageNames: Readonly<Record<DiagnosisStage, string>> = {
  model: 'Loading the model',
  lungs: 'Finding the lungs',
  engine: 'Preparing the engine',
  prepare: 'Preparing the study',
  stem: 'Reading the whole study',
  patches: 'Looking for lesions',
  classifier: 'Weighing the classes',
  lesions: 'Bringing lesions back to the study',
  findings: 'Measuring',
};

export interface DiagnosisProgress {
  readonly stage: DiagnosisStage;
  /** Of the stage. */
  readonly done: number;
  readonly of: number;
  readonly elapsedMs: number;
  /** For all that is left; null while nothing is known. */
  readonly remainingMs: number | null;
}
