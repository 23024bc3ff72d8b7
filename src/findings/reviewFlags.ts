/** What in this reading asks for a second look: questions for the reader, no judgement. */
import type { EvidenceShares } from './evidenceShares.ts';
import type { Findings } from './findings.ts';

/** Starting values, to be tuned on readings by experts. */
export const reviewThresholds = {
  leastLungsMl: 1500,
  mostLungsMl: 9000,
  /** Of both lungs: a healthy left lung holds about 0.45. */
  leastSideShare: 0.3,
  /** Rounding at the lungs' edge stays below. */
  leastOutsideMl: 0.1,
  mostLesionRatio: 0.6,
  leastScoreGap: 0.2,
  mostEvidenceOutsideLesions: 0.2,
  /** CAP is rarely as extensive in the paper's database. */
  extensive: { ratio: 0.12, lesions: 4 },
  leastLesionRatio: 0.01,
} as const;

export type ScoredClass = 'covid19' | 'cap' | 'nonPneumonia';
const classNames: Readonly<Record<ScoredClass, string>> = {
  covid19: 'COVID-19',
  cap: 'CAP',
  nonPneumonia: 'non-pneumonia',
};

export type ReviewFlagCode =
  | 'lung-volume'
  | 'lung-sides'
  | 'lesion-outside'
  | 'very-extensive'
  | 'close-scores'
  | 'evidence-elsewhere'
  | 'class-and-findings'
  | 'implausible-output';

export interface ReviewFlag {
  readonly code: ReviewFlagCode;
  readonly message: string;
}

export interface Reviewed {
  readonly findings: Findings;
  /** null where no scores are shown. */
  readonly scores: Readonly<Record<ScoredClass, number>> | null;
  /** Of the class with the highest score; null where there is no evidence to look at. */
  readonly evidence: EvidenceShares | null;
}

export function reviewFlags(reviewed: Reviewed): ReviewFlag[] {
  return [...lungFlags(reviewed.findings), ...lesionFlags(reviewed.findings), ...scoreFlags(reviewed)];
}

const flag = (code: ReviewFlagCode, message: string): ReviewFlag => ({ code, message });
const percent = (ratio: number) => `${Math.round(100 * ratio)} %`;

function lungFlags({ lungs: { right, left, both } }: Findings): ReviewFlag[] {
  const { leastLungsMl, mostLungsMl, leastSideShare } = reviewThresholds;
  const flags: ReviewFlag[] = [];
  if (both.volumeMl < leastLungsMl || both.volumeMl > mostLungsMl) {
    const litres = (both.volumeMl / 1000).toFixed(1);
    const bounds = `${leastLungsMl / 1000} to ${mostLungsMl / 1000} l`;
    flags.push(flag('lung-volume', `The lungs found hold ${litres} l, outside ${bounds}. Check their outline.`));
  }
  const smaller = right.volumeMl < left.volumeMl ? { name: 'right', lung: right } : { name: 'left', lung: left };
  const share = both.volumeMl === 0 ? 0 : smaller.lung.volumeMl / both.volumeMl;
  if (share < leastSideShare) {
    const message = `The ${smaller.name} lung holds only ${percent(share)} of both lungs. Check the outlines, and whether a lung is collapsed, resected or cut off.`;
    flags.push(flag('lung-sides', message));
  }
  return flags;
}

function lesionFlags({ lungs: { both }, lesionOutsideLungsMl }: Findings): ReviewFlag[] {
  const { leastOutsideMl, mostLesionRatio } = reviewThresholds;
  const flags: ReviewFlag[] = [];
  if (lesionOutsideLungsMl >= leastOutsideMl) {
    const message = `${lesionOutsideLungsMl.toFixed(1)} ml of lesion lie outside the lungs.`;
    flags.push(flag('lesion-outside', message));
  }
  if (both.lesionVolumeRatio > mostLesionRatio) {
    const message = `Lesions take ${percent(both.lesionVolumeRatio)} of the lungs, more than ${percent(mostLesionRatio)}: seldom true.`;
    flags.push(flag('very-extensive', message));
  }
  return flags;
}

function scoreFlags({ findings, scores, evidence }: Reviewed): ReviewFlag[] {
  if (!scores) return [];
  const ranked = (Object.keys(classNames) as ScoredClass[]).sort((a, b) => scores[b] - scores[a]);
  const values = Object.values(scores);
  if (!values.every(Number.isFinite) || values.every((score) => score === 0)) {
    return [flag('implausible-output', 'The network gave no usable scores. Do not rely on this reading.')];
  }
  const [first, second] = ranked;
  const { leastScoreGap, mostEvidenceOutsideLesions } = reviewThresholds;
  const flags: ReviewFlag[] = [];
  if (!evidence || (!evidence.speaksFor && !evidence.speaksAgainst)) {
    flags.push(flag('implausible-output', 'The network shows no evidence at all for its scores.'));
  }
  if (scores[first] - scores[second] < leastScoreGap) {
    const message = `The scores of ${classNames[first]} and ${classNames[second]} lie within ${leastScoreGap.toFixed(2)} of each other.`;
    flags.push(flag('close-scores', message));
  }
  // Evidence for non-pneumonia belongs outside lesions.
  const elsewhere = evidence?.speaksFor ? 1 - evidence.speaksFor.lesions : 0;
  if (first !== 'nonPneumonia' && elsewhere > mostEvidenceOutsideLesions) {
    const message = `${percent(elsewhere)} of the evidence for ${classNames[first]} lies outside the lesions.`;
    flags.push(flag('evidence-elsewhere', message));
  }
  const disagreement = disagreementOf(first, findings);
  return disagreement ? [...flags, flag('class-and-findings', disagreement)] : flags;
}

function disagreementOf(first: ScoredClass, { lungs: { both }, lesions }: Findings): string | null {
  const { extensive, leastLesionRatio } = reviewThresholds;
  const ratio = both.lesionVolumeRatio;
  if (first === 'cap' && ratio > extensive.ratio && lesions.length >= extensive.lesions)
    return `The class is CAP, yet there are ${lesions.length} lesions in ${percent(ratio)} of the lungs.`;
  if (first === 'nonPneumonia' && ratio >= leastLesionRatio)
    return `The class is non-pneumonia, yet lesions take ${(100 * ratio).toFixed(1)} % of the lungs.`;
  if (first !== 'nonPneumonia' && lesions.length === 0)
    return `The class is ${classNames[first]}, yet no lesion of 0.1 ml or more was found.`;
  return null;
}
