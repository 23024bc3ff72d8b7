/** What the header says of one picture: one per single-frame file, one per frame of an enhanced CT. */
import type { LpsPoint } from '../../volume/grid.ts';

/** How the stored values lie in the file. */
export interface PixelLayout {
  readonly transferSyntax: string;
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometricInterpretation: string;
  readonly planarConfiguration: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  /** 1: two's complement. */
  readonly pixelRepresentation: 0 | 1;
  readonly numberOfFrames: number;
}

export interface FrameHeader {
  /** Index into the series' files. */
  readonly file: number;
  /** Counted from 0 within its file. */
  readonly frame: number;
  readonly sopInstanceUid: string;
  readonly imageType: readonly string[];
  readonly instanceNumber: number | null;
  /** Tells acquisitions or phases within one series apart; empty where the header does not. */
  readonly acquisition: string;
  /** Middle of the first pixel. */
  readonly positionMm: LpsPoint | null;
  /** Direction of growing columns, and of growing rows. */
  readonly orientation: { readonly row: LpsPoint; readonly column: LpsPoint } | null;
  /** Between rows, between columns. */
  readonly pixelSpacingMm: readonly [number, number] | null;
  readonly thicknessMm: number | null;
  readonly gantryTiltDegrees: number | null;
  readonly rescale: { readonly slope: number; readonly intercept: number } | null;
  /** Stored values, both included, that stand for no measurement. */
  readonly padding?: { readonly least: number; readonly most: number };
  /** The values become others by a table. */
  readonly hasModalityTable?: boolean;
  /** HU, US (unspecified), or another unit; empty where absent. */
  readonly rescaleType: string;
  readonly window: { readonly levelHu: number; readonly widthHu: number } | null;
  /** Compressed with loss at some time. */
  readonly lossy: boolean;
  readonly layout: PixelLayout;
}
