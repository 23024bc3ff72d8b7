/** The order of work for a study, the same on every engine: the classifier's stem once, each patch that holds lung,
 *  the classifier once. Only sampled entries of each patch are kept, so memory stays bounded. */
import { patchPaste, cropIndices, pasteIndices, type IndexVectors, type PatchOrigin } from '../network/alignment.ts';
import {
  classes,
  classificationFeatureShape,
  describeClassifier,
  describeClassifierStem,
  describePatch,
  withOutputs,
} from '../network/describe.ts';
import type { Evidence, EvidenceScale } from '../network/evidence.ts';
import type { Weights } from '../network/graph.ts';
import { classifierSlices, mostPasteSlices, patchVoxels, type NetworkInput } from '../network/input.ts';
import { sizeOf } from '../network/layers/layer.ts';
import { probabilitySteps } from '../network/output.ts';
import { checkFinite, checkPasted, checkProbability, checkScores } from './checkResults.ts';
import { EngineError, type Engine, type EngineTensor, type HostTensor, type PreparedGraph } from './contract.ts';

export type Stage = 'stem' | 'patches' | 'classifier';
export interface StudyProgress {
  readonly stage: Stage;
  readonly done: number;
  readonly of: number;
}

export interface StudyRun {
  readonly input: NetworkInput;
  readonly model: { readonly weights: Weights };
  readonly engine: Engine;
  /** Looked at before every patch, after the event loop has had its turn. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Another engine for one whose device was lost; asked at most once for each step of the work, which then goes on
   *  from the last finished patch. The lost engine is the caller's to dispose. */
  readonly recover?: () => Promise<Engine>;
}

export interface NetworkOutput {
  /** Lesion probability on the working grid, D x G x G, in `probabilitySteps`; 0 outside the working lungs. */
  readonly probability: Uint16Array;
  /** The three scores before softmax, in the order of `classes`. */
  readonly scores: readonly number[];
  readonly classProbabilities: readonly number[];
  readonly evidence: Evidence;
  readonly patchesRun: number;
}

/** @throws the signal's reason when it is aborted
 *  @throws EngineError when the engine fails, or gives what the network cannot have given */
export async function runStudy(run: StudyRun): Promise<NetworkOutput> {
  const { input, onProgress } = run;
  const pasted = new PastedFeatures(input);
  const device = new StudyDevice(run, pasted.slices);
  try {
    const probability = await runPatches(run, device, (origin, result) => pasted.take(origin, result));
    const { features, lesion } = pasted;
    const { scores, evidence } = await step(run, device, ['classifier', 0, 1], () => device.classify(features, lesion));
    onProgress?.({ stage: 'classifier', done: 1, of: 1 });
    const patchesRun = input.patches.length;
    return { probability, scores, classProbabilities: softmax(scores), evidence, patchesRun };
  } finally {
    device.dispose();
  }
}

/** What `runStudy` gives as `probability`, without the work that only the classifier needs.
 *  @throws as `runStudy` */
export async function findLesions(run: StudyRun): Promise<Uint16Array> {
  const device = new StudyDevice(run, null);
  try {
    return await runPatches(run, device, () => {});
  } finally {
    device.dispose();
  }
}

/** The stem and all patches.
 *  @returns lesion probability on the working grid, as in `NetworkOutput` */
async function runPatches(
  run: StudyRun,
  device: StudyDevice,
  take: (origin: PatchOrigin, result: PatchResult) => void,
): Promise<Uint16Array> {
  const { input, onProgress } = run;
  const probability = new Uint16Array(input.grid.lung.length);
  await step(run, device, ['stem', 0, 1], () => device.cStem());
  const count = input.patches.length;
  for (const [done, origin] of input.patches.entries()) {
    const next = input.patches[done + 1];
    const result = await step(run, device, ['patches', done, count], () => device.runPatch(origin, next));
    placeProbability(input, origin, result.probability, probability);
    take(origin, result);
  }
  onProgress?.({ stage: 'patches', done: count, of: count });
  return probability;
}

async function step<T>(
  { signal, onProgress }: StudyRun,
  device: StudyDevice,
  [stage, done, of]: readonly [stage: Stage, done: number, of: number],
  work: () => Promise<T>,
): Promise<T> {
  onProgress?.({ stage, done, of });
  await eventLoop();
  signal?.throwIfAborted();
  return device.withRecovery(work);
}

/** Lets messages, and so a wish to cancel, come in. */
const eventLoop = () => new Promise<void>((resolve) => setTimeout(resolve));

export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

