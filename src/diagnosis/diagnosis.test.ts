import { readFile } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import * as runtime from 'onnxruntime-node';
import { afterEach, expect, test } from 'vitest';
import { EngineError, type Engine } from '../engine/contract.ts';
import { openNode } from '../engine/onnx/openNode.ts';
import { readingDirection, type Mask, type Volume } from '../volume/grid.ts';
import type { DiagnosisClient } from './client.ts';
import { connect } from './connect.ts';
import type { Diagnosis, DiagnosisProgress } from './diagnosis.ts';
import type { EngineOpeners } from './engineRoom.ts';
import type { Port } from './protocol.ts';
import { serve } from './serve.ts';

const models = new URL('../../public/models/', import.meta.url);
const wasm = async () => openNode(runtime, 1);
const noCard: EngineOpeners = { wasm, webgpu: async () => ({ kind: 'refused', reason: 'there is no graphics card' }) };

const open: DiagnosisClient[] = [];
afterEach(() => open.splice(0).forEach((client) => client.dispose()));

/** Page and worker in one process, with a real channel between them: all that crosses is cloned. */
function client(openers: EngineOpeners = noCard): DiagnosisClient {
  const { port1, port2 } = new MessageChannel();
  serve(port2 as unknown as Port, { fetchModelFile: (path) => readFile(new URL(path, models)), openers });
  const made = connect(port1 as unknown as Port, () => port1.close());
  port1.on('message', () => {});
  port2.on('message', () => {});
  open.push(made);
  return made;
}

/** A box of tissue with two lungs of air in it, a dense spot in the right one. */
function chest(): Volume & { lungs: Mask } {
  const shape = [40, 60, 80] as const;
  const grid = { shape, spacingMm: [5, 4, 4], originMm: [-160, -120, 0], direction: readingDirection } as const;
  const hu = new Int16Array(shape[0] * shape[1] * shape[2]).fill(-1000);
  const labels = new Uint8Array(hu.length);
  for (let z = 0; z < shape[0]; z++)
    for (let y = 0; y < shape[1]; y++)
      for (let x = 0; x < shape[2]; x++) {
        const i = (z * shape[1] + y) * shape[2] + x;
        const isBody = ((x - 39.5) / 38) ** 2 + ((y - 29.5) / 27) ** 2 < 1;
        const side = [22, 57].findIndex((cx) => ((x - cx) / 13) ** 2 + ((y - 29) / 18) ** 2 + ((z - 20) / 17) ** 2 < 1);
        const isSpot = (x - 20) ** 2 + (y - 30) ** 2 + (z - 20) ** 2 < 16;
        if (isBody) hu[i] = side >= 0 ? (isSpot ? -100 : -850) : 40;
        if (isBody && side >= 0) labels[i] = side + 1;
      }
  return { grid, hu, lungs: { grid, labels } };
}

const tiny = { modelName: 'tiny-untrained', engine: 'auto', showUntrained: true } as const;

test('the engine is opened while the page waits for a study, and is the one that then works', async () => {
  let opened = 0;
  const viewer = client({ ...noCard, wasm: () => (opened++, wasm()) });
  viewer.warmUp('auto');
  await expect.poll(() => opened).toBe(1);
  await viewer.diagnose({ ...tiny, volume: chest() });
  expect(opened).toBe(1);
});

