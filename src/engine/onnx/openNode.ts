import type { Engine } from '../contract.ts';
import { createOnnxEngine, type OnnxRuntime } from './onnxEngine.ts';

/** The native build, for Node: tests, training, evaluation.
 *  @param runtime the namespace of `onnxruntime-node`
 *  @param threads cores that are really free: more than that is slower */
export function openNode(runtime: OnnxRuntime, threads: number): Engine {
  return createOnnxEngine({
    runtime,
    description: { kind: 'node', label: `ONNX Runtime in Node, ${threads === 1 ? '1 thread' : `${threads} threads`}` },
    session: { executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3 },
  });
}
