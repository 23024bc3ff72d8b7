/** Files inside a .zip, unpacked as a stream: no size that the archive states is believed. */
import { FlateErrorCode, Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import type { SourceFile } from './series.ts';

export interface Unzipped {
  readonly files: readonly SourceFile[];
  /** Why some or all could not be unpacked, in a reader's words. */
  readonly problem: string | null;
}

/** Beyond this an archive is a bomb, or more than one study. */
const mostBytes = 8 * 2 ** 30;
const mostFiles = 100_000;
/** CT packs to a half or a third, an empty mask to a hundredth; beyond that an archive is made to harm. */
const mostRatio = 200;
/** So much may be unpacked from next to nothing. */
const free = 1 << 24;
/** Packed bytes taken at a time: what they unpack to is seen before the next. */
const step = 1 << 14;

const partial = 'Part of the archive could not be unpacked';

export async function unzip({ name, data }: SourceFile, signal?: AbortSignal): Promise<Unzipped> {
  const files: SourceFile[] = [];
  let problem: string | null = null;
  let isTooMuch = false;
  let packed = 0;
  let unpacked = 0;
  let seen = 0;
  let open = 0;
  const archive = new Unzip((file) => {
    isTooMuch ||= ++seen > mostFiles;
    if (file.name.endsWith('/') || isTooMuch) return;
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    open++;
    file.ondata = (error, chunk, final) => {
      if (isTooMuch) return;
      if (error) {
        problem = `${partial}: ${endsEarly(error) ? 'it ends too early' : `${safeName(file.name)} is damaged or packed in an unknown way`}.`;
        open--;
        return;
      }
      unpacked += chunk.length;
      isTooMuch = unpacked > mostBytes || unpacked > free + mostRatio * packed;
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
  const reader = data.stream().getReader();
  let isRead = false;
  try {
    while (!isRead && !isTooMuch) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      isRead = done;
      for (let at = 0; value && at < value.length && !isTooMuch; at += step) {
        const part = value.subarray(at, at + step);
        packed += part.length;
        archive.push(part);
      }
    }
    if (!isTooMuch) archive.push(new Uint8Array(), true);
    if (open > 0) problem ??= `${partial}: it ends too early.`;
  } catch (error) {
    signal?.throwIfAborted();
    problem = `${partial}: ${isRead || endsEarly(error) ? 'it ends too early' : 'it is damaged'}.`;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
  if (isTooMuch) problem = `${partial}: it holds far more than a study does.`;
  return { files, problem };
}

/** fflate's code for a stream that stops in the middle. */
const endsEarly = (error: unknown) => (error as { code?: number }).code === FlateErrorCode.UnexpectedEOF;

/** Names are only shown, never written to; parts that climb out are dropped all the same. */
const safeName = (path: string) =>
  path
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
