/** The table of the ablations, in Markdown. */
import { measureClasses, meanOf } from '../evaluation/classification.ts';
import { summary } from '../evaluation/report.ts';
import type { Variant } from './variants.ts';

/** A variant's weights of one seed on one study. */
export interface AblationCase {
  readonly variant: string;
  readonly seed: number;
  readonly id: string;
  readonly patient: string;
  readonly trueClass: number;
  /** Null in a study without lesions where none were called. */
  readonly dice: number | null;
  /** Of the lungs, called lesion. */
  readonly calledShare: number;
  readonly hasLesions: boolean;
  readonly classProbabilities: readonly number[];
}

const head = [
  'variant',
  'Dice of lesions',
  'called lesion where none is',
  'accuracy of classes',
  'AUC, mean over the classes',
] as const;

/** One row for each variant; `–` for what it does not have. Intervals are over patients, of the cases of all seeds;
 *  in brackets behind Dice and AUC what the single seeds gave. */
export function ablationTable(variants: readonly Variant[], cases: readonly AblationCase[]): string {
  const rows = variants.map(({ name, tasks }) => {
    const own = cases.filter(({ variant }) => variant === name);
    const lesions = tasks.includes('lesions') ? lesionCells(own) : ['–', '–'];
    const classes = tasks.includes('classes') ? classCells(own) : ['–', '–'];
    return [name, ...lesions, ...classes];
  });
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function lesionCells(cases: readonly AblationCase[]): string[] {
  const sick = cases.filter(({ hasLesions }) => hasLesions);
  const clean = cases.filter(({ hasLesions }) => !hasLesions);
  const ofSeeds = bySeed(sick, (own) => meanOf(own.map(({ dice }) => dice)));
  return [`${summary(sick, ({ dice }) => dice)}${listed(ofSeeds)}`, summary(clean, ({ calledShare }) => calledShare)];
}

function classCells(cases: readonly AblationCase[]): string[] {
  const isRight = ({ classProbabilities, trueClass }: AblationCase) =>
    classProbabilities.indexOf(Math.max(...classProbabilities)) === trueClass ? 1 : 0;
  const aucs = bySeed(
    cases,
    (own) =>
      measureClasses(
        own.map(({ trueClass }) => trueClass),
        own.map(({ classProbabilities }) => classProbabilities),
      ).macro.auc,
  );
  return [summary(cases, isRight), `${shown(meanOf(aucs))}${listed(aucs)}`];
}

function bySeed(cases: readonly AblationCase[], measure: (own: readonly AblationCase[]) => number | null) {
  const seeds = [...new Set(cases.map(({ seed }) => seed))].sort((a, b) => a - b);
  return seeds.map((seed) => measure(cases.filter((one) => one.seed === seed)));
}

const shown = (value: number | null) => value?.toFixed(3) ?? 'not defined';

/** What each seed gave; nothing where there is but one. */
const listed = (values: readonly (number | null)[]) =>
  values.length < 2 ? '' : ` (seeds: ${values.map(shown).join(', ')})`;
