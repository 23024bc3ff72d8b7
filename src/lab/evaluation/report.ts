/** One page with what was measured, and on what. */
import { classes } from '../../network/describe.ts';
import { brierScore, calibrationError, meanOf, measureClasses, rocCurve } from './classification.ts';
import { tolerancesMm, type CaseResult } from './evaluate.ts';
import { bootstrapInterval, meanAndDeviation } from './statistics.ts';

export interface CohortResult {
  readonly name: string;
  /** What was measured on, in words: where it is from, how a picture became a study. */
  readonly about: string;
  readonly cases: readonly CaseResult[];
}

export interface ReportWords {
  readonly model: string;
  readonly sha256: string;
  readonly command: string;
}

type Cell = string | number | null;

const seed = 1;

/** Mean (deviation) [95 % interval by patient]; the number of cases where it is defined. */
export function summary<Case extends Pick<CaseResult, 'patient'>>(
  cases: readonly Case[],
  measure: (result: Case) => number | null,
): string {
  const defined = cases.flatMap((result) => {
    const value = measure(result);
    return value === null ? [] : [{ patient: result.patient, value }];
  });
  if (defined.length === 0) return 'not defined';
  const { mean, deviation } = meanAndDeviation(defined.map(({ value }) => value));
  const interval = bootstrapInterval(defined, seed);
  const parts = [
    mean.toFixed(3),
    deviation === null ? '' : `(${deviation.toFixed(3)})`,
    interval ? `[${interval.map((end) => end.toFixed(3)).join(', ')}]` : '',
    `n = ${defined.length}`,
  ];
  return parts.filter(Boolean).join(' ');
}

const measures: readonly (readonly [name: string, of: (result: CaseResult) => number | null])[] = [
  ['Dice', ({ dice }) => dice],
  ['sensitivity', ({ sensitivity }) => sensitivity],
  ['specificity in the lungs', ({ specificity }) => specificity],
  ...tolerancesMm.map((mm, i) => [`NSD ${mm} mm`, ({ surfaceDice }: CaseResult) => surfaceDice[i]] as const),
  ['RMSD mm', ({ rmsdMm }) => rmsdMm],
];

/** Means over the cases with lesions, and what is called lesion in lungs that have none. */
export function cohortRows({ cases }: CohortResult): [string, string][] {
  const failed = cases.filter(({ failure }) => failure !== null).length;
  const diseased = cases.filter(({ truth }) => truth === 'lesions');
  const clean = cases.filter(({ truth }) => truth === 'none');
  return [
    ...(diseased.length > 0 ? measures.map(([name, of]): [string, string] => [name, summary(diseased, of)]) : []),
    ...(cases.some((result) => result.sliceAuc !== null)
      ? [['AUC of slices', summary(cases, (result) => result.sliceAuc)] as [string, string]]
      : []),
    ...(clean.length > 0
      ? [
          ['share of lungs without lesions called lesion', summary(clean, ({ calledShare }) => calledShare)] as [
            string,
            string,
          ],
        ]
      : []),
    ...(failed > 0 ? [['cases that failed', `${failed} of ${cases.length}`] as [string, string]] : []),
  ];
}

