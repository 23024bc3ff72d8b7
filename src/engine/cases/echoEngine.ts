/** An engine and a study for tests of the order of work: what comes out shows where it went in. */
import type { Graph } from '../../network/graph.ts';
import { inputOnWorkingGrid, type NetworkInput } from '../../network/input.ts';
import { inferShapes } from '../../network/shapes.ts';
import { plans } from '../../network/plans.ts';
import type { Engine, EngineTensor, HostTensor } from '../contract.ts';
import { formulaWeights } from './formula.ts';

const plan = plans.tiny;
export const echoModel = { weights: formulaWeights(plan) };
type Inputs = Readonly<Record<string, HostTensor | EngineTensor>>;

interface Trace {
  readonly runs: string[];
  /** How many patches had been read when each was run. */
  readonly readBefore: number[];
  readonly classifierInputs: Record<string, Float32Array>;
  open: number;
}

/** An engine that computes nothing: a patch's lesion probability is its voxels, its features are its voxels (channel
 *  after channel a hundredth more), its logits are twice the probability.
 *  @param meddle may throw, or change what an output holds */
export function echoEngine(
  meddle: (name: string, run: number, values: Float32Array) => void = () => {},
  { takesWorkAhead = false } = {},
) {
  const trace: Trace = { runs: [], readBefore: [], classifierInputs: {}, open: 0 };
  let patchesRead = 0;
  const tensor = (name: string, shape: readonly number[], data: Float32Array): EngineTensor => {
    trace.open++;
    const read = async () => {
      // Whoever works ahead has had the time to.
      await new Promise((resolve) => setTimeout(resolve));
      if (name === 'probability') patchesRead++;
      return data.slice();
    };
    return { shape, read, dispose: () => void trace.open-- };
  };
  const values = (graph: Graph, name: string, shape: readonly number[], inputs: Inputs): Float32Array => {
    const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
    const voxels = (inputs.voxels as HostTensor | undefined)?.data as Float32Array;
    if (name === 'probability') out.set(voxels);
    if (name === 'logits')
      out.set(
        voxels.map((value) => 2 * value),
        voxels.length,
      );
    if (name === 'pasted') {
      const [z, y, x] = ['pasteZ', 'pasteY', 'pasteX'].map((index) => (inputs[index] as HostTensor).data);
      out.forEach((_, i) => {
        const [d, h, w] = shape.slice(1);
        const [c, k, v, u] = [Math.floor(i / (d * h * w)), Math.floor(i / (h * w)) % d, Math.floor(i / w) % h, i % w];
        out[i] = voxels[(2 * z[k] * 32 + 2 * y[v]) * 32 + 2 * x[u]] + c / 100;
      });
    }
    if (name.startsWith('evidence')) out.fill(0.5);
    if (graph.name === 'classifier' && name === 'cls.fc') {
      out.set(Float32Array.from(echoModel.weights.get('cls.fc.bias')?.data ?? [], (bias) => bias + 1.5));
    }
    return out;
  };
  const engine: Engine = {
    description: { kind: 'reference', label: 'echo' },
    takesWorkAhead,
    dispose: () => {},
    prepare: (graph, weights) => {
      const shapes = inferShapes(graph, weights);
      trace.open++;
      return Promise.resolve({
        dispose: () => void trace.open--,
        run: async (inputs) => {
          trace.runs.push(graph.name);
          if (graph.name === 'patch') trace.readBefore.push(patchesRead);
          if (graph.name === 'classifier') {
            for (const name of ['pasted', 'lesion'])
              trace.classifierInputs[name] = (inputs[name] as HostTensor).data.slice() as Float32Array;
          }
          const data = graph.outputs.map((name) => {
            const shape = shapes.get(name) ?? [];
            const made = values(graph, name, shape, inputs);
            meddle(name, trace.runs.length, made);
            return [name, tensor(name, shape, made)] as const;
          });
          return Object.fromEntries(data);
        },
      });
    },
  };
  return { engine, trace };
}

/** Every voxel lung, intensity by place. */
export function ramp(depth: number): NetworkInput {
  const intensity = Float32Array.from({ length: depth * 4096 }, (_, i) => ((i * 7919) % 65521) / 65535 + 1e-4);
  return inputOnWorkingGrid(plan, intensity, new Uint8Array(depth * 4096).fill(1));
}
