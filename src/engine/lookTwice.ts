/** A study read twice, for models that ask for it. */
import { meanOfLooks, secondLook } from '../network/secondLook.ts';
import { findLesions, runStudy, type NetworkOutput, type StudyRun } from './runStudy.ts';

/** As often as the model's manifest asks for. */
export const readStudy = (run: StudyRun, looksTwice = false): Promise<NetworkOutput> =>
  looksTwice ? lookTwice(run) : runStudy(run);

/** As `runStudy`, with the mean lesion probability of two looks; scores and evidence are those of the study as it is.
 *  Patches of both looks are counted as one row. */
export async function lookTwice(run: StudyRun): Promise<NetworkOutput> {
  const { input, onProgress, recover } = run;
  let { engine } = run;
  const onEngine = { ...run, recover: recover && (async () => (engine = await recover())) };
  const turned = secondLook(input);
  const of = turned.patches.length + input.patches.length;
  const second = await findLesions({
    ...onEngine,
    input: turned,
    onProgress: (step) => {
      onProgress?.(step.stage === 'patches' ? { ...step, of } : step);
    },
  });
  const first = await runStudy({
    ...onEngine,
    engine,
    onProgress: (step) => {
      if (step.stage === 'patches') onProgress?.({ ...step, done: turned.patches.length + step.done, of });
      if (step.stage === 'classifier') onProgress?.(step);
    },
  });
  return {
    ...first,
    probability: meanOfLooks(input, first.probability, second),
    patchesRun: of,
  };
}
