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

/** Parameters and Adam's moments in their vectors, and the steps done. */
interface State {
  readonly parameters: Float32Array;
  readonly moment1: Float32Array;
  readonly moment2: Float32Array;
  readonly step: number;
}
const vectors = ['parameters', 'moment1', 'moment2'] as const;
const nextNames = { parameters: 'nextParameters', moment1: 'nextMoment1', moment2: 'nextMoment2' } as const;
const momentPrefixes = { moment1: 'adam.moment1.', moment2: 'adam.moment2.' } as const;

export interface TrainerOptions {
  readonly runtime: OnnxRuntime;
  readonly threads: number;
  readonly graph: TrainingGraph;
  readonly settings: StepSettings;
  /** All of the network's; those that the stage does not train stay as they are. */
  readonly weights: Weights;
}

export class Trainer {
  private readonly runtime: OnnxRuntime;
  private readonly session: InferenceSession;
  private readonly layout: ParameterLayout;
  private readonly losses: readonly LossName[];
  private readonly untouched: Weights;
  private state: State;

  private constructor(
    { runtime, weights }: TrainerOptions,
    session: InferenceSession,
    layout: ParameterLayout,
    losses: readonly LossName[],
  ) {
    this.runtime = runtime;
    this.session = session;
    this.layout = layout;
    this.losses = losses;
    this.untouched = weights;
    const zeros = () => new Float32Array(layout.size);
    this.state = { parameters: packParameters(layout, weights), moment1: zeros(), moment2: zeros(), step: 0 };
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
    this.state = { parameters, moment1, moment2, step: state.step + 1 };
    return losses;
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

  /** Weights and Adam's moments, to go on from. */
  snapshot(): Map<string, Parameter> {
    const moments = (['moment1', 'moment2'] as const).flatMap((moment) =>
      [...unpackParameters(this.layout, this.state[moment])].map(
        ([name, parameter]) => [momentPrefixes[moment] + name, parameter] as const,
      ),
    );
    return new Map([...this.weights(), ...moments]);
  }

  /** @throws Error when the snapshot lacks something */
  restore(snapshot: Weights, step: number): void {
    const moment = (prefix: string) => {
      const own = [...snapshot].filter(([name]) => name.startsWith(prefix));
      return packParameters(this.layout, new Map(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])));
    };
    this.state = {
      parameters: packParameters(this.layout, snapshot),
      moment1: moment(momentPrefixes.moment1),
      moment2: moment(momentPrefixes.moment2),
      step,
    };
  }

  async close(): Promise<void> {
    await this.session.release();
  }
}
