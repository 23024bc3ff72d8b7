import type { SourceFile } from '../formats/series.ts';

/** The files that a worker sends once it has made them.
 *  @param worker begins by itself, and is ended here
 *  @throws the signal's reason when cancelled */
export function filesFrom(worker: Worker, signal: AbortSignal): Promise<readonly SourceFile[]> {
  return new Promise<readonly SourceFile[]>((resolve, reject) => {
    worker.addEventListener('message', ({ data }) => resolve(data as readonly SourceFile[]));
    worker.addEventListener('error', ({ message }) => reject(new Error(`sample worker: ${message}`)));
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  }).finally(() => worker.terminate());
}
