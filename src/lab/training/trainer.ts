/** Holds a training run's state and moves it step by step. */
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import type { HostTensor } from '../../engine/contract.ts';
import { onnxShape } from '../../engine/onnx/lower.ts';
import type { OnnxRuntime } from '../../engine/onnx/onnxEngine.ts';
import type { Parameter, Weights } from '../../network/graph.ts';
import {
  adamNumbers,
  emitStep,
  packParameters,
  unpackParameters,
  type LossName,
  type ParameterLayout,
  type StepSettings,
} from './step.ts';
import type { TrainingGraph } from './trainingGraph.ts';

export type Losses = Partial<Record<LossName, number>>;

/** Parameters, their running average and Adam's moments in their vectors, and the steps done. */
interface State {
  readonly parameters: Float32Array;
  readonly average: Float32Array;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  readonly step: number;
}
const vectors = ['parameters', 'moment1', 'moment2'] as const;
const nextNames = { parameters: 'nextParameters', moment1: 'nextMoment1', moment2: 'nextMoment2' } as const;
const prefixes = { average: 'average.', moment1: 'adam.moment1.', moment2: 'adam.moment2.' } as const;

export interface TrainerOptions {
  readonly runtime: OnnxRuntime;
  readonly threads: number;
  readonly graph: TrainingGraph;
  readonly settings: StepSettings;
  /** What a step leaves of the running average, which is what the run ends with: it forgets the noise of single
   *  patches, and so does at any time what else a rate that falls to zero does at the end. 0: no average. */
  readonly averaging?: number;
  /** All of the network's; those that the stage does not train stay as they are. */
  readonly weights: Weights;
}

export class Trainer {
  private readonly runtime: OnnxRuntime;
  private readonly session: InferenceSession;
  private readonly layout: ParameterLayout;
  private readonly losses: readonly LossName[];
  private untouched: Weights;
  private readonly averaging: number;
  private state: State;

  private constructor(
    { runtime, weights, averaging = 0 }: TrainerOptions,
    session: InferenceSession,
    layout: ParameterLayout,
    losses: readonly LossName[],
  ) {
    this.runtime = runtime;
    this.session = session;
    this.layout = layout;
    this.losses = losses;
    this.untouched = weights;
    this.averaging = averaging;
    const zeros = () => new Float32Array(layout.size);
    const parameters = packParameters(layout, weights);
    this.state = { parameters, average: parameters, moment1: zeros(), moment2: zeros(), step: 0 };
  }

  static async open(options: TrainerOptions): Promise<Trainer> {
    const { model, layout, losses } = emitStep(options.graph, options.settings);
    const session = await options.runtime.InferenceSession.create(model, {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
    });
    return new Trainer(options, session, layout, losses);
  }

  /** Steps done. */
  get step(): number {
    return this.state.step;
  }

  /** One step of Adam.
   *  @param feeds of the graph and its targets, by name, shapes without the batch
   *  @returns the losses before the step
   *  @throws Error when a loss is no number; the state is then as before */
  async train(feeds: Readonly<Record<string, HostTensor>>, learningRate: number): Promise<Losses> {
    const { state } = this;
    const { rate, spread } = adamNumbers(learningRate, state.step + 1);
    const numbers = { rate, spread };
    const inputs: Record<string, Tensor> = {};
    for (const [name, tensor] of Object.entries(feeds)) inputs[name] = this.tensor(tensor);
    for (const name of vectors) inputs[name] = this.tensor({ shape: [this.layout.size], data: state[name] });
    for (const [name, value] of Object.entries(numbers)) {
      inputs[name] = this.tensor({ shape: [], data: Float32Array.of(value) });
    }
    const results = await this.session.run(inputs);
    const values = (name: string) => results[name].data as Float32Array;
    const losses: Losses = {};
    for (const name of this.losses) {
      const loss = values(name)[0];
      if (!Number.isFinite(loss)) throw new Error(`the ${name} loss of step ${state.step + 1} is ${loss}`);
      losses[name] = loss;
    }
    const [parameters, moment1, moment2] = vectors.map((name) => values(nextNames[name]));
    this.state = { parameters, average: this.averaged(parameters), moment1, moment2, step: state.step + 1 };
    return losses;
  }

  /** Young averages forget faster, so that where training started does not weigh on them. */
  private averaged(parameters: Float32Array): Float32Array {
    const { average, step } = this.state;
    const kept = Math.min(this.averaging, (1 + step) / (10 + step));
    return kept === 0 ? parameters : average.map((value, i) => kept * value + (1 - kept) * parameters[i]);
  }

  private tensor({ shape, data }: HostTensor): Tensor {
    return data instanceof Float32Array
      ? new this.runtime.Tensor('float32', data, onnxShape(shape))
      : new this.runtime.Tensor('int32', data, onnxShape(shape));
  }

  /** The network's weights as they stand, trained or not. */
  weights(): Map<string, Parameter> {
    return new Map([...this.untouched, ...unpackParameters(this.layout, this.state.parameters)]);
  }

  /** The running average of the weights, or they themselves where none is asked for. */
  averagedWeights(): Map<string, Parameter> {
    return new Map([...this.untouched, ...unpackParameters(this.layout, this.state.average)]);
  }

  /** Weights, their average and Adam's moments, to go on from. */
  snapshot(): Map<string, Parameter> {
    const others = (['average', 'moment1', 'moment2'] as const).flatMap((vector) =>
      [...unpackParameters(this.layout, this.state[vector])].map(
        ([name, parameter]) => [prefixes[vector] + name, parameter] as const,
      ),
    );
    return new Map([...this.weights(), ...others]);
  }

  /** All of the snapshot's weights, those too that the stage does not train.
   *  @throws Error when the snapshot lacks something */
  restore(snapshot: Weights, step: number): void {
    const vector = (prefix: string) => {
      const own = [...snapshot].filter(([name]) => name.startsWith(prefix));
      return packParameters(this.layout, new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])));
    };
    this.untouched = withoutState(snapshot);
    this.state = {
      parameters: packParameters(this.layout, snapshot),
      average: vector(prefixes.average),
      moment1: vector(prefixes.moment1),
      moment2: vector(prefixes.moment2),
      step,
    };
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}

/** A snapshot's weights without their average and Adam's moments. */
const withoutState = (snapshot: Weights): Weights =>
  new Map([...snapshot].filter(([name]) => !Object.values(prefixes).some((prefix) => name.startsWith(prefix))));

/** The weights that a checkpoint stands for: the running average where it holds one. */
export function averageOf(checkpoint: Weights): Map<string, Parameter> {
  const own = [...withoutState(checkpoint)];
  return new Map(own.map(([name, parameter]) => [name, checkpoint.get(prefixes.average + name) ?? parameter]));
}