test('masks of a result are handed over whole, not left behind in the worker', async () => {
  const { port1, port2 } = new MessageChannel();
  const handed: ArrayBuffer[] = [];
  const port = {
    addEventListener: (port2 as unknown as Port).addEventListener.bind(port2),
    postMessage(message: unknown, transfer: ArrayBuffer[]) {
      handed.push(...transfer);
      port2.postMessage(message, transfer);
    },
  };
  serve(port, { fetchModelFile: (path) => readFile(new URL(path, models)), openers: noCard });
  const made = connect(port1 as unknown as Port, () => port1.close());
  port1.on('message', () => {});
  port2.on('message', () => {});
  open.push(made);
  const volume = chest();
  const { lungs, network } = await made.diagnose({ ...tiny, volume });
  expect(lungs?.labels.length).toBe(volume.hu.length);
  expect(network?.lesions.labels.length).toBe(volume.hu.length);
  // The lungs as they are found, the lungs of the result, the lesions.
  expect(handed.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
});

test('the models are listed with what may be said of them', async () => {
  const offered = await client().models();
  expect(offered.filter(({ isDefault }) => isDefault)).toHaveLength(1);
  const untrained = offered.find(({ manifest }) => manifest.name === 'tiny-untrained');
  expect(untrained?.statedEvidence).toBe('none');
});

test('a study goes the whole way: lungs, lesions, scores, evidence that adds up', async () => {
  const stages: DiagnosisProgress[] = [];
  const seen: (Mask | null)[] = [];
  const diagnosis = await client().diagnose(
    { ...tiny, volume: chest() },
    { onProgress: (progress) => stages.push(progress), onLungs: (lungs) => seen.push(lungs) },
  );
  const { network, findings, engine } = diagnosis;
  if (!network || !findings) throw new Error(JSON.stringify(diagnosis.warnings));
  expect(seen).toHaveLength(1);
  expect(diagnosis.warnings.map(({ message }) => message).join()).toMatch(/says nothing about the patient/);
  expect(findings.lungs.right.volumeMl).toBeGreaterThan(500);
  expect(Math.abs(findings.lungs.right.volumeMl / findings.lungs.left.volumeMl - 1)).toBeLessThan(0.1);
  const { covid19, cap, nonPneumonia } = network.scores!;
  expect(covid19 + cap + nonPneumonia).toBeCloseTo(1, 5);
  for (const { residual, score, bias, means } of Object.values(network.terms)) {
    expect(Math.abs(residual)).toBeLessThan(1e-4);
    expect(bias + means[0] + means[1] + means[2]).toBeCloseTo(score, 3);
  }
  expect(engine).toMatchObject({ kind: 'wasm', reason: 'WebGPU is not used because there is no graphics card' });
  const order = [...new Set(stages.map(({ stage }) => stage))];
  expect(order).toEqual([
    'model',
    'lungs',
    'prepare',
    'engine',
    'stem',
    'patches',
    'classifier',
    'lesions',
    'findings',
  ]);
  expect(Object.keys(diagnosis.timingsMs).sort()).toEqual([...order].sort());
});

test('an untrained model shows lungs and nothing else unless asked for by name', async () => {
  const diagnosis = await client().diagnose({ ...tiny, showUntrained: false, volume: chest() });
  expect(diagnosis.network).toBeNull();
  expect(diagnosis.warnings.map(({ code }) => code)).toContain('untrained');
  expect(diagnosis.findings?.lungs.both.volumeMl).toBeGreaterThan(1000);
  expect(diagnosis.findings?.lesions).toEqual([]);
});

test('without lungs there are no numbers, and the reason is said', async () => {
  const { grid } = chest();
  const volume = { grid, hu: new Int16Array(grid.shape[0] * grid.shape[1] * grid.shape[2]).fill(40) };
  const diagnosis = await client().diagnose({ ...tiny, volume });
  expect([diagnosis.lungs, diagnosis.network, diagnosis.findings]).toEqual([null, null, null]);
  expect(diagnosis.warnings.map(({ code }) => code)).toEqual(['no-lungs']);
});

test('a reader’s own lungs take the place of ours', async () => {
  const volume = chest();
  const labels = volume.lungs.labels.map((label) => (label === 1 ? 1 : 0));
  const lungs = { grid: volume.grid, labels };
  const diagnosis = await client().diagnose({ ...tiny, volume, lungs, showUntrained: false });
  expect(diagnosis.findings?.lungs.left.volumeMl).toBe(0);
});

test('cancelled in the middle, the next study is read as if nothing had been', async () => {
  const page = client();
  const cancel = new AbortController();
  const first = page.diagnose(
    { ...tiny, volume: chest() },
    { signal: cancel.signal, onProgress: ({ stage, done }) => stage === 'patches' && done === 2 && cancel.abort() },
  );
  await expect(first).rejects.toMatchObject({ name: 'AbortError' });
  const second = await page.diagnose({ ...tiny, volume: chest() });
  expect(second.network?.patchesRun).toBeGreaterThan(2);
});

/** An engine whose device is lost, or that fails, at the given runs of a graph. */
function failing(code: 'device-lost' | 'failed', atRuns: ReadonlySet<number>, count: { runs: number }): Engine {
  const engine = openNode(runtime, 1);
  return {
    description: { kind: 'webgpu', label: 'a card that fails' },
    prepare: async (graph, weights) => {
      const prepared = await engine.prepare(graph, weights);
      return {
        run: async (inputs) => {
          if (atRuns.has(++count.runs)) throw new EngineError(code, 'the card is gone');
          return prepared.run(inputs);
        },
        dispose: () => prepared.dispose(),
      };
    },
    dispose: () => engine.dispose(),
  };
}

const masks = ({ network }: Diagnosis) => [...network!.lesions.labels];

test('a device that is lost twenty times in one read gives the same mask as one that is not', async () => {
  const count = { runs: 0 };
  // Every patch: lost, then the stem anew, then the patch.
  const lost = new Set(Array.from({ length: 20 }, (_, i) => 2 + 3 * i));
  const openers: EngineOpeners = {
    wasm,
    webgpu: async () => ({ kind: 'opened', engine: failing('device-lost', lost, count) }),
  };
  const broken = await client(openers).diagnose({ ...tiny, volume: chest() });
  const whole = await client().diagnose({ ...tiny, volume: chest() });
  expect(broken.warnings.find(({ code }) => code === 'device-lost')?.message).toMatch(/lost 20 times/);
  expect(masks(broken)).toEqual(masks(whole));
  expect(broken.network?.scores).toEqual(whole.network?.scores);
});

test('a card that fails in the middle gives way to WebAssembly, and that is said', async () => {
  const openers: EngineOpeners = {
    wasm,
    webgpu: async () => ({ kind: 'opened', engine: failing('failed', new Set([3]), { runs: 0 }) }),
  };
  const diagnosis = await client(openers).diagnose({ ...tiny, volume: chest() });
  expect(diagnosis.engine?.kind).toBe('wasm');
  expect(diagnosis.warnings.find(({ code }) => code === 'engine')?.message).toMatch(
    /the card is gone\); WebAssembly was used instead/,
  );
});

test('a model that is not there is refused in words', async () => {
  const asked = client().diagnose({ ...tiny, modelName: 'nowhere', volume: chest() });
  await expect(asked).rejects.toMatchObject({ name: 'DiagnosisFailure', code: 'model' });
});
