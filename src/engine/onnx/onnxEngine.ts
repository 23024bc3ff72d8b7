/** Runs graphs with ONNX Runtime: its WebAssembly build in the browser, its native one in Node. The caller picks
 *  the runtime; this file knows only what the two have in common. */
import type { InferenceSession, Tensor, TensorConstructor } from 'onnxruntime-common';
import type { Graph, TensorShape, Weights } from '../../network/graph.ts';
import {
  EngineError,
  isEngineTensor,
  type Engine,
  type EngineDescription,
  type EngineErrorCode,
  type EngineTensor,
  type HostTensor,
  type PreparedGraph,
} from '../contract.ts';
import { lowerGraph, onnxShape } from './lower.ts';

/** The part of the namespaces `onnxruntime-web/wasm` and `onnxruntime-node` that is used. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(model: Uint8Array, options?: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: TensorConstructor;
}

export interface OnnxEngineOptions {
  readonly runtime: OnnxRuntime;
  readonly description: EngineDescription;
  readonly session: InferenceSession.SessionOptions;
}

const outOfMemory =
  /bad_alloc|out of memory|OOM|failed to allocate|memory access out of bounds|Array buffer allocation/i;

/** The runtime's own words stay in `cause`; the reader gets what it means. */
function asEngineError(error: unknown, doing: string): EngineError {
  if (error instanceof EngineError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code: EngineErrorCode = outOfMemory.test(text) ? 'out-of-memory' : 'failed';
  const words =
    code === 'out-of-memory' ? `There was not enough memory ${doing}.` : `ONNX Runtime failed ${doing}: ${text}`;
  return new EngineError(code, words, { cause: error });
}

/** Values in the runtime's memory. */
class OnnxEngineTensor implements EngineTensor {
  readonly shape: TensorShape;
  readonly owner: OnnxEngine;
  private held: Tensor | null;

  constructor(owner: OnnxEngine, shape: TensorShape, held: Tensor) {
    this.owner = owner;
    this.shape = shape;
    this.held = held;
  }

  get tensor(): Tensor {
    if (!this.held) throw new Error('a tensor was used after it was disposed');
    return this.held;
  }

  async read(): Promise<Float32Array> {
    return ((await this.tensor.getData()) as Float32Array).slice();
  }

  dispose(): void {
    this.held?.dispose();
    this.held = null;
  }
}

class OnnxEngine implements Engine {
  readonly description: EngineDescription;
  private readonly runtime: OnnxRuntime;
  private readonly sessionOptions: InferenceSession.SessionOptions;
  private readonly open = new Set<PreparedGraph>();

  constructor({ runtime, description, session }: OnnxEngineOptions) {
    this.runtime = runtime;
    this.description = description;
    this.sessionOptions = session;
  }

  async prepare(graph: Graph, weights: Weights): Promise<PreparedGraph> {
    const { model, outputShapes } = lowerGraph(graph, weights);
    const session = await this.createSession(model, graph.name);
    let released = false;
    const prepared: PreparedGraph = {
      run: async (inputs) => {
        if (released) throw new Error(`graph ${graph.name} was run after it was disposed`);
        const feeds = this.feeds(graph, inputs);
        const results = await session.run(feeds).catch((error: unknown) => {
          throw asEngineError(error, `while running the ${graph.name}`);
        });
        return Object.fromEntries(
          graph.outputs.map((name) => [name, new OnnxEngineTensor(this, outputShapes[name], results[name])]),
        );
      },
      dispose: () => {
        if (released) return;
        released = true;
        this.open.delete(prepared);
        void session.release();
      },
    };
    this.open.add(prepared);
    return prepared;
  }

  private async createSession(model: Uint8Array, name: string): Promise<InferenceSession> {
    try {
      return await this.runtime.InferenceSession.create(model, this.sessionOptions);
    } catch (error) {
      throw asEngineError(error, `while preparing the ${name}`);
    }
  }

  private feeds(graph: Graph, inputs: Readonly<Record<string, HostTensor | EngineTensor>>): Record<string, Tensor> {
    return Object.fromEntries(
      graph.inputs.map(({ name, shape, type }) => {
        const given = inputs[name];
        if (!given) throw new Error(`graph ${graph.name}: input ${name} is missing`);
        if (given.shape.join() !== shape.join()) {
          throw new Error(`graph ${graph.name}: input ${name} is [${given.shape}], expected [${shape}]`);
        }
        return [name, isEngineTensor(given) ? this.own(given) : this.fromHost(given, type)];
      }),
    );
  }

  private own(tensor: EngineTensor): Tensor {
    if (!(tensor instanceof OnnxEngineTensor) || tensor.owner !== this) {
      throw new Error('a tensor of another engine was handed to ONNX Runtime');
    }
    return tensor.tensor;
  }

  private fromHost({ shape, data }: HostTensor, type: 'float32' | 'int32'): Tensor {
    const found = data instanceof Float32Array ? 'float32' : 'int32';
    if (found !== type) throw new Error(`expected ${type} values, got ${found}`);
    return data instanceof Float32Array
      ? new this.runtime.Tensor('float32', data, onnxShape(shape))
      : new this.runtime.Tensor('int32', data, onnxShape(shape));
  }

  dispose(): void {
    for (const prepared of [...this.open]) prepared.dispose();
  }
}

export function createOnnxEngine(options: OnnxEngineOptions): Engine {
  return new OnnxEngine(options);
}
