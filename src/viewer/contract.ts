/** What the page may ask of the viewer and what it hears back. The viewer draws; it decides nothing about
 *  the study. Every point that crosses this line is in LPS millimetres, every volume in reading order. */
import type { Grid, LpsPoint, Mask, Volume, VoxelPoint } from '../volume/grid.ts';

export type PlaneName = 'axial' | 'coronal' | 'sagittal';
/** `axial-clean` is a second axial pane without overlays, in step with the first. */
export type PaneName = PlaneName | 'axial-clean' | 'volume3d';

/** What the left mouse button does. The other buttons and the wheel always navigate. */
export type ToolName = 'window' | 'crosshair' | 'ruler' | 'region';

export interface WindowSetting {
  readonly widthHu: number;
  readonly levelHu: number;
}

/** A whole number for each voxel: 0 is nothing, `unnumberedLesion` what is drawn and cannot be selected, any other value
 *  the number of a lesion. A Mask serves. */
export interface LesionMap {
  readonly grid: Grid;
  readonly labels: Uint8Array | Uint16Array | Int32Array;
}

/** Any scalar field with a place in the patient, on a grid of its own (usually coarser than the study). */
export interface EvidenceMap {
  readonly grid: Grid;
  readonly values: Float32Array;
}

export interface EvidenceSetting {
  /** Values at or below this are not drawn. */
  readonly floor: number;
  /** The value that gets the last colour; above it nothing changes. */
  readonly ceiling: number;
  /** 0 to 1. */
  readonly opacity: number;
  /** Written beside the colour bar. */
  readonly title: string;
  readonly unit: string;
}

export interface OverlaySetting {
  readonly shown: boolean;
  readonly lesionStyle: 'outline' | 'fill' | 'both';
  /** Of the fill; outlines are drawn at full strength. */
  readonly fillOpacity: number;
  readonly lungs: boolean;
  readonly lesions: boolean;
  readonly evidence: boolean;
  /** Where the other planes cut a pane; not hidden with the rest by `shown`. */
  readonly referenceLines: boolean;
}

export type SlabMode = 'off' | 'maximum' | 'minimum' | 'mean';
export interface SlabSetting {
  readonly mode: SlabMode;
  readonly thicknessMm: number;
}

export interface Scene3dSetting {
  readonly lungs: boolean;
  readonly lesions: boolean;
  readonly evidence: boolean;
  /** What is dense in the lungs and no marked lesion: vessels, in the main. */
  readonly vessels: boolean;
  /** The CT itself, ray cast. Heavy without a graphics card, hence off unless asked for. */
  readonly ct: CtShown;
  /** Takes away what lies before the present slice of a plane, seen from the eye. */
  readonly cut: 'off' | PlaneName;
}
/** What of the CT is opaque in 3D (`ctPresets.ts`). */
export type CtPreset = 'bones' | 'contrast' | 'soft' | 'maximum';
export type CtShown = 'off' | CtPreset;
export type Scene3dPreset = 'front' | 'right' | 'left' | 'top';

export interface SlicePlace {
  /** Index along the plane's own axis of the volume. */
  readonly index: number;
  /** 1 is nearest the head (axial), the front (coronal) or the patient's right (sagittal). */
  readonly number: number;
  readonly count: number;
  /** LPS coordinate along the plane's axis. */
  readonly positionMm: number;
}

export interface Cursor {
  readonly pane: PaneName;
  readonly pointMm: LpsPoint;
  readonly voxel: VoxelPoint;
  readonly hu: number;
  /** Number of the lesion under the cursor, 0 for none and for parts without one. */
  readonly lesion: number;
  /** 1 right lung, 2 left lung, 0 outside or not known. */
  readonly lung: number;
  readonly evidence: number | null;
}

/** Written in the corner of every pane, so that no picture is without its patient. Lines may be empty. */
export interface Banner {
  readonly lines: readonly string[];
}

export interface Picture {
  readonly png: Blob;
  /** What it shows. */
  readonly state: ViewerState;
}

export interface Measurement {
  readonly id: string;
  readonly kind: 'ruler' | 'region';
  readonly plane: PlaneName;
  /** Length of a ruler, mm. */
  readonly lengthMm?: number;
  readonly region?: {
    readonly areaMm2: number;
    readonly voxels: number;
    readonly meanHu: number;
    readonly sdHu: number;
    readonly minHu: number;
    readonly maxHu: number;
  };
}

