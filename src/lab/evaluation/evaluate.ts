/** A model over a cohort: each study through the whole chain, measured against what its annotators drew. */
import { classes } from '../../network/describe.ts';
import { segmentLungs } from '../../lungs/segmentLungs.ts';
import { voxelToLps, type Mask } from '../../volume/grid.ts';
import type { CohortStudy } from '../cohort.ts';
import { areaUnderRoc } from './classification.ts';
import { overlapOf } from './overlap.ts';
import { readCase, type ModelUnderTest } from './readCase.ts';
import { compareSurfaces } from './surface.ts';

/** `found`: by the page's own means; `drawn`: given by the cohort. */
export type LungsFrom = 'found' | 'drawn';
export const tolerancesMm = [1, 2, 3] as const;

/** Numbers are null where they are undefined: without a mask, or with an empty one. */
export interface CaseResult {
  readonly id: string;
  readonly patient: string;
  readonly lungsFrom: LungsFrom;
  /** Why nothing was computed, in a reader's words. Lesions that such a case has count as not found; what would be
   *  called lesion in it is not known. */
  readonly failure: string | null;
  readonly dice: number | null;
  readonly sensitivity: number | null;
  /** Within the lungs that were used. */
  readonly specificity: number | null;
  readonly surfaceDice: readonly (number | null)[];
  readonly rmsdMm: number | null;
  /** Of the lungs, called lesion; null where the case failed. */
  readonly calledShare: number | null;
  readonly truth: 'lesions' | 'none' | 'unknown';
  readonly trueClass: number | null;
  readonly classProbabilities: readonly number[] | null;
  /** Chance that a slice in which a reader saw infection has more of its lung called lesion than one in which none was
   *  seen; null where nobody looked slice by slice. */
  readonly sliceAuc: number | null;
  /** Of the evidence for the likeliest class with the lesions. */
  readonly agreement: number | null;
  readonly elapsedMs: number;
}

export async function evaluateCase(
  study: CohortStudy,
  lungsFrom: LungsFrom,
  model: ModelUnderTest,
): Promise<CaseResult> {
  const truth = study.lesions?.labels.map((label) => (label === 0 ? 0 : 1)) ?? null;
  const common = {
    id: study.id,
    patient: study.patient,
    lungsFrom,
    truth: truth === null ? ('unknown' as const) : truth.includes(1) ? ('lesions' as const) : ('none' as const),
    trueClass: study.trueClass === null ? null : classes.indexOf(study.trueClass),
  };
  const lungs = lungsOf(study, lungsFrom);
  if (typeof lungs === 'string') return { ...common, ...nothingFound(truth), failure: lungs };
  const { lesions, lesionShare, agreement, output, elapsedMs } = await readCase(study.volume, lungs, model);
  const { shape, spacingMm } = study.volume.grid;
  const overlap = truth && overlapOf(truth, lesions.labels);
  const surfaces = truth && compareSurfaces(truth, lesions.labels, shape, spacingMm);
  return {
    ...common,
    failure: null,
    dice: overlap?.dice ?? null,
    sensitivity: overlap?.sensitivity ?? null,
    specificity: truth && overlapOf(truth, lesions.labels, lungs.labels).specificity,
    surfaceDice: tolerancesMm.map((mm) => surfaces?.surfaceDice(mm) ?? null),
    rmsdMm: surfaces?.rmsdMm ?? null,
    calledShare: lesionShare,
    classProbabilities: output.classProbabilities,
    sliceAuc: sliceAuc(study, lungs, lesions),
    agreement,
    elapsedMs,
  };
}

/** Every slice counts that a reader looked at and that holds lung. */
function sliceAuc({ volume: { grid }, sliceLabels }: CohortStudy, lungs: Mask, lesions: Mask): number | null {
  const [depth, rows, columns] = grid.shape;
  const shares: number[] = [];
  const isInfected: boolean[] = [];
  for (let z = 0; z < depth; z++) {
    const zMm = voxelToLps(grid, [z, 0, 0])[2];
    const label = sliceLabels.find((known) => Math.abs(known.zMm - zMm) < grid.spacingMm[0] / 4);
    const slice = (mask: Mask) => mask.labels.subarray(z * rows * columns, (z + 1) * rows * columns);
    const lung = slice(lungs).reduce((sum, value) => sum + Math.min(value, 1), 0);
    if (!label || lung === 0) continue;
    shares.push(slice(lesions).reduce((sum, value) => sum + value, 0) / lung);
    isInfected.push(label.isInfected);
  }
  return shares.length === 0 ? null : areaUnderRoc(shares, isInfected);
}

function lungsOf(study: CohortStudy, from: LungsFrom): Mask | string {
  if (from === 'drawn') return study.drawnLungs ?? 'Nobody drew the lungs.';
  const found = segmentLungs(study.volume);
  return found.kind === 'none' ? found.message : found.lungs;
}

function nothingFound(truth: Uint8Array | null) {
  const hasLesions = truth?.includes(1) ?? false;
  return {
    dice: hasLesions ? 0 : null,
    sensitivity: hasLesions ? 0 : null,
    specificity: null,
    surfaceDice: tolerancesMm.map(() => null),
    rmsdMm: null,
    calledShare: null,
    classProbabilities: null,
    sliceAuc: null,
    agreement: null,
    elapsedMs: 0,
  };
}
