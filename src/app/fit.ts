/** The fitness gate and the review flags of the study on screen. */
import { fitnessChecks, type FitnessCheck } from '../findings/fitness.ts';
import { reviewFlags, type ReviewFlag } from '../findings/reviewFlags.ts';
import type { ReadSeries, Series } from '../formats/series.ts';
import type { ClassName, Diagnosis } from '../diagnosis/diagnosis.ts';
import { classNames } from './words.ts';

export function checksOf(series: Series, { volume, notes }: ReadSeries, diagnosis: Diagnosis): FitnessCheck[] {
  const { grid } = volume;
  return fitnessChecks({
    modality: series.modality,
    thicknessMm: series.thicknessMm,
    spacingMm: series.spacingMm,
    coverageMm: grid.shape[0] * grid.spacingMm[0],
    kernel: series.kernel,
    birthDate: series.patient.birthDate,
    date: series.date || series.study.date,
    geometryNotes: notes,
    lungNotes: diagnosis.lungNotes,
    lungsFound: diagnosis.lungs !== null,
  });
}

export function flagsOf({ findings, network }: Diagnosis): ReviewFlag[] {
  if (!findings) return [];
  const scores = network?.scores ?? null;
  const evidence = network && scores ? network.evidenceShares[highest(scores)] : null;
  return reviewFlags({ findings, scores, evidence });
}

function highest(scores: Readonly<Record<ClassName, number>>): ClassName {
  return classNames.reduce((best, name) => (scores[name] > scores[best] ? name : best));
}
