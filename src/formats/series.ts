/** What a reader's folder turns out to hold, and what reading one series of it gives. Plain data, so that all
 *  of it passes a worker's door. */
import type { Volume } from '../volume/grid.ts';
import type { FrameHeader } from './dicom/frameHeader.ts';

/** A file as the reader knows it. */
export interface SourceFile {
  /** Path below the dropped folder or inside the .zip, or the bare name. */
  readonly name: string;
  readonly data: Blob;
}

export interface Patient {
  /** As in the header, components joined by spaces; empty where absent. */
  readonly name: string;
  readonly id: string;
  /** yyyy-mm-dd, or empty. */
  readonly birthDate: string;
  readonly sex: string;
}

export interface Study {
  readonly instanceUid: string;
  /** yyyy-mm-dd, or empty. */
  readonly date: string;
  readonly description: string;
}

export type Fit =
  /** Greater score, better suited: more slices, thin, whole chest, a lung or soft kernel. */
  | { readonly kind: 'chest-ct'; readonly score: number }
  /** Why it cannot be read as a chest CT, in a reader's words. */
  | { readonly kind: 'set-aside'; readonly reason: string };

interface SeriesFacts {
  /** Unique within one `Opened`. */
  readonly id: string;
  readonly patient: Patient;
  readonly study: Study;
  /** Any text: some archives put GUIDs here. */
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | null;
  readonly description: string;
  /** DICOM's two letters (CT, MR, SR …), or empty. */
  readonly modality: string;
  /** yyyy-mm-dd of the series, or of the study, or empty. */
  readonly date: string;
  readonly sliceCount: number;
  readonly thicknessMm: number | null;
  /** Between neighbouring slices. */
  readonly spacingMm: number | null;
  readonly kernel: string;
  /** Contrast medium as the header names it; absent or empty where it names none. */
  readonly contrast?: string;
  readonly manufacturer: string;
  readonly fit: Fit;
  readonly files: readonly SourceFile[];
  /** Only every n-th slice is kept, for want of memory. */
  readonly keptEvery?: number;
}

export interface DicomSeries extends SeriesFacts {
  readonly source: 'dicom';
  /** One for each picture, in the order found; `FrameHeader.file` counts in `files`. */
  readonly frames: readonly FrameHeader[];
}

export interface NiftiSeries extends SeriesFacts {
  readonly source: 'nifti';
}

export type Series = DicomSeries | NiftiSeries;

export interface FileProblem {
  readonly fileName: string;
  readonly message: string;
}

export interface Opened {
  /** The chest CT best suited first, what was set aside last. */
  readonly series: readonly Series[];
  /** Files that look like DICOM, NIfTI or .zip and could not be read. */
  readonly problems: readonly FileProblem[];
  readonly counts: {
    /** All files, those inside archives among them. */
    readonly files: number;
    readonly dicom: number;
    readonly nifti: number;
    /** Files that are none of these, by reason. */
    readonly ignored: readonly { readonly reason: string; readonly count: number; readonly example: string }[];
  };
}

export interface OpenProgress {
  readonly done: number;
  readonly total: number;
}

export type NoteCode =
  | 'duplicates-dropped'
  | 'missing-slices'
  | 'uneven-slices'
  | 'gantry-tilt'
  | 'tilt-not-in-positions'
  | 'shifted-slices'
  | 'oblique'
  | 'not-axial'
  | 'gaps-between-slices'
  | 'thick-slices'
  | 'rescale-missing'
  | 'coarse-values'
  | 'lossy'
  | 'values-clipped'
  | 'thinned'
  | 'unreadable-slices'
  | 'unplaced-slices'
  | 'padding-in-tissue'
  | 'orientation-codes-differ';

/** What was corrected, or is odd, in words for the reader. */
export interface GeometryNote {
  readonly code: NoteCode;
  /** `corrected`: the volume is not the file's own voxels any more. */
  readonly severity: 'corrected' | 'warning' | 'info';
  readonly message: string;
}

export type RefusalCode =
  | 'set-aside'
  | 'not-ct'
  | 'not-hu'
  | 'no-position'
  | 'no-spacing'
  | 'bad-orientation'
  | 'mixed-orientation'
  | 'mixed-matrix'
  | 'mixed-spacing'
  | 'overlapping-stacks'
  | 'missing-slices'
  | 'too-few-slices'
  | 'too-little-coverage'
  | 'slices-too-far-apart'
  | 'too-large'
  | 'unreadable';

/** What would fit into memory: every n-th slice. */
export interface Thinner {
  readonly every: number;
  readonly slices: number;
  readonly bytes: number;
}

export interface Refusal {
  readonly kind: 'refused';
  readonly code: RefusalCode;
  readonly message: string;
  /** Where it is memory that is wanting. */
  readonly thinner?: Thinner;
}

/** How one axis of an exported array runs in a volume in reading order. */
export interface AxisStep {
  /** Index into `Grid.shape`: 0 = z, 1 = y, 2 = x. */
  readonly axis: 0 | 1 | 2;
  readonly reversed: boolean;
}

/** The source's own array axes, the fastest first (columns, rows, slices; i, j, k in NIfTI). */
export type AxisOrder = readonly [AxisStep, AxisStep, AxisStep];

export interface SliceInstance {
  readonly sopInstanceUid: string;
  /** LPS z of the slice's middle; null where the slices do not follow one another along the body. */
  readonly zMm: number | null;
}

/** Slices of the volume (reading order, first to last) that changed since the preview before. */
export interface FilledSlices {
  readonly first: number;
  readonly last: number;
}

export interface ReadProgress {
  /** Pictures decoded. */
  readonly done: number;
  readonly total: number;
}

export interface ReadSeries {
  readonly kind: 'read';
  /** In reading order, complete. */
  readonly volume: Volume;
  readonly notes: readonly GeometryNote[];
  /** For exports on the source's own axes; where the geometry was corrected, plain x, y, z. */
  readonly exportOrder: AxisOrder;
  /** From feet to head where they follow one another so; empty where the source has no instances (NIfTI). */
  readonly sliceInstances: readonly SliceInstance[];
  /** The window that the header proposes. */
  readonly headerWindow?: { readonly levelHu: number; readonly widthHu: number };
}
