import { describe, expect, it } from 'vitest';
import { areaUnderRoc, brierScore, calibrationError, measureClasses, rocCurve } from './classification.ts';
import { bootstrapInterval, meanAndDeviation } from './statistics.ts';

describe('measureClasses', () => {
  it('agrees with counting by hand', () => {
    const truths = [0, 0, 1, 2];
    const sure = (k: number) => [0, 1, 2].map((i) => (i === k ? 0.8 : 0.1));
    const { accuracy, ofClass, macro } = measureClasses(truths, [sure(0), sure(1), sure(1), sure(2)]);
    expect(accuracy).toBe(0.75);
    expect(ofClass[0]).toEqual({ sensitivity: 0.5, specificity: 1, f1: 2 / 3, auc: 0.75 });
    expect(ofClass[1]).toMatchObject({ sensitivity: 1, specificity: 2 / 3, f1: 2 / 3 });
    expect(macro.sensitivity).toBeCloseTo((0.5 + 1 + 1) / 3, 12);
  });

  it('leaves undefined what a class without studies cannot say', () => {
    const { ofClass, macro } = measureClasses(
      [0, 0],
      [
        [0.9, 0.1],
        [0.8, 0.2],
      ],
    );
    expect(ofClass[1]).toMatchObject({ sensitivity: null, auc: null });
    expect(macro.sensitivity).toBe(1);
  });
});

describe('areaUnderRoc', () => {
  it.each([
    [[1, 2, 3, 4], [false, false, true, true], 1],
    [[4, 3, 2, 1], [false, false, true, true], 0],
    [[1, 1, 1, 1], [false, true, false, true], 0.5],
    [[1, 2, 2, 3], [false, true, false, true], 0.875],
  ])('%j', (scores, truth, area) => expect(areaUnderRoc(scores, truth)).toBe(area));

  it('is the area under the curve', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.4];
    const truth = [false, false, true, true, true];
    const curve = rocCurve(scores, truth);
    const area = curve.slice(1).reduce((sum, { falsePositive, truePositive }, i) => {
      return sum + ((falsePositive - curve[i].falsePositive) * (truePositive + curve[i].truePositive)) / 2;
    }, 0);
    expect(areaUnderRoc(scores, truth)).toBeCloseTo(area, 12);
    expect(curve.at(-1)).toEqual({ falsePositive: 1, truePositive: 1 });
  });
});

describe('statistics', () => {
  it('gives the mean and the deviation of a sample', () => {
    expect(meanAndDeviation([2, 4, 6])).toEqual({ mean: 4, deviation: 2 });
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: null });
  });

  it('draws whole patients, so that many slices of one patient are no evidence of their own', () => {
    const one = new Array<{ patient: string; value: number }>(50).fill({ patient: 'a', value: 1 });
    const interval = bootstrapInterval([...one, { patient: 'b', value: 0 }], 1);
    expect(interval).toEqual([0, 1]);
    expect(bootstrapInterval(one, 1)).toBeNull();
  });
});

describe('probabilities', () => {
  const third = [1 / 3, 1 / 3, 1 / 3];
  it('lie 0 from the truth when sure and right, 2 when sure and wrong', () => {
    expect(brierScore([0, 0], [[1, 0, 0], third])).toBeCloseTo(1 / 3, 12);
    expect(brierScore([1], [[1, 0, 0]])).toBe(2);
  });
  it('are calibrated where they are right as often as they say', () => {
    const sure = [0.75, 0.25, 0];
    expect(calibrationError([0, 0, 0, 1], [sure, sure, sure, sure])).toBeCloseTo(0, 12);
    expect(calibrationError([1, 1], [sure, [0, 1, 0]])).toBeCloseTo(0.375, 12);
  });
});
