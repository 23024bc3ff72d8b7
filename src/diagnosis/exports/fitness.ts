/** The fitness gate, for the page and for every file alike: a scan that it stops has no scores anywhere. */
import { fitnessChecks, type FitnessCheck } from '../../findings/fitness.ts';
import type { ReadSeries, Series } from '../../formats/series.ts';
import type { Diagnosis, NetworkReading } from '../diagnosis.ts';

/** What the gate looks at. */
export interface Gated {
  readonly series: Series;
  readonly read: Pick<ReadSeries, 'volume' | 'notes'>;
  readonly diagnosis: Pick<Diagnosis, 'lungs' | 'lungNotes'>;
}

export function checksOf({ series, read: { volume, notes }, diagnosis }: Gated): FitnessCheck[] {
  const { grid } = volume;
  return fitnessChecks({
    modality: series.modality,
    thicknessMm: series.thicknessMm,
    spacingMm: series.spacingMm,
    coverageMm: grid.shape[0] * grid.spacingMm[0],
    kernel: series.kernel,
    contrast: series.contrast ?? '',
    birthDate: series.patient.birthDate,
    date: series.date || series.study.date,
    geometryNotes: notes,
    lungNotes: diagnosis.lungNotes,
    lungsFound: diagnosis.lungs !== null,
  });
}

interface Scored {
  readonly network: Pick<NetworkReading, 'scores'> | null;
}

export interface GatedScores {
  readonly scores: NetworkReading['scores'];
  /** Why scores that the network gave are not told; null where none are held back. */
  readonly heldBack: string | null;
}

export function gatedScores(study: Gated & { readonly diagnosis: Scored }): GatedScores {
  const scores = study.diagnosis.network?.scores ?? null;
  const stops = checksOf(study).filter(({ verdict }) => verdict === 'stop');
  if (scores === null || stops.length === 0) return { scores, heldBack: null };
  return { scores: null, heldBack: `No scores: ${stops.map(({ message }) => message).join(' ')}` };
}