interface PatchResult {
  /** [1, Pz, Py, Px], before the lung mask. */
  readonly probability: Float32Array;
  /** [c, slices, Py/4, Px/4]; null where no classifier follows. */
  readonly pasted: Float32Array | null;
  /** [2, Pz, Py, Px], where the classifier wants the raw logit. */
  readonly logits: Float32Array | null;
}

function placeProbability(
  { plan, grid }: NetworkInput,
  [z0, y0, x0]: PatchOrigin,
  values: Float32Array,
  into: Uint16Array,
): void {
  const [pz, py, px] = plan.patch;
  for (let z = 0; z < Math.min(pz, grid.depth - z0); z++)
    for (let y = 0; y < py; y++) {
      const to = ((z0 + z) * grid.size + y0 + y) * grid.size + x0;
      const from = (z * py + y) * px;
      for (let x = 0; x < px; x++) {
        if (grid.lung[to + x] !== 0) into[to + x] = Math.round(values[from + x] * probabilitySteps);
      }
    }
}

/** What the classifier takes of the patches, gathered in the memory of the page. */
class PastedFeatures {
  /** [c, S/2, G/4, G/4]; zero where no patch was run. */
  readonly features: Float32Array;
  /** [1, S/2, G/4, G/4] */
  readonly lesion: Float32Array;
  /** Slices that a patch gives at most. */
  readonly slices: number;
  private readonly input: NetworkInput;

  constructor(input: NetworkInput) {
    const positions = sizeOf(classificationFeatureShape(input.plan));
    this.input = input;
    this.features = new Float32Array(input.plan.width * positions);
    this.lesion = new Float32Array(positions);
    this.slices = mostPasteSlices(input);
  }

  take(origin: PatchOrigin, { probability, pasted, logits }: PatchResult): void {
    if (!pasted) return;
    const { plan, grid } = this.input;
    const [, py, px] = plan.patch;
    const [depth, rows, columns] = classificationFeatureShape(plan);
    const paste = patchPaste(plan, grid.depth, origin);
    const [h, w] = [paste.rows.count, paste.columns.count];
    // The second channel is the lesion's.
    const lesionValues = logits ? logits.subarray(logits.length / 2) : probability;
    paste.slices.forEach((k, i) => {
      for (let v = 0; v < h; v++) {
        const to = (k * rows + paste.rows.first + v) * columns + paste.columns.first;
        for (let c = 0; c < plan.width; c++) {
          const from = ((c * this.slices + i) * h + v) * w;
          this.features.set(pasted.subarray(from, from + w), c * depth * rows * columns + to);
        }
        const [z, y] = [paste.voxels.z[i], paste.voxels.y[v]];
        for (let u = 0; u < w; u++) {
          const x = paste.voxels.x[u];
          const voxel = ((origin[0] + z) * grid.size + origin[1] + y) * grid.size + origin[2] + x;
          if (grid.lung[voxel] !== 0) this.lesion[to + u] = lesionValues[(z * py + y) * px + x];
        }
      }
    });
  }
}

/** The prepared graphs and what stays on the device, on whichever engine is at work. */
class StudyDevice {
  private readonly run: StudyRun;
  private readonly described;
  private engine: Engine;
  private patchGraph: PreparedGraph | null = null;
  private heldStem: EngineTensor | null = null;
  /** The patch behind the one that is waited for, where the engine has been given it already. */
  private ahead: { readonly origin: PatchOrigin; readonly result: Promise<PatchResult> } | null = null;

  /** @param pasteSlices that a patch gives the classifier; null: no classifier follows */
  constructor(run: StudyRun, pasteSlices: number | null) {
    const { plan, preprocessing } = run.input;
    this.run = run;
    this.engine = run.engine;
    const classifierRoles = ['pasted', ...(preprocessing.lesionInput === 'logit' ? ['logits'] : [])];
    this.described = {
      stem: describeClassifierStem(plan),
      patch: withOutputs(describePatch(plan, pasteSlices ?? 1), [
        'probability',
        ...(pasteSlices === null ? [] : classifierRoles),
      ]),
      classifier: describeClassifier(plan),
    };
  }

