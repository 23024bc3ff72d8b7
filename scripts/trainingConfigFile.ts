import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { trainingConfigSchema, type TrainingConfig } from '../src/lab/training/trainingConfig.ts';

/** @param config a path ending in `.json`, or a name in src/lab/training/configs
 *  @throws Error where it is no configuration */
export async function readTrainingConfig(config: string): Promise<TrainingConfig> {
  const path = config.endsWith('.json')
    ? config
    : fileURLToPath(new URL(`../src/lab/training/configs/${config}.json`, import.meta.url));
  return trainingConfigSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}
