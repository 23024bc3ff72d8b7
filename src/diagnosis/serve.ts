/** The worker's end of the protocol. */
import { loadManifest, loadModel, loadModelIndex, type FetchBytes, type Loaded, type Model } from '../network/model.ts';
import { statedEvidence } from '../network/manifest.ts';
import { DiagnosisFailure, type DiagnoseRequest } from './client.ts';
import { readCompanions } from './companions.ts';
import { diagnose } from './diagnose.ts';
import type { OfferedModel } from './diagnosis.ts';
import { asFailure, EngineRoom, type EngineOpeners } from './engineRoom.ts';
import type { Pace } from './pace.ts';
import type { FromWorker, Port, ToWorker } from './protocol.ts';

export interface ServeOptions {
  /** Files of the models' folder. */
  readonly fetchModelFile: FetchBytes;
  readonly openers: EngineOpeners;
}

/** Answers calls on a port until the worker ends. One study is worked on at a time; others wait. */
export function serve(port: Port, { fetchModelFile, openers }: ServeOptions): void {
  const engines = new EngineRoom(openers);
  const paces = new Map<string, Pace>();
  const running = new Map<number, AbortController>();
  const loadOne = keepLast((name: string) => loadModel(fetchModelFile, name).then(valueOf));
  let last: Promise<unknown> = Promise.resolve();
  const send = (message: FromWorker) => port.postMessage(message, buffersOf(message));

  const answer = async (call: number, work: () => Promise<FromWorker>) => {
    try {
      send(await work());
    } catch (error) {
      send(messageOf(call, asFailure(error)));
    }
  };

  const runDiagnosis = async (call: number, request: DiagnoseRequest, signal: AbortSignal): Promise<FromWorker> => {
    signal.throwIfAborted();
    const diagnosis = await diagnose(
      request,
      { loadModel: loadOne, engines, paces },
      {
        signal,
        onProgress: (progress) => send({ kind: 'progress', call, progress }),
        // The worker goes on with its own.
        onLungs: (lungs) => send({ kind: 'lungs', call, lungs: lungs && { ...lungs, labels: lungs.labels.slice() } }),
      },
    );
    return { kind: 'done', call, diagnosis };
  };

  port.addEventListener('message', ({ data }) => {
    const message = data as ToWorker;
    if (message.kind === 'warmUp') {
      last = last.then(() => engines.open(message.engine)).catch(() => {}); // told when a study wants it
      return;
    }
    const { call } = message;
    if (message.kind === 'models') {
      void answer(call, async () => ({ kind: 'models', call, models: await offeredModels(fetchModelFile) }));
    } else if (message.kind === 'cancel') {
      running.get(call)?.abort();
    } else if (message.kind === 'companions') {
      const { request } = message;
      last = last.then(() =>
        answer(call, async () => ({ kind: 'companions', call, companions: await readCompanions(request) })),
      );
    } else {
      const controller = new AbortController();
      running.set(call, controller);
      last = last
        .then(() => answer(call, () => runDiagnosis(call, message.request, controller.signal)))
        .finally(() => running.delete(call));
    }
  });
}

/** Weights are read and checked once while the same model is asked for. */
function keepLast(load: (name: string) => Promise<Model>): (name: string) => Promise<Model> {
  let held: { name: string; model: Model } | null = null;
  return async (name) => {
    if (held?.name !== name) held = { name, model: await load(name) };
    return held.model;
  };
}

function valueOf<T>(loaded: Loaded<T>): T {
  if (loaded.kind === 'refused') throw new DiagnosisFailure('model', loaded.message);
  return loaded.value;
}

async function offeredModels(fetchModelFile: FetchBytes): Promise<OfferedModel[]> {
  const index = valueOf(await loadModelIndex(fetchModelFile));
  const manifests = await Promise.all(index.models.map((name) => loadManifest(fetchModelFile, name).then(valueOf)));
  return manifests.map((manifest) => ({
    manifest,
    statedEvidence: statedEvidence(manifest),
    isDefault: manifest.name === index.default,
  }));
}

/** Masks, which the worker needs no more, are handed over: of a long study they are most of a gigabyte and would be there
 *  twice, and copying them would hold the page up for a tenth of a second. */
function buffersOf(message: FromWorker): ArrayBuffer[] {
  const maps =
    message.kind === 'lungs'
      ? [message.lungs]
      : message.kind === 'done'
        ? [message.diagnosis.lungs, message.diagnosis.network?.lesions]
        : message.kind === 'companions'
          ? [message.companions.reading?.lungs, message.companions.reading?.lesions, message.companions.lungs?.lungs]
          : [];
  const buffers = maps.map((map) => map?.labels.buffer).filter((buffer) => buffer instanceof ArrayBuffer);
  return [...new Set(buffers)];
}

function messageOf(call: number, failure: unknown): FromWorker {
  if (failure instanceof DiagnosisFailure) {
    return { kind: 'failed', call, code: failure.code, message: failure.message, detail: failure.detail };
  }
  return { kind: 'cancelled', call };
}
