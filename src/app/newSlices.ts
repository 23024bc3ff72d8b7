/** Slices that come in while a study loads. On a machine without a graphics card every drawing takes time from
 *  decoding, so they are told to the viewer together, with pauses. */
import type { FilledSlices } from '../formats/series.ts';
import type { Viewer } from '../viewer/contract.ts';

/** The share of the time that drawing may take is one over this and one. */
const pausePerDrawing = 3;
const leastPauseMs = 100;

export interface NewSlices {
  cameIn(filled: FilledSlices): void;
  /** Tells what is left, without a pause. */
  finish(): void;
}

/** @param signal when aborted, nothing more is told: the viewer may show another study by then */
export function newSlices(viewer: Pick<Viewer, 'slicesChanged' | 'settled'>, signal: AbortSignal): NewSlices {
  let waiting: FilledSlices[] = [];
  let isDrawing = false;

  const tell = () => {
    for (const filled of signal.aborted ? [] : waiting) viewer.slicesChanged(filled);
    waiting = [];
  };
  const drawOnAndOff = async () => {
    isDrawing = true;
    while (waiting.length > 0) {
      const start = performance.now();
      tell();
      await viewer.settled();
      const pauseMs = Math.max(leastPauseMs, pausePerDrawing * (performance.now() - start));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    isDrawing = false;
  };

  return {
    cameIn(filled) {
      waiting.push(filled);
      if (!isDrawing) void drawOnAndOff();
    },
    finish: tell,
  };
}
