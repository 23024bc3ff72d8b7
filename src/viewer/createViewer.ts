import { lpsToVoxel } from '../volume/grid.ts';
import type { LpsPoint, Mask, Volume, VoxelPoint } from '../volume/grid.ts';
import type {
  Banner,
  EvidenceMap,
  EvidenceSetting,
  LesionMap,
  OverlaySetting,
  PaneName,
  Picture,
  PlaneName,
  Scene3dPreset,
  Scene3dSetting,
  SlabSetting,
  ToolName,
  Viewer,
  ViewerState,
  WindowSetting,
} from './contract.ts';
import { bodyView } from './bodyView.ts';
import { redone, undone, withMarks } from './marks.ts';
import { clampVoxel, emptyModel, fittedView, noLesions } from './model.ts';
import { panesOf } from './pane.ts';
import { gestureTarget, sceneGestures, zoomAbout } from './paneGestures.ts';
import { pictureOf } from './picture.ts';
import { indexStep, planeNames, planes } from './planes.ts';
import { Scene3dPane } from './scene3dPane.ts';
import { Stage } from './stage.ts';

/** @throws Error in plain words when this browser cannot draw (no WebGL 2) */
export async function createViewer(): Promise<Viewer> {
  return new CornerstoneViewer();
}

class CornerstoneViewer implements Viewer {
  private readonly model = emptyModel();
  private readonly stage: Stage = new Stage(this.model, (pane) =>
    pane instanceof Scene3dPane ? sceneGestures(this, pane) : gestureTarget(this, pane, this.model, this.stage.redraw),
  );

  mount(name: PaneName, element: HTMLElement): void {
    this.stage.mount(name, element);
  }

  unmount(name: PaneName): void {
    this.stage.unmount(name);
  }

  showVolume(volume: Volume, { complete, banner }: { complete: boolean; banner?: Banner }): void {
    this.forget();
    const { model } = this;
    const [depth, rows, columns] = volume.grid.shape;
    model.volume = volume;
    model.complete = complete;
    model.banner = banner ?? { lines: [] };
    model.voxel = [depth >> 1, rows >> 1, columns >> 1];
    for (const name of planeNames) model.views[name] = fittedView(name, volume);
    // Of a volume that is being read, those slices go to the card that are said to be there.
    if (complete) this.stage.refresh(0, depth - 1);
    this.stage.handOver();
  }

  clear(): void {
    this.forget();
    this.stage.handOver();
  }

  private forget(): void {
    const { window, overlays, slab, scene3d, tool, evidenceSetting, activePane } = this.model;
    Object.assign(this.model, emptyModel(), { window, overlays, slab, scene3d, tool, evidenceSetting, activePane });
    this.stage.blank();
  }

  slicesChanged(range?: { first: number; last: number }): void {
    const { volume } = this.model;
    if (volume) this.stage.refresh(range?.first ?? 0, range?.last ?? volume.grid.shape[0] - 1);
  }

  volumeComplete(): void {
    this.change({ complete: true });
    this.stage.complete();
  }

  setBanner(banner: Banner): void {
    this.change({ banner });
  }

  setLungs(lungs: Mask | null): void {
    this.mustFit('lungs', lungs);
    this.changeScene({ lungs });
  }

  setLesions(lesions: LesionMap | null): void {
    this.mustFit('lesions', lesions);
    this.changeScene({ lesions, rejectedLesions: noLesions, selectedLesion: null });
  }

  setRejectedLesions(rejectedLesions: ReadonlySet<number>): void {
    this.changeScene({ rejectedLesions });
  }

  private mustFit(what: string, map: Mask | LesionMap | null): void {
    const shape = this.model.volume?.grid.shape;
    if (map && String(map.grid.shape) !== String(shape)) {
      throw new Error(`viewer: ${what} are ${map.grid.shape.join('x')}, the volume is ${shape?.join('x')}`);
    }
  }

  setEvidence(evidence: EvidenceMap | null, setting: Partial<EvidenceSetting> = {}): void {
    this.changeScene({ evidence, evidenceSetting: { ...this.model.evidenceSetting, ...setting } });
  }

  setWindow({ widthHu, levelHu, inverted }: WindowSetting & { inverted?: boolean }): void {
    const window = { widthHu: Math.max(1, widthHu), levelHu, inverted: inverted ?? this.model.window.inverted };
    this.model.window = window;
    this.redrawPlanes();
  }

  setSlice(plane: PlaneName, index: number): void {
    const { voxel } = this.model;
    const moved: [number, number, number] = [voxel[0], voxel[1], voxel[2]];
    moved[planes[plane].through] = index;
    this.moveTo(moved);
  }

