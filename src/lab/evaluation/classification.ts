/** Measures of a classifier, one class against the others and all together. */
export interface ClassMeasures {
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly f1: number | null;
  /** Area under the ROC curve; null where a side is empty. */
  readonly auc: number | null;
}
export interface ClassificationMeasures {
  readonly accuracy: number;
  readonly ofClass: readonly ClassMeasures[];
  /** Mean over the classes for which a measure is defined. */
  readonly macro: ClassMeasures;
}

/** @param truths index of each study's class
 *  @param probabilities of each study, one for each class; the highest is the answer */
export function measureClasses(
  truths: readonly number[],
  probabilities: readonly (readonly number[])[],
): ClassificationMeasures {
  const answers = probabilities.map((row) => row.indexOf(Math.max(...row)));
  const count = (test: (truth: number, answer: number) => boolean) =>
    truths.reduce((sum, truth, i) => sum + (test(truth, answers[i]) ? 1 : 0), 0);
  const ofClass = probabilities[0].map((_, k): ClassMeasures => {
    const found = count((truth, answer) => truth === k && answer === k);
    const missed = count((truth, answer) => truth === k && answer !== k);
    const wrong = count((truth, answer) => truth !== k && answer === k);
    const left = count((truth, answer) => truth !== k && answer !== k);
    return {
      sensitivity: ratio(found, found + missed),
      specificity: ratio(left, left + wrong),
      f1: ratio(2 * found, 2 * found + missed + wrong),
      auc: areaUnderRoc(
        probabilities.map((row) => row[k]),
        truths.map((truth) => truth === k),
      ),
    };
  });
  const macro = (name: keyof ClassMeasures) => meanOf(ofClass.map((measures) => measures[name]));
  return {
    accuracy: count((truth, answer) => truth === answer) / truths.length,
    ofClass,
    macro: { sensitivity: macro('sensitivity'), specificity: macro('specificity'), f1: macro('f1'), auc: macro('auc') },
  };
}

const ratio = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** Of what is defined. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

/** Chance that a positive scores higher than a negative; equal scores count half (Mann and Whitney). */
export function areaUnderRoc(scores: readonly number[], isPositive: readonly boolean[]): number | null {
  const order = [...scores.keys()].sort((i, j) => scores[i] - scores[j]);
  let [rankSum, positives] = [0, 0];
  for (let from = 0; from < order.length;) {
    let end = from;
    while (end < order.length && scores[order[end]] === scores[order[from]]) end++;
    for (let i = from; i < end; i++) {
      if (!isPositive[order[i]]) continue;
      positives++;
      rankSum += (from + 1 + end) / 2;
    }
    from = end;
  }
  const negatives = scores.length - positives;
  return ratio(rankSum - (positives * (positives + 1)) / 2, positives * negatives);
}

/** From (0, 0) to (1, 1), one corner for each different score. */
export function rocCurve(
  scores: readonly number[],
  isPositive: readonly boolean[],
): { readonly falsePositive: number; readonly truePositive: number }[] {
  const positives = isPositive.filter(Boolean).length;
  const thresholds = [...new Set(scores)].sort((a, b) => b - a);
  const at = (threshold: number) => {
    const called = isPositive.filter((_, i) => scores[i] >= threshold);
    const found = called.filter(Boolean).length;
    return { falsePositive: (called.length - found) / (scores.length - positives), truePositive: found / positives };
  };
  return [{ falsePositive: 0, truePositive: 0 }, ...thresholds.map(at)];
}

/** Mean squared distance of the probabilities from the truth, 0 to 2; always answering 1/3 gives 0.667 (Brier 1950). */
export function brierScore(truths: readonly number[], probabilities: readonly (readonly number[])[]): number {
  const distance = (row: readonly number[], truth: number) =>
    row.reduce((sum, value, k) => sum + (value - (k === truth ? 1 : 0)) ** 2, 0);
  return truths.reduce((sum, truth, i) => sum + distance(probabilities[i], truth), 0) / truths.length;
}

/** How far the probability of the answer is from how often it is right, by tenths of probability, each weighing as
 *  much as it holds (expected calibration error). */
export function calibrationError(truths: readonly number[], probabilities: readonly (readonly number[])[]): number {
  const bins = Array.from({ length: 10 }, () => ({ confidence: 0, right: 0 }));
  probabilities.forEach((row, i) => {
    const confidence = Math.max(...row);
    const bin = bins[Math.min(9, Math.floor(10 * confidence))];
    bin.confidence += confidence;
    bin.right += row.indexOf(confidence) === truths[i] ? 1 : 0;
  });
  return bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / truths.length;
}
