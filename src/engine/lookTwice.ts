/** A study read twice, for models that ask for it. */
import { meanOfLooks, secondLook } from '../network/secondLook.ts';
import { runStudy, type NetworkOutput, type StudyRun } from './runStudy.ts';

/** As `runStudy`, with the mean lesion probability of two looks; scores and evidence are those of the study as it is.
 *  Patches of both looks are counted as one row. */
export async function lookTwice(run: StudyRun): Promise<NetworkOutput> {
  const { input, onProgress } = run;
  let { engine } = run;
  const recover = run.recover && (async () => (engine = await run.recover!()));
  const turned = secondLook(input);
  const of = turned.patches.length + input.patches.length;
  // Nothing of its classifier is kept: it ends with its last patch.
  const second = await runStudy({
    ...run,
    recover,
    input: turned,
    onProgress: ({ stage, done }) => {
      if (stage !== 'classifier') onProgress?.(stage === 'patches' ? { stage, done, of } : { stage, done, of: 1 });
    },
  });
  const first = await runStudy({
    ...run,
    recover,
    engine,
    onProgress: ({ stage, done, of: parts }) => {
      if (stage === 'patches') onProgress?.({ stage, done: turned.patches.length + done, of });
      if (stage === 'classifier') onProgress?.({ stage, done, of: parts });
    },
  });
  return {
    ...first,
    probability: meanOfLooks(input, first.probability, second.probability),
    patchesRun: first.patchesRun + second.patchesRun,
  };
}
