/** The whole way from a volume to its reading. Runs in the diagnosis worker, and in Node in tests. */
import { EngineError } from '../engine/contract.ts';
import { evidenceResiduals } from '../engine/checkResults.ts';
import { readStudy } from '../engine/lookTwice.ts';
import type { NetworkOutput, StudyRun } from '../engine/runStudy.ts';
import { evidenceRegions, evidenceShares } from '../findings/evidenceShares.ts';
import { measure } from '../findings/measure.ts';
import { segmentLungs } from '../lungs/segmentLungs.ts';
import { classes, type ClassName } from '../network/describe.ts';
import { placeEvidence } from '../network/evidence.ts';
import { prepareInput, type NetworkInput } from '../network/input.ts';
import { givesScores, statedEvidence } from '../network/manifest.ts';
import type { Model } from '../network/model.ts';
import { toStudyGrid } from '../network/output.ts';
import { withSpatialPrior } from '../network/spatialPrior.ts';
import type { Mask, Volume } from '../volume/grid.ts';
import type { DiagnoseOptions, DiagnoseRequest } from './client.ts';
import type {
  Diagnosis,
  EngineFacts,
  EvidenceMaps,
  EvidenceTerms,
  ModelFacts,
  NetworkReading,
  Warning,
} from './diagnosis.ts';
import { asFailure, type EngineAtWork, type EngineRoom } from './engineRoom.ts';
import { ownLungsNote } from './ownLungs.ts';
import { Stopwatch, type Pace } from './pace.ts';

export interface DiagnosisMeans {
  /** @throws DiagnosisFailure where the model cannot be had */
  readonly loadModel: (name: string) => Promise<Model>;
  readonly engines: EngineRoom;
  /** Paces of former runs, by engine and plan. */
  readonly paces: Map<string, Pace>;
}

/** @throws the signal's reason when cancelled; DiagnosisFailure with words for the reader */
export async function diagnose(
  request: DiagnoseRequest,
  means: DiagnosisMeans,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  try {
    return await new Run(request, means, options).diagnose();
  } catch (error) {
    options.signal?.throwIfAborted();
    throw asFailure(error);
  }
}

/** Lets a wish to cancel, and what was reported, pass. */
const eventLoop = () => new Promise<void>((resolve) => setTimeout(resolve));

class Run {
  private readonly request: DiagnoseRequest;
  private readonly means: DiagnosisMeans;
  private readonly options: DiagnoseOptions;
  private readonly warnings: Warning[] = [];
  private readonly watch: Stopwatch;
  /** Under which the pace of this run is kept. */
  private paceKey: string | null = null;

  constructor(request: DiagnoseRequest, means: DiagnosisMeans, options: DiagnoseOptions) {
    this.request = request;
    this.means = means;
    this.options = options;
    this.watch = new Stopwatch(options.onProgress);
  }

  async diagnose(): Promise<Diagnosis> {
    const { volume, modelName, showUntrained } = this.request;
    await this.enter('model');
    const model = await this.means.loadModel(modelName);
    const facts = factsOf(model);

    await this.enter('lungs');
    const { lungs, notes } = this.findLungs(volume);
    this.options.onLungs?.(lungs);
    const diagnosis = { model: facts, lungs, lungNotes: notes, warnings: this.warnings };
    if (!lungs) return this.done({ ...diagnosis, engine: null, network: null, findings: null });
    if (facts.evidence === 'none' && !showUntrained) {
      this.warnings.push(withheld(facts));
      await this.enter('findings');
      const { findings } = measure(volume, lungs, null);
      return this.done({ ...diagnosis, engine: null, network: null, findings });
    }

    if (facts.evidence === 'none') this.warnings.push(saysNothing(facts));

    await this.enter('prepare');
    const input = prepareInput(volume, lungs, model.plan, model.manifest.preprocessing);
    await this.enter('engine');
    const { output, engine } = await this.runNetwork(input, model);
    await this.enter('lesions');
    const { spatialPrior } = model.manifest;
    const mask = toStudyGrid(input, withSpatialPrior(input, output.probability, spatialPrior), lungs);
    const evidence = evidenceOf(input, output);
    await this.enter('findings');
    const { findings, lesionLabels } = measure(volume, lungs, mask);
    const regions = evidenceRegions(evidence.covid19.all.grid, lungs, mask.labels);
    const network: NetworkReading = {
      scores: givesScores(model.manifest) ? byClass((_, index) => output.classProbabilities[index]) : null,
      evidence,
      terms: termsOf(output, model),
      evidenceShares: byClass((name) => evidenceShares(evidence[name].all.values, regions)),
      lesions: lesionLabels ?? { grid: volume.grid, labels: new Uint16Array(volume.hu.length) },
      workingGrid: workingGridOf(input),
      patchesRun: output.patchesRun,
    };
    return this.done({ ...diagnosis, engine, network, findings });
  }

  private async enter(stage: Parameters<Stopwatch['at']>[0]): Promise<void> {
    this.watch.at(stage);
    await eventLoop();
    this.options.signal?.throwIfAborted();
  }

