/** The page's end of the protocol. */
import { DiagnosisFailure, type DiagnoseOptions, type DiagnosisClient } from './client.ts';
import type { Companions } from './companions.ts';
import type { Diagnosis, OfferedModel } from './diagnosis.ts';
import type { FromWorker, Port, ToWorker } from './protocol.ts';

interface PendingCall {
  readonly options: DiagnoseOptions;
  readonly resolve: (value: never) => void;
  readonly reject: (reason: unknown) => void;
}

/** @param port the worker, or the page's end of a channel to it
 *  @param end ends the worker */
export function connect(port: Port, end: () => void): DiagnosisClient {
  const pending = new Map<number, PendingCall>();
  let calls = 0;
  let broken: DiagnosisFailure | null = null;

  const ask = <T>(make: (call: number) => ToWorker, options: DiagnoseOptions = {}): Promise<T> => {
    if (broken) return Promise.reject(broken);
    const call = ++calls;
    return new Promise<T>((resolve, reject) => {
      pending.set(call, { options, resolve: resolve as PendingCall['resolve'], reject });
      port.postMessage(make(call), []);
    }).finally(() => pending.delete(call));
  };

  const hear = (message: FromWorker) => {
    const call = pending.get(message.call);
    if (!call) return;
    const { options, resolve, reject } = call;
    switch (message.kind) {
      case 'models':
        return resolve(message.models as never);
      case 'progress':
        return options.onProgress?.(message.progress);
      case 'lungs':
        return options.onLungs?.(message.lungs);
      case 'done':
        return resolve(message.diagnosis as never);
      case 'companions':
        return resolve(message.companions as never);
      case 'cancelled':
        return reject(options.signal?.reason ?? new DOMException('The analysis was cancelled.', 'AbortError'));
      case 'failed':
        return reject(new DiagnosisFailure(message.code, message.message, message.detail));
    }
  };
  port.addEventListener('message', ({ data }) => hear(data as FromWorker));

  // A worker that dies says so to its page; a channel never does.
  const fail = (event: Event) => {
    const detail = event instanceof ErrorEvent ? `${event.message} (${event.filename}:${event.lineno})` : event.type;
    broken = new DiagnosisFailure('worker', 'The analysis stopped working. Reload the page to go on.', detail);
    for (const { reject } of pending.values()) reject(broken);
  };
  if (typeof Worker !== 'undefined' && port instanceof Worker) {
    port.addEventListener('error', fail);
    port.addEventListener('messageerror', fail);
  }

  return {
    models: () => ask<readonly OfferedModel[]>((call) => ({ kind: 'models', call })),
    warmUp: (engine) => port.postMessage({ kind: 'warmUp', engine } satisfies ToWorker, []),
    companions: (request) => ask<Companions>((call) => ({ kind: 'companions', call, request })),
    diagnose: (request, options = {}) => {
      const { signal } = options;
      if (signal?.aborted) return Promise.reject(signal.reason);
      let cancel = () => {};
      const asked = ask<Diagnosis>((call) => {
        cancel = () => port.postMessage({ kind: 'cancel', call } satisfies ToWorker, []);
        return { kind: 'diagnose', call, request };
      }, options);
      const onAbort = () => cancel();
      signal?.addEventListener('abort', onAbort, { once: true });
      return asked.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    dispose: () => {
      end();
      broken = new DiagnosisFailure('ended', 'The analysis was ended.');
      for (const { reject } of pending.values()) reject(broken);
    },
  };
}
