/** The fitness gate and the review flags of the study on screen. */
import { checksOf } from '../diagnosis/exports/fitness.ts';
import type { FitnessCheck } from '../findings/fitness.ts';
import { reviewFlags, type ReviewFlag } from '../findings/reviewFlags.ts';
import type { ClassName } from '../diagnosis/diagnosis.ts';
import { findingsOf, type AppState } from './state.ts';
import { classNames } from './words.ts';

/** Of what is on screen; null while nothing is known of the lungs. */
export function shownChecks({ session, run }: Pick<AppState, 'session' | 'run'>): FitnessCheck[] | null {
  if (session.kind !== 'viewing') return null;
  const { series, read } = session;
  if (run.kind === 'done') return checksOf({ series, read, diagnosis: run.diagnosis });
  if (run.kind !== 'stored') return null;
  return checksOf({ series, read, diagnosis: run.reading });
}

export function flagsOf(state: Pick<AppState, 'run' | 'verdicts'>): ReviewFlag[] {
  const { run } = state;
  const findings = findingsOf(state);
  if (!findings) return [];
  if (run.kind !== 'done') return reviewFlags({ findings, scores: null, evidence: null });
  const { network } = run.diagnosis;
  const scores = network?.scores ?? null;
  const evidence = network && scores ? network.evidenceShares[highest(scores)] : null;
  return reviewFlags({ findings, scores, evidence });
}

function highest(scores: Readonly<Record<ClassName, number>>): ClassName {
  return classNames.reduce((best, name) => (scores[name] > scores[best] ? name : best));
}
