/** Pictures out of DICOM files: plain values are read here, compressed ones by the decode worker of Cornerstone's DICOM
 *  image loader, which brings the codecs. Its worker is driven directly, not through the loader: nothing of a study
 *  stays behind in the loader's caches, values come as stored (scaling them is ours), and a worker whose codec
 *  hangs or breaks is ended and replaced. */
import { transfer, wrap, type Remote } from 'comlink';
import { UnreadablePicture, type DecodedValues, type DecodeFrame } from './decodeFrame.ts';
import type { PixelLayout } from './frameHeader.ts';
import { nativeValues, onlyStoredBits, pixelBytes } from './pixelBytes.ts';
import { isJpeg2000, streamFrameOf } from './streamFrame.ts';
import { withMiddleGreyInPlace } from './twelveBitJpeg.ts';

export interface DecoderOptions {
  /** Decode workers; one for each processor if left out. */
  readonly workers?: number;
  /** For one picture, the start of a worker included. */
  readonly timeLimitMs?: number;
  /** A worker without work for so long is ended, and its memory given back. */
  readonly idleMs?: number;
}

/** What the loader's worker takes and gives, as far as it is used here (`decodeImageFrameWorker.js`, 5.14). */
interface DecodeTask {
  readonly imageFrame: Omit<PixelLayout, 'transferSyntax' | 'numberOfFrames'>;
  readonly transferSyntax: string;
  readonly pixelData: Uint8Array;
  readonly options: { readonly preScale: { readonly enabled: boolean } };
  readonly decodeConfig: object;
}
interface DecodedFrame {
  readonly pixelData: DecodedValues;
  readonly rows: number;
  readonly columns: number;
}
interface Codecs {
  decodeTask(task: DecodeTask): DecodedFrame;
}

const damaged = 'The compressed picture is damaged, or of a kind that cannot be decoded.';

/** JPEG in parts of the spectrum only: progressive by name, and decoded exactly. */
const spectralSelection = '1.2.840.10008.1.2.4.53';
const twelveBitJpeg = new Set(['1.2.840.10008.1.2.4.51', spectralSelection, '1.2.840.10008.1.2.4.55']);

/** @returns a function that gives one picture's stored values, rows x columns, before slope and intercept; it throws
 *  UnreadablePicture with words for the reader, or the signal's reason when cancelled */
export function decodeWithCornerstone({
  workers = Math.max(1, Math.min(8, navigator.hardwareConcurrency)),
  timeLimitMs = 20_000,
  idleMs = 20_000,
}: DecoderOptions = {}): DecodeFrame {
  const seats = seatsFor(workers, idleMs);
  return async (file, frame, signal) => {
    const { layout } = frame;
    if (layout.samplesPerPixel !== 1) throw new UnreadablePicture('A colour picture is no CT slice.');
    signal?.throwIfAborted();
    const stored = await pixelBytes(file, frame);
    signal?.throwIfAborted();
    if (stored.kind === 'native') return nativeValues(stored.bytes, layout, stored.littleEndian);
    const stream = streamFrameOf(stored.bytes, layout);
    const isTwelveBitJpeg = twelveBitJpeg.has(layout.transferSyntax) && stream?.precision === 12;
    if (isTwelveBitJpeg && stream.isProgressive && layout.transferSyntax !== spectralSelection) {
      throw new UnreadablePicture('Progressive JPEG of 12 bits, a form long retired, cannot be decoded exactly.');
    }
    const seat = await seats.take(signal);
    try {
      const decoded = await within(seat, timeLimitMs, signal, () => decodeOn(seat, stored.bytes, layout));
      if (decoded.rows !== layout.rows || decoded.columns !== layout.columns) {
        throw new UnreadablePicture(damaged);
      }
      seats.giveBack(seat);
      const values = isTwelveBitJpeg ? withMiddleGreyInPlace(decoded.pixelData) : decoded.pixelData;
      return onlyStoredBits(values, layout);
    } catch (error) {
      // A codec that failed or was interrupted may be in any state.
      seats.end(seat);
      if (signal?.aborted || error instanceof UnreadablePicture) throw error;
      throw new UnreadablePicture(damaged, { cause: error });
    }
  };
}

/** A JPEG 2000 picture of one pixel (by OpenJPEG 2.5.4, its comment taken out). */
const onePixel =
  'ff4fff510029000000000001000000010000000000000000000000010000000100000000000000000001070101' +
  'ff52000c00020001000004040001ff5c00044040ff90000a0000000000120001ff93df800807ffd9';

async function decodeOn(seat: Seat, pixelData: Uint8Array<ArrayBuffer>, layout: PixelLayout): Promise<DecodedFrame> {
  // OpenJPEG's wrapper does not say that it failed and gives the picture before once more: let that be one that shows.
  if (isJpeg2000(layout.transferSyntax)) await send(seat, bytesOfHex(onePixel), layout);
  return send(seat, pixelData, layout);
}

const bytesOfHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => parseInt(byte, 16));

function send({ codecs }: Seat, pixelData: Uint8Array<ArrayBuffer>, layout: PixelLayout): Promise<DecodedFrame> {
  const { transferSyntax, numberOfFrames: _, ...imageFrame } = layout;
  const task = { imageFrame, transferSyntax, pixelData, options: { preScale: { enabled: false } }, decodeConfig: {} };
  return codecs.decodeTask(transfer(task, [pixelData.buffer]));
}

/** A worker at work on one picture at most. */
interface Seat {
  readonly worker: Worker;
  readonly codecs: Remote<Codecs>;
  /** Of ending it for want of work. */
  idle?: ReturnType<typeof setTimeout>;
}

function seatsFor(most: number, idleMs: number) {
  const free: Seat[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;
  const open = (): Seat => {
    const worker = new Worker(
      // Not among the package's exports, so named by its place.
      new URL(
        '../../../node_modules/@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js',
        import.meta.url,
      ),
      { type: 'module', name: 'decode' },
    );
    return { worker, codecs: wrap<Codecs>(worker) };
  };
  const end = (seat: Seat) => {
    clearTimeout(seat.idle);
    seat.worker.terminate();
    taken--;
    waiting.shift()?.();
  };
  return {
    async take(signal?: AbortSignal): Promise<Seat> {
      while (taken >= most) {
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      if (signal?.aborted) waiting.shift()?.();
      signal?.throwIfAborted();
      taken++;
      const seat = free.pop();
      clearTimeout(seat?.idle);
      return seat ?? open();
    },
    giveBack(seat: Seat) {
      taken--;
      free.push(seat);
      seat.idle = setTimeout(() => {
        free.splice(free.indexOf(seat), 1);
        seat.worker.terminate();
      }, idleMs);
      waiting.shift()?.();
    },
    end,
  };
}

/** Ends the wait when the time is up, the reader cancels, or the worker cannot run at all. */
async function within<T>(
  { worker }: Seat,
  timeLimitMs: number,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new UnreadablePicture(`Decoding took more than ${timeLimitMs / 1000} seconds.`)),
      timeLimitMs,
    );
    over.signal.addEventListener('abort', () => clearTimeout(timer));
    signal?.addEventListener('abort', () => reject(signal.reason), { signal: over.signal });
    worker.addEventListener('error', (event) => reject(new Error(event.message || 'the decode worker did not start')), {
      signal: over.signal,
    });
  });
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    over.abort();
  }
}
