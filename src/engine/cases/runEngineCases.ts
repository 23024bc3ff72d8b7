/** Puts an engine through every case, in a test file of its own:
 *
 *      runEngineCases(() => createReferenceEngine(), { golden: sharedPath('data/golden/') }); */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../contract.ts';
import { createReferenceEngine } from '../reference/referenceEngine.ts';
import { plans } from '../../network/plans.ts';
import { evidenceResiduals } from '../checkResults.ts';
import { runStudy } from '../runStudy.ts';
import { worstDifference, type EngineCase } from './engineCase.ts';
import { formulaWeights } from './formula.ts';
import { goldenCases } from './goldenCases.ts';
import { layerCases } from './layerCases.ts';
import { planCases } from './planCases.ts';
import { tolerances } from './tolerances.ts';
import {
  formulaInput,
  oblongStudy,
  outputDifferences,
  wholeStudyDepths,
  wholeStudyFaults,
  type WholeStudyTruth,
} from './wholeStudy.ts';

export interface EngineCaseOptions {
  /** Folder of the reference data's golden files; null: absent, those cases are skipped by name. */
  readonly golden: string | null;
  /** This is the reference engine itself: only cases with expected values say anything. */
  readonly isReference?: boolean;
}

export function runEngineCases(
  makeEngine: () => Engine | Promise<Engine>,
  { golden, isReference = false }: EngineCaseOptions,
): void {
  let engine: Engine;
  beforeAll(async () => {
    engine = await makeEngine();
  });
  afterAll(() => engine?.dispose());

  const check = (engineCase: EngineCase) =>
    it(engineCase.name, async () => expect(await runCase(engine, engineCase)).toEqual([]));

  describe('layers', () => layerCases.filter(({ expected }) => expected.y || !isReference).forEach(check));
  if (!isReference) {
    describe('whole graphs', () => planCases.forEach(check));
    it('a study of 400 x 300, masks on its own grid included', async () => {
      const study = oblongStudy();
      const run = { input: study.input, model: { weights: formulaWeights(plans.tiny) } };
      const reference = await runStudy({ ...run, engine: createReferenceEngine() });
      expect(outputDifferences(study, await runStudy({ ...run, engine }), reference)).toEqual([]);
    });
  }
  describe.skipIf(!golden)("the authors' modules at full width (skipped where ../shared is absent)", () => {
    if (!golden) return;
    goldenCases((name) => readFloats(`${golden}${name}.f32`)).forEach(check);
    it.each(wholeStudyDepths)('a whole study of %i slices', async (depth) => {
      const file = `${golden}whole_tiny_${depth}`;
      const truth = JSON.parse(readFileSync(`${file}.json`, 'utf8')) as WholeStudyTruth;
      const model = { weights: formulaWeights(plans.tiny, truth.stitch) };
      const output = await runStudy({ input: formulaInput(depth), model, engine });
      const expected = {
        probability: readFloats(`${file}_probability.f32`),
        evidence: readFloats(`${file}_evidence.f32`),
      };
      expect(wholeStudyFaults(output, truth, expected)).toEqual([]);
      const bias = model.weights.get('cls.fc.bias')?.data ?? [];
      const residuals = evidenceResiduals(output.scores, output.evidence, bias);
      expect(worstDifference(residuals, [0, 0, 0], tolerances.identity)).toBeNull();
    });
  });
}

/** @returns what is wrong, in words; nothing where all outputs are within the case's tolerance */
export async function runCase(engine: Engine, engineCase: EngineCase): Promise<string[]> {
  const { graph, tolerance } = engineCase;
  const got = await outputsOf(engine, engineCase);
  const missing = graph.outputs.some((name) => !engineCase.expected[name]);
  const reference = missing ? await outputsOf(createReferenceEngine(), engineCase) : {};
  return graph.outputs.flatMap((name) => {
    const worst = worstDifference(got[name], engineCase.expected[name] ?? reference[name], tolerance);
    return worst ? [`${name}: ${worst.words}`] : [];
  });
}

async function outputsOf(
  engine: Engine,
  { graph, weights, inputs }: EngineCase,
): Promise<Record<string, Float32Array>> {
  const prepared = await engine.prepare(graph, weights);
  const results = await prepared.run(inputs);
  const values: Record<string, Float32Array> = {};
  for (const [name, result] of Object.entries(results)) {
    values[name] = await result.read();
    result.dispose();
  }
  prepared.dispose();
  return values;
}

export function readFloats(path: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path)).buffer);
}
