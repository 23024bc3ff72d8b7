/** The whole result as JSON: no name and no identifier of the patient, only UIDs of study and series. No description
 *  either: it is free text or a file's name, and both may hold the patient's. */
import type { ClassName } from '../diagnosis.ts';
import { checksOf, gatedScores } from './fitness.ts';
import { researchUse, warningsOf, type ReadStudy } from './readStudy.ts';

export interface ResultJson {
  readonly researchUseOnly: string;
  readonly study: { readonly instanceUid: string; readonly date: string };
  readonly series: {
    readonly instanceUid: string;
    readonly date: string;
    readonly slices: number;
  };
  readonly geometry: {
    /** Of the study's own grid, or the corrected one: columns, rows, slices. */
    readonly sizeVoxels: readonly [number, number, number];
    readonly spacingMm: readonly [number, number, number];
    readonly corrected: boolean;
    readonly notes: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
  };
  readonly engine: { readonly kind: string; readonly label: string; readonly reason: string } | null;
  /** null where the lesions were read from a file and no model made them here. */
  readonly model: {
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
    readonly evidence: string;
  } | null;
  /** What the scan was looked at for; "stop" holds the scores back. */
  readonly fitness: readonly { readonly name: string; readonly verdict: string; readonly message?: string }[];
  /** Probabilities of the three classes; null where none are shown, for a reason that stands in `warnings`. */
  readonly scores: Readonly<Record<ClassName, number>> | null;
  readonly lungs: { readonly rightMl: number; readonly leftMl: number } | null;
  readonly lesionMl: number | null;
  /** 0 to 1, of the lungs. */
  readonly lesionVolumeRatio: number | null;
  readonly lesions: readonly {
    readonly number: number;
    readonly volumeMl: number;
    /** Voxel edges. */
    readonly boxMmLps: { readonly min: readonly number[]; readonly max: readonly number[] };
    readonly centroidMmLps: readonly number[];
    readonly meanHu: number;
  }[];
  /** Numbers of lesions; rejected ones are in no other figure. null where the reader decided nothing. */
  readonly reader: { readonly accepted: readonly number[]; readonly rejected: readonly number[] } | null;
  readonly timingsMs: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
}

export function resultJson(study: ReadStudy): ResultJson {
  const { series, read, diagnosis } = study;
  const { volume, notes } = read;
  const { findings, network, model, engine, timingsMs, reader } = diagnosis;
  const [depth, rows, columns] = volume.grid.shape;
  const [z, y, x] = volume.grid.spacingMm;
  const shown = network !== null ? findings : null;
  return {
    researchUseOnly: researchUse,
    study: { instanceUid: series.study.instanceUid, date: series.study.date },
    series: {
      instanceUid: series.seriesInstanceUid,
      date: series.date,
      slices: series.sliceCount,
    },
    geometry: {
      sizeVoxels: [columns, rows, depth],
      spacingMm: [x, y, z],
      corrected: notes.some(({ severity }) => severity === 'corrected'),
      notes,
    },
    engine,
    model: model && { name: model.name, version: model.version, sha256: model.sha256, evidence: model.evidence },
    // What passes says no more: an age is nobody's business.
    fitness: checksOf(study).map(({ name, verdict, message }) =>
      verdict === 'pass' ? { name, verdict } : { name, verdict, message },
    ),
    scores: gatedScores(study).scores,
    lungs: findings && { rightMl: findings.lungs.right.volumeMl, leftMl: findings.lungs.left.volumeMl },
    lesionMl: shown && shown.lungs.both.lesionMl,
    lesionVolumeRatio: shown && shown.lungs.both.lesionVolumeRatio,
    lesions: (shown?.lesions ?? []).map(({ number, volumeMl, boxMmLps, centroidMmLps, meanHu }) => ({
      number,
      volumeMl,
      boxMmLps,
      centroidMmLps,
      meanHu,
    })),
    reader: reader ? { accepted: reader.accepted, rejected: reader.rejected.map(({ number }) => number) } : null,
    timingsMs,
    warnings: warningsOf(study).map(({ message }) => message),
  };
}
