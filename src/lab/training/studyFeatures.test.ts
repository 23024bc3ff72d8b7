/** The study as training joins it, forward, against the reference data's whole studies, which an implementation of
 *  its own made: sampling, cropping, pasting and the lesion map lie where the description says. */
import { readFileSync } from 'node:fs';
import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { formulaWeights } from '../../engine/cases/formula.ts';
import { formulaStudy } from '../../engine/cases/wholeStudy.ts';
import { openNode } from '../../engine/onnx/openNode.ts';
import { classificationFeatureShape, describeClassifier } from '../../network/describe.ts';
import { plans } from '../../network/plans.ts';
import { StudyFeatureCache } from './studyFeatures.ts';
import { patchOrigins, type TrainingStudy } from './trainingStudy.ts';

const plan = plans.tiny;
const folder = sharedPath('data/golden/');

function formulaTrainingStudy(depth: number): TrainingStudy {
  const { intensity, lung } = formulaStudy(depth);
  return { id: 'formula', depth, trueClass: 'cap', intensity, lung, lesion: new Uint8Array(lung.length) };
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!folder)('whole studies of the reference data', () => {
  it.each([5, 20, 49])('%i slices', async (depth) => {
    const golden = JSON.parse(readFileSync(`${folder}whole_tiny_${depth}.json`, 'utf8'));
    const evidence = new Float32Array(new Uint8Array(readFileSync(`${folder}whole_tiny_${depth}_evidence.f32`)).buffer);
    const study = formulaTrainingStudy(depth);
    const weights = formulaWeights(plan, golden.stitch);
    const engine = openNode(runtime, 1);
    expect(patchOrigins(study, plan).length).toBe(golden.patchesRun);

    const features = await new StudyFeatureCache(engine, plan, 1, 1).of(study, 1, true, () => weights);
    expect(mean(features.cStem)).toBeCloseTo(golden.cStemMean, 5);
    expect(mean(features.pasted)).toBeCloseTo(golden.pastedMean, 5);

    const { graph, roles } = describeClassifier(plan);
    const shape = classificationFeatureShape(plan);
    const results = await (
      await engine.prepare(graph, weights)
    ).run({
      cStem: { shape: [plan.width, ...shape], data: features.cStem },
      pasted: { shape: [plan.width, ...shape], data: features.pasted },
      lesion: { shape: [1, ...shape], data: features.lesion },
    });
    const scores = await results[roles.scores].read();
    scores.forEach((score, i) => expect(score).toBeCloseTo(golden.scores[i], 3));
    const found = (await Promise.all([1, 2, 3].map((unit) => results[roles[`evidence${unit}`]].read()))).flatMap(
      (e) => [...e],
    );
    expect(found.length).toBe(evidence.length);
    expect(Math.max(...found.map((value, i) => Math.abs(value - evidence[i])))).toBeLessThan(1e-3);
    engine.dispose();
  });
});
