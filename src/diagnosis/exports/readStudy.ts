import type { ReadSeries, Series } from '../../formats/series.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { gatedScores } from './fitness.ts';

/** Everything an export is made from. */
export interface ReadStudy {
  readonly series: Series;
  readonly read: ReadSeries;
  readonly diagnosis: Diagnosis;
}

/** Stands in every file. */
export const researchUse = 'Research use only. Not for use in diagnostic procedures.';

export const program = { name: 'deepsc-ct-viewer', version: '0.1.0' } as const;

/** What a reader must know of the result: geometry first. */
export function warningsOf(study: ReadStudy): { readonly code: string; readonly message: string }[] {
  const { read, diagnosis } = study;
  const { heldBack } = gatedScores(study);
  const geometry = read.notes
    .filter((note) => note.severity !== 'info')
    .map(({ message }) => ({ code: 'geometry', message }));
  return [...geometry, ...diagnosis.warnings, ...(heldBack ? [{ code: 'unfit', message: heldBack }] : [])];
}
