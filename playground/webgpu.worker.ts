import { formulaWeights } from '../src/engine/cases/formula.ts';
import { formulaInput } from '../src/engine/cases/wholeStudy.ts';
import { runStudy } from '../src/engine/runStudy.ts';
import { openDevice } from '../src/engine/webgpu/device.ts';
import { openWebGpu } from '../src/engine/webgpu/openWebGpu.ts';
import { createWebGpuEngine } from '../src/engine/webgpu/webGpuEngine.ts';
import { plans, type PlanName } from '../src/network/plans.ts';
import { runGraphs } from './onnxRun.ts';

export interface WebGpuRequest {
  readonly plan: PlanName;
  /** Devices to destroy in the middle of a study; null: time the graphs instead. */
  readonly losses: number | null;
}

export interface LossReport {
  readonly losses: number;
  readonly differingVoxels: number;
  readonly scores: readonly number[];
  readonly undisturbedScores: readonly number[];
}

async function open() {
  const opening = await openWebGpu({ gpu: navigator.gpu, acceptSoftware: true });
  if (opening.kind === 'refused') throw new Error(opening.reason);
  return opening.engine;
}

/** Every new device compiles everything again, which takes SwiftShader seconds: the shortest kernels there are. */
async function openShort() {
  const adapter = await navigator.gpu.requestAdapter();
  if (!adapter) throw new Error('there is no adapter');
  return createWebGpuEngine(await openDevice(adapter), 'WebGPU', { voxels: 4, outBlocks: 1 });
}

async function loseDevices(wanted: number): Promise<LossReport> {
  const study = { input: formulaInput(49), model: { weights: formulaWeights(plans.tiny) } };
  let engine = await openShort();
  const undisturbed = await runStudy({ ...study, engine });
  let losses = 0;
  const output = await runStudy({
    ...study,
    engine,
    onProgress: ({ stage, done }) => {
      if (stage !== 'patches') return;
      self.postMessage({ patches: done });
      // Time for somebody else to do something to the page.
      if (wanted === 0 && done === 1) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5000);
      // Not at once: while a patch is at work. That may be the next one, handed over ahead.
      setTimeout(() => losses < wanted && engine.device.gpu.destroy(), 2);
    },
    recover: async () => {
      losses++;
      engine.dispose();
      return (engine = await openShort());
    },
  });
  engine.dispose();
  return {
    losses,
    differingVoxels: output.probability.filter((steps, i) => steps !== undisturbed.probability[i]).length,
    scores: output.scores,
    undisturbedScores: undisturbed.scores,
  };
}

self.onmessage = ({ data: { plan, losses } }: MessageEvent<WebGpuRequest>) => {
  const work = losses !== null ? loseDevices(losses) : open().then((engine) => runGraphs(engine, plans[plan], 2));
  work.then(
    (report) => self.postMessage(report),
    (error: unknown) => self.postMessage(String(error)),
  );
};
