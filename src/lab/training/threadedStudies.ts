import { Worker } from 'node:worker_threads';
import type { Plan } from '../../network/plans.ts';
import { caseStudies, type CaseSettings } from './caseStudies.ts';
import { keptOnDisk } from './studyFiles.ts';
import type { StudySource, TrainingStudy } from './trainingStudy.ts';

export interface CohortSourceSettings {
  readonly plan: Plan;
  readonly cases: CaseSettings;
  /** Different studies there are, kept in the folder; null: every number makes another one. */
  readonly kept: { readonly folder: string; readonly count: number } | null;
}

/** Raised whenever the code makes other studies of the same numbers: those on disk are then made anew. */
const edition = 7;

/** What study number n is, made here and now. */
export function cohortStudies({ plan, cases, kept }: CohortSourceSettings): (number: number) => Promise<TrainingStudy> {
  const make = caseStudies(plan, cases);
  const { patch: _patch, stem: _stem, width: _width, ...grid } = plan;
  const { dataFolder: _folder, ...drawn } = cases;
  return kept ? keptOnDisk(make, { ...kept, key: { edition, grid, drawn } }) : make;
}

/** A thread does not have the loader of the process it begins in. */
const readTypeScript = (module: URL) =>
  `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(module.href)}); });`;

/** Studies of a cohort, made in a thread of their own while steps run. */
export function threadedStudies(settings: CohortSourceSettings): StudySource {
  const worker = new Worker(readTypeScript(new URL('./studyWorker.ts', import.meta.url)), {
    eval: true,
    workerData: settings,
  });
  worker.unref();
  interface Waiting {
    readonly resolve: (study: TrainingStudy) => void;
    readonly reject: (error: Error) => void;
  }
  const waiting = new Map<number, Waiting>();
  let failure: Error | null = null;
  worker.on('message', ({ number, study }: { number: number; study: TrainingStudy }) => {
    waiting.get(number)?.resolve(study);
    waiting.delete(number);
    if (waiting.size === 0) worker.unref();
  });
  worker.on('error', (error: Error) => {
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
  });
  return {
    description: 'real cases, varied, and simulated disease',
    study: (number) =>
      new Promise((resolve, reject) => {
        if (failure) return reject(failure);
        waiting.set(number, { resolve, reject });
        worker.ref();
        worker.postMessage(number);
      }),
  };
}
