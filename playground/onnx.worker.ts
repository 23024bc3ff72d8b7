import * as runtime from 'onnxruntime-web/wasm';
import { openWasm } from '../src/engine/onnx/openWasm.ts';
import { plans, type PlanName } from '../src/network/plans.ts';
import { runGraphs } from './onnxRun.ts';

export interface RunRequest {
  readonly plan: PlanName;
  readonly threads: number;
  readonly folder: string;
}

self.onmessage = ({ data: { plan, threads, folder } }: MessageEvent<RunRequest>) => {
  runGraphs(openWasm(runtime, { threads, folder }), plans[plan], 4).then(
    (runs) => self.postMessage(runs),
    (error: unknown) => self.postMessage(String(error)),
  );
};
