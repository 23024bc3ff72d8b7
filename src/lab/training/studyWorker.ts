/** Thread that makes training studies ahead of the steps (`threadedStudies.ts`). */
import { parentPort, workerData } from 'node:worker_threads';
import { cohortStudies, type CohortSourceSettings } from './threadedStudies.ts';

const make = cohortStudies(workerData as CohortSourceSettings);

parentPort?.on('message', async (number: number) => {
  const study = await make(number);
  const transfer = [study.intensity, study.lung, study.lesion].map(({ buffer }) => buffer as ArrayBuffer);
  parentPort?.postMessage({ number, study }, transfer);
});
