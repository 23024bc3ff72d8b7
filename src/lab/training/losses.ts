/** The losses of the network description's section 6, each with its derivative written beside it. Every sum over
 *  voxels runs over the lungs only. */
import type { OnnxBuilder, Value } from '../../engine/onnx/onnxBuilder.ts';

/** A number to report and where it pulls: derivatives of weight * loss by values of the graph. */
export interface Loss {
  /** Unweighted, shape []. */
  readonly value: Value;
  readonly seeds: ReadonlyMap<string, Value>;
}

export interface LesionLossSettings {
  /** Weight of 1 - Dice (soft, both channels). */
  readonly dice: number;
  /** Weight of the focal term; 2 in the paper's spirit. */
  readonly focal: number;
  /** 2; 0 makes the focal term plain cross-entropy. */
  readonly gamma: number;
  readonly backgroundWeight: number;
  readonly lesionWeight: number;
}

/** Settings of the network description. */
export const describedLesionLoss: LesionLossSettings = {
  dice: 1,
  focal: 2,
  gamma: 2,
  backgroundWeight: 0.1,
  lesionWeight: 1,
};

const sumAll = (onnx: OnnxBuilder, x: Value) =>
  onnx.reshape(
    onnx.reduce(
      'ReduceSum',
      x,
      x.shape.map((_, axis) => axis),
    ),
    [],
  );

/** Σ mask, at least 1: a patch always holds lung, but nothing may divide by zero. */
const countOf = (onnx: OnnxBuilder, mask: Value) => onnx.apply('Max', [sumAll(onnx, mask), onnx.scalar(1)], []);

/** 1 - mean over both channels of (2 Σ p t + 1) / (Σ p + Σ t + 1), with its derivative by the lesion probability.
 *  Of a channel: d/dp = 2 t / B - A / B² inside the lungs, for A and B numerator and denominator. */
function diceLoss(onnx: OnnxBuilder, p: Value, target: Value, lung: Value): { value: Value; byProbability: Value } {
  const one = onnx.scalar(1);
  const other = (x: Value) => onnx.subtract(one, x);
  const channel = (probability: Value, truth: Value) => {
    const inLung = onnx.multiply(truth, lung);
    const top = onnx.add(onnx.scale(sumAll(onnx, onnx.multiply(probability, inLung)), 2), one);
    const bottom = onnx.add(onnx.add(sumAll(onnx, onnx.multiply(probability, lung)), sumAll(onnx, inLung)), one);
    const dice = onnx.divide(top, bottom);
    const byP = onnx.divide(onnx.subtract(onnx.scale(truth, 2), dice), bottom);
    return { dice, byP };
  };
  const lesion = channel(p, target);
  const background = channel(other(p), other(target));
  const value = other(onnx.scale(onnx.add(lesion.dice, background.dice), 0.5));
  const byProbability = onnx.multiply(onnx.scale(onnx.subtract(lesion.byP, background.byP), -0.5), lung);
  return { value, byProbability };
}

/** Mean over the lungs of w (1 - q)^gamma (-log q), q the probability of the true channel = logistic(s d) for the
 *  logit difference d and s = ±1. Derivative by d: -w s (1 - q)^gamma (gamma q (-log q) + 1 - q). */
function focalLoss(
  onnx: OnnxBuilder,
  difference: Value,
  target: Value,
  lung: Value,
  { gamma, backgroundWeight, lesionWeight }: LesionLossSettings,
): { value: Value; byDifference: Value } {
  const sign = onnx.subtract(onnx.scale(target, 2), onnx.scalar(1));
  const against = onnx.multiply(onnx.unary('Neg', sign), difference);
  const missed = onnx.unary('Sigmoid', against); // 1 - q, exact where q is near 1
  const surprise = onnx.apply('Softplus', [against], against.shape); // -log q
  const weight = onnx.add(onnx.scale(target, lesionWeight - backgroundWeight), onnx.scalar(backgroundWeight));
  const share = onnx.divide(onnx.multiply(weight, lung), countOf(onnx, lung));
  const focus = gamma === 0 ? share : onnx.multiply(share, onnx.power(missed, gamma));
  const value = sumAll(onnx, onnx.multiply(focus, surprise));
  const hit = onnx.subtract(onnx.scalar(1), missed);
  const slope = gamma === 0 ? missed : onnx.add(onnx.scale(onnx.multiply(hit, surprise), gamma), missed);
  const byDifference = onnx.unary('Neg', onnx.multiply(onnx.multiply(focus, sign), slope));
  return { value, byDifference };
}

/** @param logits [1, 2, D, H, W], background and lesion
 *  @param target 0 or 1, [1, 1, D, H, W]
 *  @param lung 0 or 1, the same shape */
export function lesionLoss(
  onnx: OnnxBuilder,
  name: string,
  logits: Value,
  target: Value,
  lung: Value,
  settings: LesionLossSettings,
): { dice: Value; focal: Value; seeds: ReadonlyMap<string, Value> } {
  const difference = onnx.subtract(onnx.slice(logits, 1, 1, 2), onnx.slice(logits, 1, 0, 1));
  const p = onnx.unary('Sigmoid', difference);
  const dice = diceLoss(onnx, p, target, lung);
  const focal = focalLoss(onnx, difference, target, lung, settings);
  const slope = onnx.multiply(p, onnx.subtract(onnx.scalar(1), p));
  const byLesionLogit = onnx.add(
    onnx.scale(onnx.multiply(dice.byProbability, slope), settings.dice),
    onnx.scale(focal.byDifference, settings.focal),
  );
  const seed = onnx.concat([onnx.unary('Neg', byLesionLogit), byLesionLogit], 1);
  return { dice: dice.value, focal: focal.value, seeds: new Map([[name, seed]]) };
}

/** Cross-entropy times the class's weight (inverse frequency).
 *  @param scores [classes]
 *  @param truth one at the true class, else zero, [classes]
 *  @param classWeight []
 *  @param weight of the whole in the derivative; the reported value is without */
export function classLoss(
  onnx: OnnxBuilder,
  name: string,
  scores: Value,
  truth: Value,
  classWeight: Value,
  weight: number,
): Loss {
  const logs = onnx.apply('LogSoftmax', [scores], scores.shape, { axis: 0 });
  const value = onnx.multiply(onnx.unary('Neg', sumAll(onnx, onnx.multiply(logs, truth))), classWeight);
  const byScores = onnx.multiply(onnx.subtract(onnx.unary('Exp', logs), truth), classWeight);
  return { value, seeds: new Map([[name, onnx.scale(byScores, weight)]]) };
}

/** Σ over scales of e_k x mean over the lungs of the squared gap between a head and the evidence.
 *  @param gaps head minus evidence, [1, 1, D, H, W] each, by value name
 *  @param lungs the lung mask at the heads' voxels, the same shapes
 *  @param weight of the whole in the derivative; the reported value is without */
export function taskAwareLoss(
  onnx: OnnxBuilder,
  gaps: readonly { readonly name: string; readonly gap: Value; readonly lung: Value; readonly factor: number }[],
  weight: number,
): Loss {
  const terms = gaps.map(({ name, gap, lung, factor }) => {
    const inLung = onnx.divide(onnx.multiply(gap, lung), countOf(onnx, lung));
    const value = onnx.scale(sumAll(onnx, onnx.multiply(inLung, gap)), factor);
    return { value, seed: [name, onnx.scale(inLung, 2 * factor * weight)] as const };
  });
  return {
    value: terms.map(({ value }) => value).reduce(onnx.add),
    seeds: new Map(terms.map(({ seed }) => seed)),
  };
}
