/** What every engine offers. Graphs are prepared once and run many times; results stay where the engine
 *  computes until they are read. */
import type { Graph, TensorShape, Weights } from '../network/graph.ts';

/** Values on the host, channels x depth x rows x columns. */
export interface HostTensor {
  readonly shape: TensorShape;
  readonly data: Float32Array | Int32Array;
}

/** Values that an engine holds; only valid for the engine that made it. */
export interface EngineTensor {
  readonly shape: TensorShape;
  /** A copy of the values, channels x depth x rows x columns.
   *  @throws EngineError when the device failed since the tensor was made */
  read(): Promise<Float32Array>;
  dispose(): void;
}

export interface PreparedGraph {
  /** @param inputs one for every graph input, by name; tensors of this engine are used where they lie
   *  @returns the graph's outputs, by name; the caller disposes them */
  run(inputs: Readonly<Record<string, HostTensor | EngineTensor>>): Promise<Record<string, EngineTensor>>;
  dispose(): void;
}

export interface EngineDescription {
  readonly kind: 'reference' | 'webgpu' | 'wasm' | 'node';
  /** In a reader's words, e.g. "WebGPU on apple m2" or "WebAssembly, 2 threads". */
  readonly label: string;
}

export interface Engine {
  readonly description: EngineDescription;
  /** Whether `run` only hands work over: then it may be asked for again before the first results are read, and the
   *  device need not wait for the page. */
  readonly takesWorkAhead?: boolean;
  /** @throws EngineError when the graph cannot run here */
  prepare(graph: Graph, weights: Weights): Promise<PreparedGraph>;
  dispose(): void;
}

export type EngineErrorCode = 'unavailable' | 'device-lost' | 'out-of-memory' | 'wrong-result' | 'failed';

export class EngineError extends Error {
  readonly code: EngineErrorCode;
  constructor(code: EngineErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EngineError';
    this.code = code;
  }
}

export function isEngineTensor(tensor: HostTensor | EngineTensor): tensor is EngineTensor {
  return 'read' in tensor;
}