export interface ViewerState {
  readonly volume: Volume | null;
  /** False while slices are still coming in. */
  readonly complete: boolean;
  readonly slices: Readonly<Record<PlaneName, SlicePlace>>;
  readonly window: WindowSetting & { readonly inverted: boolean };
  /** Screen pixels (CSS) to a millimetre, per plane; 0 while the pane is not on screen. */
  readonly pixelsPerMm: Readonly<Record<PlaneName, number>>;
  /** Where the three planes meet. */
  readonly point: LpsPoint;
  readonly cursor: Cursor | null;
  readonly activePane: PaneName;
  readonly selectedLesion: number | null;
  readonly tool: ToolName;
  readonly overlays: OverlaySetting;
  readonly evidence: EvidenceSetting | null;
  readonly slab: SlabSetting;
  readonly scene3d: Scene3dSetting;
  readonly measurements: readonly Measurement[];
  /** Something the reader must be told, in plain words; null when all is well. */
  readonly problem: string | null;
}

export interface Viewer {
  /** Puts a pane into an element of any size; the pane follows the element when it is resized. Mounting a
   *  pane that is elsewhere moves it. Slice, zoom and place survive unmounting. */
  mount(pane: PaneName, element: HTMLElement): void;
  unmount(pane: PaneName): void;

  /** Shows a volume in all panes and forgets the former one. Its buffer is drawn from in place: keep it
   *  alive, and say `slicesChanged` when its numbers change. Of a volume that is not complete only such slices are
   *  shown; the others stay black. */
  showVolume(volume: Volume, options: { readonly complete: boolean; readonly banner?: Banner }): void;
  /** Axial slice indices (first to last, both included) whose numbers changed; all of them if left out. */
  slicesChanged(range?: { readonly first: number; readonly last: number }): void;
  /** The volume has all its slices now. */
  volumeComplete(): void;
  setBanner(banner: Banner): void;
  /** Frees the volume, its texture, overlays and marks. Panes stay mounted and go black. */
  clear(): void;

  /** All three must lie on grids of the study's frame; masks on the study's own grid.
   *  @throws Error if a mask has another shape than the volume shown */
  setLungs(mask: Mask | null): void;
  setLesions(map: LesionMap | null): void;
  /** Lesions that the reader strikes out: a thin dashed outline in the planes and nothing in 3D. A new map has none. */
  setRejectedLesions(lesions: ReadonlySet<number>): void;
  setEvidence(map: EvidenceMap | null, setting?: Partial<EvidenceSetting>): void;

  setWindow(window: WindowSetting & { readonly inverted?: boolean }): void;
  setSlice(plane: PlaneName, index: number): void;
  /** Moves by slice numbers: +1 is one down (axial), one back (coronal), one to the patient's left; an
   *  infinite step goes to the first or last. */
  stepSlice(plane: PlaneName, by: number): void;
  /** Lets the three planes meet at a point, and brings it on screen where a pane is magnified past it. */
  goTo(point: LpsPoint): void;
  /** Highlights a lesion; it moves no slice (use goTo). */
  selectLesion(lesion: number | null): void;
  /** Multiplies the magnification of one plane, about its middle. */
  zoom(plane: PlaneName, factor: number): void;
  /** Fits the plane, or all of them. */
  fit(plane?: PlaneName): void;
  /** Magnifies the axial plane to the body as one axial slice shows it, leaving table and air out.
   *  @param slice index in the volume; the present one if left out */
  fitBody(slice?: number): void;
  setActivePane(pane: PaneName): void;
  setTool(tool: ToolName): void;
  setOverlays(setting: Partial<OverlaySetting>): void;
  setEvidenceSetting(setting: Partial<EvidenceSetting>): void;
  setSlab(setting: SlabSetting): void;
  setScene3d(setting: Partial<Scene3dSetting>): void;
  look3d(preset: Scene3dPreset): void;
  /** The last one if none is named. */
  deleteMeasurement(id?: string): void;
  /** Takes back drawing or deleting a measurement, and does it again. */
  undoMeasurement(): void;
  redoMeasurement(): void;
  /** Drops the measurement in hand. */
  cancelMeasurement(): void;

  state(): ViewerState;
  /** Called after every change, at most once a frame. @returns a function that ends it */
  onChange(listener: (state: ViewerState) => void): () => void;
  /** Resolves once every pane shows the present state. */
  settled(): Promise<void>;
  /** One pane as drawn once settled, overlays and lettering included.
   *  @param banner in place of the one on screen
   *  @returns null where the pane is not on screen, or another volume has come meanwhile */
  picture(pane: PaneName, banner?: Banner): Promise<Picture | null>;
  destroy(): void;
}
