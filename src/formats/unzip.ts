/** Files inside a .zip, unpacked as a stream: no size that the archive states is believed. */
import { Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import type { SourceFile } from './series.ts';

export interface Unzipped {
  readonly files: readonly SourceFile[];
  /** Why some or all could not be unpacked, in a reader's words. */
  readonly problem: string | null;
}

/** Beyond this an archive is a bomb, or more than one study. */
const mostBytes = 8 * 2 ** 30;
const mostFiles = 100_000;
/** CT packs to a half or a third; a thousandfold is made to harm. */
const mostRatio = 1000;

const partial = 'Part of the archive could not be unpacked';

export async function unzip({ name, data }: SourceFile, signal?: AbortSignal): Promise<Unzipped> {
  const files: SourceFile[] = [];
  let problem: string | null = null;
  let packed = 0;
  let unpacked = 0;
  let open = 0;
  const reader = data.stream().getReader();
  const archive = new Unzip((file) => {
    if (file.name.endsWith('/')) return;
    if (files.length + open >= mostFiles) throw new RangeError('The archive holds too many files');
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    open++;
    file.ondata = (error, chunk, final) => {
      if (error) {
        problem = `${partial}: ${safeName(file.name)} is damaged or packed in an unknown way.`;
        open--;
        return;
      }
      unpacked += chunk.length;
      if (unpacked > mostBytes || unpacked > 2 ** 20 + mostRatio * packed) {
        throw new RangeError('The archive unpacks to far more than it should');
      }
      // fflate goes on writing into its buffers.
      chunks.push(chunk.slice() as Uint8Array<ArrayBuffer>);
      if (final) {
        files.push({ name: `${name}/${safeName(file.name)}`, data: new Blob(chunks) });
        open--;
      }
    };
    file.start();
  });
  archive.register(UnzipInflate);
  archive.register(UnzipPassThrough);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      packed += value?.length ?? 0;
      archive.push(value ?? new Uint8Array(), done);
      if (done) break;
    }
    if (open > 0) problem ??= `${partial}: it ends too early.`;
  } catch (error) {
    signal?.throwIfAborted();
    problem = `${partial}: ${error instanceof RangeError ? error.message : 'it is damaged'}.`;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  return { files, problem };
}

/** Names are only shown, never written to; parts that climb out are dropped all the same. */
const safeName = (path: string) =>
  path
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
