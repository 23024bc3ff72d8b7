import type { Engine } from '../../engine/contract.ts';
import { classes } from '../../network/describe.ts';
import type { Weights } from '../../network/graph.ts';
import type { Plan } from '../../network/plans.ts';
import type { CohortStudy } from '../cohort.ts';
import { overlapOf } from '../evaluation/overlap.ts';
import { readCase } from '../evaluation/readCase.ts';
import type { AblationCase } from './ablationTable.ts';

export interface TrainedVariant {
  readonly variant: string;
  readonly seed: number;
  readonly plan: Plan;
  readonly weights: Weights;
}

/** One simulated study through the page's own chain, from the lungs on; lesions are counted on the study's own grid.
 *  @throws Error where the study lacks lungs, lesions or class */
export async function measureVariant(
  { variant, seed, plan, weights }: TrainedVariant,
  { id, patient, volume, drawnLungs, lesions, trueClass }: CohortStudy,
  engine: Engine,
): Promise<AblationCase> {
  if (!drawnLungs || !lesions || !trueClass) throw new Error(`${id}: not all of it is known`);
  const read = await readCase(volume, drawnLungs, { plan, weights, engine });
  return {
    variant,
    seed,
    id,
    patient,
    trueClass: classes.indexOf(trueClass),
    dice: overlapOf(lesions.labels, read.lesions.labels).dice,
    calledShare: read.lesionShare,
    hasLesions: lesions.labels.some((value) => value !== 0),
    classProbabilities: read.output.classProbabilities,
  };
}