export function writeReport(words: ReportWords, cohorts: readonly CohortResult[]): string {
  const sections = cohorts.map(
    (cohort) => `<h2>${escaped(cohort.name)}</h2><p>${escaped(cohort.about)}</p>
${table(['measure', 'mean (deviation) [95 % interval by patient]'], cohortRows(cohort))}
${classSection(cohort)}
<details><summary>Case by case</summary>${table(
      [
        'case',
        'lungs',
        'Dice',
        'sensitivity',
        'specificity',
        ...tolerancesMm.map((mm) => `NSD ${mm} mm`),
        'RMSD mm',
        'AUC of slices',
        'called',
        'ms',
        'failure',
      ],
      cohort.cases.map((result) => [
        result.id,
        result.lungsFrom,
        ...measures.map(([, of]) => of(result)),
        result.sliceAuc,
        result.calledShare,
        Math.round(result.elapsedMs),
        result.failure,
      ]),
    )}</details>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Evaluation of ${escaped(words.model)}</title>
<style>body{font:14px/1.5 system-ui;max-width:70rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse}
td,th{padding:.2rem .6rem;border-bottom:1px solid #ccc;text-align:left;font-variant-numeric:tabular-nums}</style>
<h1>Evaluation of ${escaped(words.model)}</h1>
<p>Weights ${escaped(words.sha256)}. Made by <code>${escaped(words.command)}</code>.</p>
<p>Research use only. Few patients: the intervals say how few. Where the lungs were not found the lesions count as
not found too (Dice 0), and the share called lesion is left out of the mean.</p>
${sections.join('\n')}</html>
`;
}

interface Classified {
  readonly result: CaseResult;
  readonly truth: number;
  readonly probabilities: readonly number[];
  readonly isRight: boolean;
}

/** Empty unless there are studies of two classes at least. */
function classified(cases: readonly CaseResult[]): Classified[] {
  const known = cases.flatMap((result): Classified[] => {
    const { trueClass: truth, classProbabilities: probabilities } = result;
    if (truth === null || probabilities === null) return [];
    return [{ result, truth, probabilities, isRight: probabilities.indexOf(Math.max(...probabilities)) === truth }];
  });
  return new Set(known.map(({ truth }) => truth)).size < 2 ? [] : known;
}

/** How well the studies' classes are told; nothing where they are all of one. */
export function classRows({ cases }: CohortResult): [string, string][] {
  const known = classified(cases);
  if (known.length === 0) return [];
  const truths = known.map(({ truth }) => truth);
  const probabilities = known.map((study) => study.probabilities);
  const { auc } = measureClasses(truths, probabilities).macro;
  const right = new Set(known.filter(({ isRight }) => isRight).map(({ result }) => result));
  const of = (list: readonly Classified[]) => list.map(({ result }) => result);
  const agreement = (isRight: boolean) =>
    summary(of(known.filter((study) => study.isRight === isRight)), (result) => result.agreement);
  return [
    ['accuracy', summary(of(known), (result) => (right.has(result) ? 1 : 0))],
    ['AUC, mean over the classes', auc?.toFixed(3) ?? 'not defined'],
    ['Brier score (0.667 knows nothing)', brierScore(truths, probabilities).toFixed(3)],
    ['calibration error', calibrationError(truths, probabilities).toFixed(3)],
    ['agreement of evidence and lesions, right answers', agreement(true)],
    ['agreement of evidence and lesions, wrong answers', agreement(false)],
  ];
}

function classSection(cohort: CohortResult): string {
  const known = classified(cohort.cases);
  if (known.length === 0) return '';
  const truths = known.map(({ truth }) => truth);
  const probabilities = known.map((study) => study.probabilities);
  const { ofClass, macro } = measureClasses(truths, probabilities);
  const rows = [...classes, 'mean'].map((name, k): Cell[] => {
    const { sensitivity, specificity, f1, auc } = ofClass[k] ?? macro;
    return [name, sensitivity, specificity, f1, auc];
  });
  return `<h3>Classes</h3>
${table(['measure', 'mean (deviation) [95 % interval by patient]'], classRows(cohort))}
${table(['class', 'sensitivity', 'specificity', 'F1', 'AUC'], rows)}${rocPlot(truths, probabilities)}`;
}

const plotSize = 220;

function rocPlot(truths: readonly number[], probabilities: readonly (readonly number[])[]): string {
  const paths = classes.flatMap((name, k) => {
    const isPositive = truths.map((truth) => truth === k);
    if (meanOf(isPositive.map(Number)) === 0 || !isPositive.includes(false)) return [];
    const points = rocCurve(
      probabilities.map((row) => row[k]),
      isPositive,
    ).map(({ falsePositive, truePositive }) => `${falsePositive * plotSize},${(1 - truePositive) * plotSize}`);
    const stroke = ['#b3261e', '#8a6d00', '#1f6f43'][k];
    return [`<polyline fill="none" stroke="${stroke}" points="${points.join(' ')}"><title>${name}</title></polyline>`];
  });
  return `<svg width="${plotSize}" height="${plotSize}" style="border:1px solid #ccc" role="img" aria-label="ROC curves">${paths.join('')}</svg>`;
}

const shown = (cell: Cell) =>
  cell === null ? '–' : typeof cell === 'number' ? String(Number(cell.toPrecision(4))) : escaped(cell);

function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head.map(escaped), 'th')}${rows.map((row) => line(row.map(shown), 'td')).join('')}</table>`;
}

const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
