/** What a training step takes of its study without gradient: the C-stem of a stage that does not train it, and the
 *  features and lesion probabilities of the study's other patches in joint training. Made by the ONNX engine with
 *  the weights as they stood, and kept for a stated number of steps. */
import type { Engine, HostTensor, PreparedGraph } from '../../engine/contract.ts';
import {
  classificationFeatureShape,
  describeClassifierStem,
  describePatch,
  withOutputs,
} from '../../network/describe.ts';
import type { Weights } from '../../network/graph.ts';
import type { Plan } from '../../network/plans.ts';
import { cropIndices, pasteIndices, type IndexVectors } from './studyAlignment.ts';
import { atFeaturePositions, cutPatch, patchOrigins, sampleSlices, type TrainingStudy } from './trainingStudy.ts';

export interface StudyFeatures {
  /** [c, S/2, G/4, G/4] */
  readonly cStem: Float32Array;
  /** L-stems of all patches, the same shape. */
  readonly pasted: Float32Array;
  /** Lesion probability of all patches in the lungs, [1, S/2, G/4, G/4]. */
  readonly lesion: Float32Array;
}

interface Kept {
  readonly step: number;
  readonly features: Promise<StudyFeatures>;
}

export class StudyFeatureCache {
  private readonly engine: Engine;
  private readonly plan: Plan;
  private readonly refreshEvery: number;
  private readonly limit: number;
  private readonly kept = new Map<string, Kept>();

  /** @param refreshEvery steps after which a study's features are made anew; Infinity: never
   *  @param limit studies that are kept at a time */
  constructor(engine: Engine, plan: Plan, refreshEvery: number, limit: number) {
    this.engine = engine;
    this.plan = plan;
    this.refreshEvery = refreshEvery;
    this.limit = limit;
  }

  /** @param withPatches false: only the C-stem is made, the rest is empty */
  of(study: TrainingStudy, step: number, withPatches: boolean, weights: () => Weights): Promise<StudyFeatures> {
    const known = this.kept.get(study.id);
    if (known && step - known.step < this.refreshEvery) return known.features;
    const features = this.make(study, withPatches, weights());
    this.kept.delete(study.id);
    this.kept.set(study.id, { step, features });
    for (const id of this.kept.keys()) if (this.kept.size > this.limit) this.kept.delete(id);
    return features;
  }

  /** Forgets everything. */
  clear(): void {
    this.kept.clear();
  }

  private async make(study: TrainingStudy, withPatches: boolean, weights: Weights): Promise<StudyFeatures> {
    const { plan } = this;
    const half = plan.grid / 2;
    const stem = describeClassifierStem(plan);
    const slices = { shape: [1, plan.slices, half, half], data: sampleSlices(study, plan) };
    const cStem = await this.runOnce(await this.engine.prepare(stem.graph, weights), { slices }, stem.roles.cStem);
    if (!withPatches) return { cStem, pasted: new Float32Array(), lesion: new Float32Array() };
    return { cStem, ...(await this.makePatches(study, weights, cStem)) };
  }

  private async runOnce(graph: PreparedGraph, inputs: Record<string, HostTensor>, output: string) {
    const results = await graph.run(inputs);
    const values = await results[output].read();
    for (const result of Object.values(results)) result.dispose();
    graph.dispose();
    return values;
  }

  private async makePatches(study: TrainingStudy, weights: Weights, cStem: Float32Array) {
    const { plan } = this;
    const shape = classificationFeatureShape(plan);
    const positions = shape[0] * shape[1] * shape[2];
    // Every classifier position is asked of every patch, as in the training step, and masked: one graph serves all.
    const described = withOutputs(describePatch(plan, shape[0]), ['probability', 'pasted']);
    const graph = {
      ...described.graph,
      inputs: described.graph.inputs.map((input) => ({
        ...input,
        shape: fullPaste[input.name]?.(shape) ?? input.shape,
      })),
    };
    const prepared = await this.engine.prepare(graph, weights);
    const pasted = new Float32Array(plan.width * positions);
    const lesion = new Float32Array(positions);
    const lung = atFeaturePositions(study.lung, study, plan);
    for (const origin of patchOrigins(study, plan)) {
      const patch = cutPatch(study, plan, origin);
      const stemPaste = pasteIndices(plan, study.depth, origin, 2);
      const results = await prepared.run({
        voxels: { shape: [1, ...plan.patch], data: patch.voxels },
        cStem: { shape: [plan.width, ...shape], data: cStem },
        ...indexTensors('crop', cropIndices(plan, study.depth, origin)),
        ...indexTensors('paste', stemPaste.index),
      });
      const own = await results[described.roles.pasted].read();
      own.forEach((value, i) => (pasted[i] += value * stemPaste.inside[i % positions]));
      const probability = await results[described.roles.probability].read();
      takeLesions(probability, plan, pasteIndices(plan, study.depth, origin, 1), lung, lesion);
      for (const result of Object.values(results)) result.dispose();
    }
    prepared.dispose();
    return { pasted, lesion };
  }
}

const fullPaste: Readonly<Record<string, (shape: readonly number[]) => readonly number[]>> = {
  pasteZ: ([d]) => [d],
  pasteY: ([, h]) => [h],
  pasteX: ([, , w]) => [w],
};

export function indexTensors(name: string, [z, y, x]: IndexVectors): Record<string, HostTensor> {
  const tensor = (data: Int32Array): HostTensor => ({ shape: [data.length], data });
  return { [`${name}Z`]: tensor(z), [`${name}Y`]: tensor(y), [`${name}X`]: tensor(x) };
}

/** Writes a patch's lesion probability where the classifier looks, in the lungs. */
function takeLesions(
  probability: Float32Array,
  plan: Plan,
  { index: [iz, iy, ix], inside }: ReturnType<typeof pasteIndices>,
  lung: Float32Array,
  into: Float32Array,
): void {
  const [rows, columns] = [iy.length, ix.length];
  for (let i = 0; i < into.length; i++) {
    if (inside[i] === 0 || lung[i] === 0) continue;
    const z = iz[Math.floor(i / (rows * columns))];
    const y = iy[Math.floor(i / columns) % rows];
    into[i] = probability[(z * plan.patch[1] + y) * plan.patch[2] + ix[i % columns]];
  }
}
