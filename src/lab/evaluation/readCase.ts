/** A study through the whole chain, as the page runs it: lungs, working grid, network, way back. */
import type { Engine } from '../../engine/contract.ts';
import { readStudy } from '../../engine/lookTwice.ts';
import type { NetworkOutput } from '../../engine/runStudy.ts';
import type { Weights } from '../../network/graph.ts';
import { prepareInput } from '../../network/input.ts';
import { evidenceRegions, evidenceShares } from '../../findings/evidenceShares.ts';
import { placeEvidence } from '../../network/evidence.ts';
import { toStudyGrid } from '../../network/output.ts';
import type { Plan } from '../../network/plans.ts';
import { ourPreprocessing } from '../../network/preprocessing.ts';
import { withSpatialPrior, type SpatialPrior } from '../../network/spatialPrior.ts';
import type { Mask, Volume } from '../../volume/grid.ts';

export interface ModelUnderTest {
  readonly plan: Plan;
  readonly weights: Weights;
  readonly engine: Engine;
  /** As in the model's manifest. */
  readonly spatialPrior?: SpatialPrior | undefined;
  readonly looksTwice?: boolean | undefined;
}

export interface ReadCase {
  readonly lesions: Mask;
  readonly output: NetworkOutput;
  /** Share of the lungs that is called lesion. */
  readonly lesionShare: number;
  /** Of the evidence for the likeliest class with the lesions (`agreementMeaning` in the findings). */
  readonly agreement: number | null;
  readonly elapsedMs: number;
}

export async function readCase(
  volume: Volume,
  lungs: Mask,
  { plan, weights, engine, spatialPrior, looksTwice }: ModelUnderTest,
): Promise<ReadCase> {
  const started = performance.now();
  const input = prepareInput(volume, lungs, plan, ourPreprocessing);
  const output = await readStudy({ input, model: { weights }, engine }, looksTwice);
  const lesions = toStudyGrid(input, withSpatialPrior(input, output.probability, spatialPrior), lungs);
  let [lesion, lung] = [0, 0];
  for (let i = 0; i < lungs.labels.length; i++) {
    if (lungs.labels[i] === 0) continue;
    lung++;
    lesion += lesions.labels[i];
  }
  const elapsedMs = performance.now() - started;
  const likeliest = output.classProbabilities.indexOf(Math.max(...output.classProbabilities));
  const evidence = placeEvidence(input, output.evidence, likeliest);
  const { agreement } = evidenceShares(evidence.values, evidenceRegions(evidence.grid, lungs, lesions.labels));
  return { lesions, output, lesionShare: lesion / lung, agreement, elapsedMs };
}