  /** Does a step of the work; once more on another engine if the device was lost over it. */
  async withRecovery<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isLost = error instanceof EngineError && error.code === 'device-lost';
      if (!isLost || !this.run.recover) throw error;
      this.dispose();
      this.engine = await this.run.recover();
      return work();
    }
  }

  /** The classifier's stem, computed when first asked for. */
  async cStem(): Promise<EngineTensor> {
    if (this.heldStem) return this.heldStem;
    const { plan } = this.run.input;
    const { graph, roles } = this.described.stem;
    const slices = { shape: [1, plan.slices, plan.grid / 2, plan.grid / 2], data: classifierSlices(this.run.input) };
    const prepared = await this.engine.prepare(graph, this.run.model.weights);
    try {
      this.heldStem = (await prepared.run({ slices }))[roles.cStem];
    } finally {
      prepared.dispose();
    }
    return this.heldStem;
  }

  /** @param next is handed to the engine, if that takes work ahead, before this patch is waited for */
  async runPatch(origin: PatchOrigin, next?: PatchOrigin): Promise<PatchResult> {
    const cStem = await this.cStem();
    const prepared = (this.patchGraph ??= await this.engine.prepare(
      this.described.patch.graph,
      this.run.model.weights,
    ));
    const begin = (at: PatchOrigin) => this.patchOn(prepared, cStem, at);
    const current = this.ahead?.origin === origin ? this.ahead.result : begin(origin);
    this.ahead = null;
    if (next && this.engine.takesWorkAhead) {
      this.ahead = { origin: next, result: begin(next) };
      this.ahead.result.catch(() => {}); // heard when its turn comes
    }
    return current;
  }

  private async patchOn(prepared: PreparedGraph, cStem: EngineTensor, origin: PatchOrigin): Promise<PatchResult> {
    const { plan, grid } = this.run.input;
    const { graph, roles } = this.described.patch;
    const pasteSlices = graph.inputs.find(({ name }) => name === 'pasteZ')?.shape[0];
    const paste = pasteSlices && pasteIndices(patchPaste(plan, grid.depth, origin), pasteSlices);
    const results = await prepared.run({
      voxels: { shape: [1, ...plan.patch], data: patchVoxels(this.run.input, origin) },
      cStem,
      ...indexInputs('crop', cropIndices(plan, grid.depth, origin)),
      ...(paste && indexInputs('paste', paste)),
    });
    const values = await readAll(results);
    const probability = values[roles.probability];
    const pasted = roles.pasted ? values[roles.pasted] : null;
    const place = `the patch at ${origin.join(', ')}`;
    checkProbability(probability, place);
    if (pasted) checkPasted(pasted, place);
    const logits = roles.logits ? values[roles.logits] : null;
    if (logits) checkFinite(logits, place);
    return { probability, pasted, logits };
  }

  async classify(pasted: Float32Array, lesion: Float32Array): Promise<{ scores: number[]; evidence: Evidence }> {
    const { input, model } = this.run;
    const { graph, roles } = this.described.classifier;
    this.patchGraph?.dispose();
    this.patchGraph = null;
    const shape = classificationFeatureShape(input.plan);
    const prepared = await this.engine.prepare(graph, model.weights);
    try {
      const results = await prepared.run({
        cStem: await this.cStem(),
        pasted: { shape: [input.plan.width, ...shape], data: pasted },
        lesion: { shape: [1, ...shape], data: lesion },
      });
      const shapes = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.shape]));
      const values = await readAll(results);
      const scale = (role: string): EvidenceScale => {
        const [, d, h, w] = shapes[roles[role]];
        return { shape: [classes.length, d, h, w], data: values[roles[role]] };
      };
      const scores = [...values[roles.scores]];
      const evidence = [scale('evidence1'), scale('evidence2'), scale('evidence3')] as const;
      checkScores(scores, evidence, model.weights.get('cls.fc.bias')?.data ?? []);
      return { scores, evidence };
    } finally {
      prepared.dispose();
    }
  }

  dispose(): void {
    this.patchGraph?.dispose();
    this.heldStem?.dispose();
    this.patchGraph = null;
    this.heldStem = null;
    this.ahead = null;
  }
}

function indexInputs(name: string, { z, y, x }: IndexVectors): Record<string, HostTensor> {
  const tensor = (data: Int32Array): HostTensor => ({ shape: [data.length], data });
  return { [`${name}Z`]: tensor(z), [`${name}Y`]: tensor(y), [`${name}X`]: tensor(x) };
}

/** Reads a graph's outputs and lets go of them, also when reading fails. */
async function readAll(results: Readonly<Record<string, EngineTensor>>): Promise<Record<string, Float32Array>> {
  try {
    const values = await Promise.all(Object.values(results).map((result) => result.read()));
    return Object.fromEntries(Object.keys(results).map((name, i) => [name, values[i]]));
  } finally {
    for (const result of Object.values(results)) result.dispose();
  }
}
