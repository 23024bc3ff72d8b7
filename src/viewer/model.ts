/** What the viewer knows: one mutable record that the panes read when they draw. */
import { voxelToLps } from '../volume/grid.ts';
import type { Mask, Volume, VoxelPoint } from '../volume/grid.ts';
import type {
  Banner,
  Cursor,
  EvidenceMap,
  EvidenceSetting,
  LesionMap,
  Measurement,
  OverlaySetting,
  PaneName,
  PlaneName,
  Scene3dSetting,
  SlabSetting,
  ToolName,
  ViewerState,
  WindowSetting,
} from './contract.ts';
import { planeNames, planes, slicePlace } from './planes.ts';
import { openingWindow } from './windowPresets.ts';

/** How a cut lies in its pane. */
export interface PlaneView {
  /** 1 fits the whole cut into the pane. */
  readonly zoom: number;
  /** What is in the middle of the pane, in millimetres of the cut (see planes.ts). */
  readonly centreMm: readonly [across: number, down: number];
}

export interface Mark extends Measurement {
  readonly index: number;
  /** The two ends or corners, in millimetres of the cut. */
  readonly ends: readonly [readonly [across: number, down: number], readonly [across: number, down: number]];
}

export interface Model {
  volume: Volume | null;
  complete: boolean;
  banner: Banner;
  /** For each axial slice: 1 once the graphics card has it. */
  onCard: Uint8Array | null;
  lungs: Mask | null;
  lesions: LesionMap | null;
  rejectedLesions: ReadonlySet<number>;
  evidence: EvidenceMap | null;
  /** Where the three planes meet: a voxel, whole numbers. */
  voxel: VoxelPoint;
  views: Record<PlaneName, PlaneView>;
  pixelsPerMm: Record<PlaneName, number>;
  window: WindowSetting & { readonly inverted: boolean };
  /** The mouse, in CSS pixels from the pane's upper left corner. */
  pointer: { readonly pane: PaneName; readonly x: number; readonly y: number } | null;
  /** What lies under it now, brought up to date before each frame. */
  cursor: Cursor | null;
  activePane: PaneName;
  selectedLesion: number | null;
  tool: ToolName;
  overlays: OverlaySetting;
  evidenceSetting: EvidenceSetting;
  slab: SlabSetting;
  scene3d: Scene3dSetting;
  marks: readonly Mark[];
  /** The marks as they were before each step, the latest last, and those taken back, the next first. */
  marksBefore: readonly (readonly Mark[])[];
  marksAfter: readonly (readonly Mark[])[];
  /** The mark being drawn. */
  draft: Mark | null;
  problem: string | null;
}

export const noLesions: ReadonlySet<number> = new Set();
/** Which labels of a lesion map are drawn as lesions. */
export const isDrawn = ({ rejectedLesions }: Pick<Model, 'rejectedLesions'>) =>
  rejectedLesions.size === 0
    ? (label: number) => label !== 0
    : (label: number) => label !== 0 && !rejectedLesions.has(label);

const wholeCut: PlaneView = { zoom: 1, centreMm: [0, 0] };

export function emptyModel(): Model {
  return {
    volume: null,
    complete: false,
    banner: { lines: [] },
    onCard: null,
    lungs: null,
    lesions: null,
    rejectedLesions: noLesions,
    evidence: null,
    voxel: [0, 0, 0],
    views: { axial: wholeCut, coronal: wholeCut, sagittal: wholeCut },
    pixelsPerMm: { axial: 0, coronal: 0, sagittal: 0 },
    window: { widthHu: openingWindow.widthHu, levelHu: openingWindow.levelHu, inverted: false },
    pointer: null,
    cursor: null,
    activePane: 'axial',
    selectedLesion: null,
    tool: 'window',
    overlays: {
      shown: true,
      lesionStyle: 'outline',
      fillOpacity: 0.2,
      lungs: true,
      lesions: true,
      evidence: false,
      referenceLines: true,
    },
    evidenceSetting: { floor: 0, ceiling: 1, opacity: 0.35, title: 'Evidence', unit: '' },
    slab: { mode: 'off', thicknessMm: 8 },
    scene3d: { lungs: true, lesions: true, evidence: false, vessels: false, ct: 'off', cut: 'off' },
    marks: [],
    marksBefore: [],
    marksAfter: [],
    draft: null,
    problem: null,
  };
}

/** The whole cut in the middle of the pane. */
export function fittedView(plane: PlaneName, { grid }: Volume): PlaneView {
  const { across, down } = planes[plane];
  const half = (axis: 0 | 1 | 2) => ((grid.shape[axis] - 1) * grid.spacingMm[axis]) / 2;
  return { zoom: 1, centreMm: [half(across), half(down)] };
}

export function clampVoxel({ grid: { shape } }: Volume, voxel: VoxelPoint): VoxelPoint {
  const within = (axis: 0 | 1 | 2) => Math.min(shape[axis] - 1, Math.max(0, Math.round(voxel[axis])));
  return [within(0), within(1), within(2)];
}

const noPlace = { index: 0, number: 0, count: 0, positionMm: 0 };

export function stateOf(model: Model): ViewerState {
  const { volume } = model;
  const place = (name: PlaneName) => (volume ? slicePlace(planes[name], volume.grid, model.voxel) : noPlace);
  const [axial, coronal, sagittal] = planeNames.map(place);
  return {
    volume,
    complete: model.complete,
    slices: { axial, coronal, sagittal },
    window: model.window,
    pixelsPerMm: { ...model.pixelsPerMm },
    point: volume ? voxelToLps(volume.grid, model.voxel) : [0, 0, 0],
    cursor: model.cursor,
    activePane: model.activePane,
    selectedLesion: model.selectedLesion,
    tool: model.tool,
    overlays: model.overlays,
    evidence: model.evidence ? model.evidenceSetting : null,
    slab: model.slab,
    scene3d: model.scene3d,
    measurements: model.marks,
    problem: model.problem,
  };
}

/** Where the 3D scene draws the evidence's surface: half way up its colour bar. */
export const evidenceLevel = ({ floor, ceiling }: EvidenceSetting) => floor + (ceiling - floor) / 2;
