/** The study as training joins it, forward, against the reference data's whole studies, which an implementation of
 *  its own made: sampling, cropping, pasting and the lesion map lie where the description says. */
import { readFileSync } from 'node:fs';
import * as runtime from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../../../scripts/shared.ts';
import { openNode } from '../../engine/onnx/openNode.ts';
import { sizeOf } from '../../engine/onnx/onnxBuilder.ts';
import { classificationFeatureShape, describeClassifier, describeParameters } from '../../network/describe.ts';
import { plans } from '../../network/plans.ts';
import { StudyFeatureCache } from './studyFeatures.ts';
import { patchOrigins, type TrainingStudy } from './trainingStudy.ts';

const plan = plans.tiny;
const folder = sharedPath('data/golden/');

function crc32(text: string): number {
  let crc = -1;
  for (const character of text) {
    crc ^= character.charCodeAt(0);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc;
}

/** The reference data's formula for numbers in [-1, 1). */
function formula(name: string, length: number): Float32Array {
  const start = crc32(name);
  return Float32Array.from({ length }, (_, i) => {
    let x = (Math.imul(i + 1, 2654435761) + start) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b) >>> 0;
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35) >>> 0;
    return (((x ^ (x >>> 16)) >>> 8) / 2 ** 24) * 2 - 1;
  });
}

function formulaWeights(stitch: Readonly<Record<string, number>>) {
  const scalars: Record<string, number> = {
    alpha_1: stitch.a1,
    beta_1: stitch.b1,
    alpha_2: stitch.a2,
    beta_2: stitch.b2,
  };
  return new Map(
    describeParameters(plan).map(({ name, shape, role }) => {
      const length = sizeOf(shape);
      const fan = name.endsWith('up_conv.weight') ? shape[0] : length / shape[0];
      const value = {
        weight: (u: number) => u * Math.sqrt(3 / fan),
        'norm-weight': (u: number) => 1 + 0.2 * u,
        bias: (u: number) => 0.1 * u,
        scalar: (u: number) => scalars[name] ?? 1 + 0.2 * u,
      }[role];
      return [name, { shape, data: formula(name, length).map(value) }];
    }),
  );
}

function formulaStudy(depth: number): TrainingStudy {
  const { grid } = plan;
  const noise = formula('study', depth * grid * grid);
  const lung = new Uint8Array(noise.length);
  const intensity = new Float32Array(noise.length);
  for (let i = 0; i < noise.length; i++) {
    const [z, y, x] = [Math.floor(i / grid ** 2), Math.floor(i / grid) % grid, i % grid];
    const along = ((z - (depth - 1) / 2) / (depth / 2 + 1)) ** 2;
    const within = (cy: number, cx: number, ry: number, rx: number) =>
      along + ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1;
    if (!within(20, 14, 14, 10) && !within(24, 50, 18, 9)) continue;
    if (z < Math.max(1, Math.floor(depth / 5)) && x >= 32) continue;
    lung[i] = 1;
    intensity[i] = (0.4 * (noise[i] + 1)) / 2 + ((y + x) % 16 < 8 ? 0.3 : 0);
  }
  return { id: 'formula', depth, trueClass: 'cap', intensity, lung, lesion: new Uint8Array(noise.length) };
}

const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.skipIf(!folder)('whole studies of the reference data', () => {
  it.each([5, 20, 49])('%i slices', async (depth) => {
    const golden = JSON.parse(readFileSync(`${folder}whole_tiny_${depth}.json`, 'utf8'));
    const evidence = new Float32Array(new Uint8Array(readFileSync(`${folder}whole_tiny_${depth}_evidence.f32`)).buffer);
    const study = formulaStudy(depth);
    const weights = formulaWeights(golden.stitch);
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