  stepSlice(plane: PlaneName, by: number): void {
    this.setSlice(plane, this.model.voxel[planes[plane].through] + by * indexStep(planes[plane]));
  }

  goTo(point: LpsPoint): void {
    const { volume } = this.model;
    if (!volume) return;
    this.moveTo(lpsToVoxel(volume.grid, point));
    for (const pane of this.stage.panes.values()) if (pane.bringIntoView?.()) this.stage.redraw.image([pane.name]);
  }

  /** Only the planes whose slice changes need a new image, and a scene that is cut there; in the others the reference
   *  lines move. */
  private moveTo(voxel: VoxelPoint): void {
    const { volume, voxel: before } = this.model;
    if (!volume) return;
    const after = clampVoxel(volume, voxel);
    this.model.voxel = after;
    const changed = planeNames.filter((name) => after[planes[name].through] !== before[planes[name].through]);
    this.stage.redraw.image(changed.flatMap(panesOf));
    if (changed.some((name) => name === this.model.scene3d.cut)) this.stage.redraw.image(['volume3d']);
  }

  selectLesion(selectedLesion: number | null): void {
    this.change({ selectedLesion });
  }

  zoom(plane: PlaneName, factor: number): void {
    this.model.views[plane] = zoomAbout(this.model.views[plane], factor);
    this.stage.redraw.image(panesOf(plane));
  }

  fit(plane?: PlaneName): void {
    const { volume } = this.model;
    if (!volume) return;
    for (const name of plane ? [plane] : planeNames) this.model.views[name] = fittedView(name, volume);
    this.redrawPlanes();
  }

  fitBody(slice?: number): void {
    const { volume, voxel } = this.model;
    const view = volume && bodyView(volume, slice ?? voxel[planes.axial.through]);
    if (!view) return;
    this.model.views.axial = view;
    this.stage.redraw.image(panesOf('axial'));
  }

  setActivePane(activePane: PaneName): void {
    if (this.model.activePane !== activePane) this.change({ activePane });
  }

  setTool(tool: ToolName): void {
    this.change({ tool });
  }

  setOverlays(setting: Partial<OverlaySetting>): void {
    this.changeScene({ overlays: { ...this.model.overlays, ...setting } });
  }

  setEvidenceSetting(setting: Partial<EvidenceSetting>): void {
    this.changeScene({ evidenceSetting: { ...this.model.evidenceSetting, ...setting } });
  }

  setSlab(slab: SlabSetting): void {
    this.model.slab = slab;
    this.redrawPlanes();
  }

  setScene3d(setting: Partial<Scene3dSetting>): void {
    this.changeScene({ scene3d: { ...this.model.scene3d, ...setting } });
  }

  look3d(preset: Scene3dPreset): void {
    this.stage.panes.get('volume3d')?.look?.(preset);
  }

  deleteMeasurement(id?: string): void {
    const { marks } = this.model;
    const unwanted = id ?? marks.at(-1)?.id;
    if (!unwanted) return;
    this.change(
      withMarks(
        this.model,
        marks.filter((mark) => mark.id !== unwanted),
      ),
    );
  }

  undoMeasurement(): void {
    this.change(undone(this.model));
  }

  cancelMeasurement(): void {
    this.change({ draft: null });
  }

  redoMeasurement(): void {
    this.change(redone(this.model));
  }

  /** For what lies over the images of the planes. */
  private change(part: Partial<typeof this.model>): void {
    Object.assign(this.model, part);
    this.stage.redraw.overlay();
  }

  /** For what the 3D scene shows as well. */
  private changeScene(part: Partial<typeof this.model>): void {
    this.change(part);
    this.stage.redraw.image(['volume3d']);
  }

  private redrawPlanes(): void {
    this.stage.redraw.image(planeNames.flatMap(panesOf));
  }

  state(): ViewerState {
    return this.stage.state();
  }

  onChange(listener: (state: ViewerState) => void): () => void {
    return this.stage.redraw.listen(listener);
  }

  settled(): Promise<void> {
    return this.stage.redraw.settled();
  }

  async picture(name: PaneName, banner = this.model.banner): Promise<Picture | null> {
    const { volume } = this.model;
    const pane = this.stage.panes.get(name);
    if (!pane?.onScreen || !volume) return null;
    await this.settled();
    if (!pane.onScreen || this.model.volume !== volume) return null;
    // All at once, so that neither this banner is seen on the screen nor the other one in the picture.
    const { banner: shown } = this.model;
    this.model.banner = banner;
    pane.paintOver();
    const png = pictureOf(pane);
    this.model.banner = shown;
    pane.paintOver();
    const state = this.state();
    const blob = await png;
    return blob && { png: blob, state };
  }

  destroy(): void {
    this.forget();
    this.stage.destroy();
  }
}
