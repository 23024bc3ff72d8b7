/** A study through the whole chain, as the page runs it: lungs, working grid, network, way back. */
import type { Engine } from '../../engine/contract.ts';
import { runStudy, type NetworkOutput } from '../../engine/runStudy.ts';
import type { Weights } from '../../network/graph.ts';
import { prepareInput } from '../../network/input.ts';
import { toStudyGrid } from '../../network/output.ts';
import type { Plan } from '../../network/plans.ts';
import { ourPreprocessing } from '../../network/preprocessing.ts';
import type { Mask, Volume } from '../../volume/grid.ts';

export interface ReadCase {
  readonly lesions: Mask;
  readonly output: NetworkOutput;
  /** Share of the lungs that is called lesion. */
  readonly lesionShare: number;
  readonly elapsedMs: number;
}

export async function readCase(
  volume: Volume,
  lungs: Mask,
  { plan, weights, engine }: { readonly plan: Plan; readonly weights: Weights; readonly engine: Engine },
): Promise<ReadCase> {
  const started = performance.now();
  const input = prepareInput(volume, lungs, plan, ourPreprocessing);
  const output = await runStudy({ input, model: { weights }, engine });
  const lesions = toStudyGrid(input, output.probability, lungs);
  let [lesion, lung] = [0, 0];
  for (let i = 0; i < lungs.labels.length; i++) {
    if (lungs.labels[i] === 0) continue;
    lung++;
    lesion += lesions.labels[i];
  }
  return { lesions, output, lesionShare: lesion / lung, elapsedMs: performance.now() - started };
}