  private findLungs(volume: Volume): { lungs: Mask | null; notes: Diagnosis['lungNotes'] } {
    const { lungs } = this.request;
    if (lungs) {
      this.warnings.push({ code: 'lungs', message: ownLungsNote.message });
      return { lungs: lungs.labels.some((label) => label !== 0) ? lungs : null, notes: [ownLungsNote] };
    }
    const found = segmentLungs(volume, { onProgress: (fraction) => this.watch.at('lungs', fraction, 1) });
    if (found.kind === 'none') {
      this.warnings.push({ code: 'no-lungs', message: found.message });
      return { lungs: null, notes: [] };
    }
    this.warnings.push(...found.notes.map(({ message }): Warning => ({ code: 'lungs', message })));
    return { lungs: found.lungs, notes: found.notes };
  }

  /** On the engine that is wanted; on WebAssembly where the graphics card fails over it. */
  private async runNetwork(input: NetworkInput, model: Model): Promise<{ output: NetworkOutput; engine: EngineFacts }> {
    const first = await this.means.engines.open(this.request.engine);
    if (this.request.engine === 'webgpu' && first.facts.kind !== 'webgpu') this.warnEngine(first.facts.reason);
    try {
      return await this.runOn(first, input, model);
    } catch (error) {
      if (!(error instanceof EngineError) || first.facts.kind !== 'webgpu') throw error;
      const reason = `WebGPU failed in the middle (${error.message})`;
      this.warnEngine(reason);
      return await this.runOn(await this.means.engines.fallBack(reason), input, model);
    }
  }

  private async runOn(at: EngineAtWork, input: NetworkInput, model: Model) {
    const paceOf = ({ facts }: EngineAtWork) => `${facts.label}, ${model.plan.name}`;
    this.watch.know(this.means.paces.get(paceOf(at)) ?? null);
    let now = at;
    let losses = 0;
    const run: StudyRun = {
      input,
      model,
      engine: at.engine,
      signal: this.options.signal,
      onProgress: ({ stage, done, of }) => this.watch.at(stage, done, of),
      recover: async () => {
        losses++;
        now = await this.means.engines.reopen();
        return now.engine;
      },
    };
    const output = await readStudy(run, model.manifest.looksTwice);
    if (losses > 0) {
      const times = losses === 1 ? 'once' : `${losses} times`;
      const message = `The graphics device was lost ${times}; the work went on from the last finished part, at the end on ${now.facts.label}.`;
      this.warnings.push({ code: 'device-lost', message });
    }
    this.paceKey = paceOf(now);
    return { output, engine: now.facts };
  }

  private warnEngine(reason: string): void {
    this.warnings.push({ code: 'engine', message: `${reason}; WebAssembly was used instead.` });
  }

  private done(diagnosis: Omit<Diagnosis, 'timingsMs'>): Diagnosis {
    this.watch.finish();
    const pace = this.watch.pace();
    if (pace && this.paceKey) this.means.paces.set(this.paceKey, pace);
    return { ...diagnosis, timingsMs: this.watch.timingsMs };
  }
}

export function factsOf({ manifest, sha256 }: Model): ModelFacts {
  const { name, version, card, plan, training, verified } = manifest;
  return { name, version, card, plan, sha256, training, evidence: statedEvidence(manifest), verified };
}

function withheld({ verified, name }: ModelFacts): Warning {
  return verified
    ? {
        code: 'untrained',
        message: `The model ${name} is not trained: no lesions and no scores are shown unless asked for.`,
      }
    : {
        code: 'unverified',
        message: `Nobody has shown that the model ${name} does what it is said to do: no lesions and no scores are shown unless asked for.`,
      };
}

function saysNothing({ verified, name }: ModelFacts): Warning {
  return verified
    ? { code: 'untrained', message: `The model ${name} is not trained: what it shows says nothing about the patient.` }
    : { code: 'unverified', message: `Nobody has shown that the model ${name} does what it is said to do.` };
}

function byClass<T>(value: (name: ClassName, index: number) => T): Record<ClassName, T> {
  return Object.fromEntries(classes.map((name, index) => [name, value(name, index)])) as Record<ClassName, T>;
}

function evidenceOf(input: NetworkInput, { evidence }: NetworkOutput): Record<ClassName, EvidenceMaps> {
  return byClass((_, index) => ({
    all: placeEvidence(input, evidence, index),
    scales: {
      1: placeEvidence(input, evidence, index, [1]),
      2: placeEvidence(input, evidence, index, [2]),
      3: placeEvidence(input, evidence, index, [3]),
    },
  }));
}

function termsOf({ scores, evidence }: NetworkOutput, { weights }: Model): Record<ClassName, EvidenceTerms> {
  const bias = weights.get('cls.fc.bias')?.data ?? [];
  const residuals = evidenceResiduals(scores, evidence, bias);
  return byClass((_, index) => {
    const means = evidence.map(({ data }) => {
      const length = data.length / classes.length;
      return data.subarray(index * length, (index + 1) * length).reduce((sum, value) => sum + value, 0) / length;
    });
    return {
      bias: bias[index],
      means: [means[0], means[1], means[2]],
      score: scores[index],
      residual: residuals[index],
    };
  });
}

function workingGridOf({ frame }: NetworkInput): NetworkReading['workingGrid'] {
  const [z, y, x] = frame.study.spacingMm;
  return {
    shape: [frame.depth, frame.size, frame.size],
    spacingMm: [z * frame.slices.size, y * frame.rows.step, x * frame.columns.step],
  };
}
