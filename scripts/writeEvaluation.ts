import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  classRows,
  cohortRows,
  writeReport,
  type CohortResult,
  type ReportWords,
} from '../src/lab/evaluation/report.ts';

/** Writes `report.html` and `cases.json`, and prints what they come to.
 *  @param script of package.json, which was called with this process's arguments */
export async function writeEvaluation(
  out: string,
  script: string,
  weights: Omit<ReportWords, 'command'>,
  cohorts: readonly CohortResult[],
): Promise<void> {
  const words = { ...weights, command: `npm run ${script} -- ${process.argv.slice(2).join(' ')}` };
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'report.html'), writeReport(words, cohorts));
  await writeFile(join(out, 'cases.json'), `${JSON.stringify({ ...words, cohorts }, null, 1)}\n`);
  for (const cohort of cohorts) {
    console.log(`\n${cohort.name}`);
    for (const [name, text] of [...cohortRows(cohort), ...classRows(cohort)]) console.log(`${name}: ${text}`);
  }
}
