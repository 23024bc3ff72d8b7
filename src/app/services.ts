/** What the page asks of the rooms behind it. The entry hands in the real ones, a test its own. */
import type { DiagnosisClient } from '../diagnosis/client.ts';
import type { Machine } from '../diagnosis/machine.ts';
import type { FilledSlices, Opened, OpenProgress, ReadProgress, ReadSeries } from '../formats/series.ts';
import type { Refusal, Series, SourceFile } from '../formats/series.ts';
import type { Volume } from '../volume/grid.ts';

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadProgress) => void;
  /** The volume once its first slice is there, then each slice as it comes in; always the same `hu`. */
  readonly onPreview: (volume: Volume, filled: FilledSlices) => void;
}

export interface Services {
  /** @throws the signal's reason when cancelled */
  openFiles(
    files: readonly SourceFile[],
    options: { readonly signal: AbortSignal; readonly onProgress: (progress: OpenProgress) => void },
  ): Promise<Opened>;
  /** @throws the signal's reason when cancelled */
  readSeries(series: Series, options: ReadOptions): Promise<ReadSeries | Refusal>;
  /** A study made from a seed, as files. @throws the signal's reason when cancelled */
  makeSample(signal: AbortSignal): Promise<readonly SourceFile[]>;
  readonly diagnosis: DiagnosisClient;
  describeMachine(): Promise<Machine>;
}
