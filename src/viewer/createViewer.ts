import { lpsToVoxel } from '../volume/grid.ts';
import type { LpsPoint, Mask, Volume, VoxelPoint } from '../volume/grid.ts';
import type {
  Banner,
  EvidenceMap,
  EvidenceSetting,
  LesionMap,
  OverlaySetting,
  PaneName,
  PlaneName,
  Scene3dPreset,
  Scene3dSetting,
  SlabSetting,
  ToolName,
  Viewer,
  ViewerState,
  WindowSetting,
} from './contract.ts';
import { listenToGestures } from './gestures.ts';
import { clampVoxel, emptyModel, fittedView, stateOf } from './model.ts';
import { paintPane } from './paintPane.ts';
import type { Pane } from './pane.ts';
import { gestureTarget, sceneGestures, zoomAbout } from './paneGestures.ts';
import { pictureOf } from './picture.ts';
import { PlanePane } from './planePane.ts';
import { indexStep, planeNames, planes } from './planes.ts';
import { Redraw } from './redraw.ts';
import { Scene3dPane } from './scene3dPane.ts';
import { cacheVolume, onContextLoss, startRendering, type ShownVolume } from './rendering.ts';

const planeOf: Record<Exclude<PaneName, 'volume3d'>, PlaneName> = {
  axial: 'axial',
  'axial-clean': 'axial',
  coronal: 'coronal',
  sagittal: 'sagittal',
};

const panesOf = (plane: PlaneName): PaneName[] => (plane === 'axial' ? ['axial', 'axial-clean'] : [plane]);

/** @throws Error in plain words when this browser cannot draw (no WebGL 2) */
export async function createViewer(): Promise<Viewer> {
  return new CornerstoneViewer();
}

class CornerstoneViewer implements Viewer {
  private engine = startRendering();
  private readonly model = emptyModel();
  private readonly panes = new Map<PaneName, Pane>();
  private readonly redraw = new Redraw(this.panes, () => stateOf(this.model));
  private readonly sizes = new ResizeObserver(() => this.resized());
  private readonly ignoreLoss: () => void;
  /** What Cornerstone holds. It is handed over asynchronously, hence one thing after the other. */
  private held: ShownVolume | null = null;
  private handover: Promise<void> = Promise.resolve();

  constructor() {
    this.ignoreLoss = onContextLoss(
      () => this.change({ problem: 'The graphics card stopped answering. The images come back when it does.' }),
      () => this.startAgain(),
    );
  }

  mount(name: PaneName, element: HTMLElement): void {
    const pane = this.panes.get(name) ?? this.makePane(name);
    if (getComputedStyle(element).position === 'static') element.style.position = 'relative';
    element.append(pane.host);
    this.sizes.observe(pane.host);
    this.handOver();
  }

  unmount(name: PaneName): void {
    const pane = this.panes.get(name);
    if (!pane) return;
    this.sizes.unobserve(pane.host);
    pane.host.remove();
  }

  private makePane(name: PaneName): Pane {
    const pane =
      name === 'volume3d'
        ? new Scene3dPane(this.engine, this.model, this.redraw)
        : new PlanePane(this.engine, this.model, [name, planeOf[name]], paintPane, this.redraw);
    const target =
      pane instanceof Scene3dPane ? sceneGestures(this, pane) : gestureTarget(this, pane, this.model, this.redraw);
    listenToGestures(pane.host, target);
    this.panes.set(name, pane);
    return pane;
  }

  /** A lost context takes everything on the card with it. The model is ours: a new engine and new panes
   *  draw the same study at the same place. */
  private startAgain(): void {
    const places = [...this.panes.values()].map(({ name, host }) => [name, host.parentElement] as const);
    this.tearDown();
    this.engine = startRendering();
    this.model.problem = null;
    for (const [name, element] of places) if (element) this.mount(name, element);
  }

  private tearDown(): void {
    this.held?.release();
    this.held = null;
    for (const pane of this.panes.values()) pane.remove();
    this.panes.clear();
    this.engine.destroy();
  }

  private resized(): void {
    this.engine.resize(false, true);
    this.handOver();
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
    this.handOver();
  }

  clear(): void {
    this.forget();
    this.handOver();
  }

  /** Nothing of the former study may be seen from here on, whatever is still under way. */
  private forget(): void {
    const { window, overlays, slab, scene3d, tool, evidenceSetting, activePane } = this.model;
    Object.assign(this.model, emptyModel(), { window, overlays, slab, scene3d, tool, evidenceSetting, activePane });
    for (const pane of this.panes.values()) pane.forgetVolume();
    this.redraw.image();
  }

  /** Brings what Cornerstone holds, and every pane on screen, up to the model. */
  private handOver(): void {
    const failed = (error: unknown) => {
      // Later studies must still find their way, so the chain goes on; the fault itself is not hidden.
      this.change({ problem: 'The images could not be drawn. Reload the page to try again.' });
      reportError(error);
    };
    this.handover = this.redraw.during(this.handover.then(() => this.bringUpToDate()).catch(failed));
  }

  private async bringUpToDate(): Promise<void> {
    const { volume } = this.model;
    if (this.held?.volume !== volume) {
      for (const pane of this.panes.values()) pane.forgetVolume();
      this.held?.release();
      this.held = null;
      this.held = volume && cacheVolume(volume, this.engine);
    }
    if (!volume) return;
    for (const pane of this.panes.values()) await pane.showVolume(volume);
    this.redraw.image();
  }

  slicesChanged(range?: { first: number; last: number }): void {
    const { volume } = this.model;
    if (!volume || this.held?.volume !== volume) return;
    this.held.refresh(range?.first ?? 0, range?.last ?? volume.grid.shape[0] - 1);
    this.redraw.image();
  }

  volumeComplete(): void {
    this.change({ complete: true });
  }

  setBanner(banner: Banner): void {
    this.change({ banner });
  }

  setLungs(lungs: Mask | null): void {
    this.mustFit('lungs', lungs);
    this.change({ lungs });
  }

  setLesions(lesions: LesionMap | null): void {
    this.mustFit('lesions', lesions);
    this.change({ lesions, selectedLesion: null });
  }

  private mustFit(what: string, map: Mask | LesionMap | null): void {
    const shape = this.model.volume?.grid.shape;
    if (map && String(map.grid.shape) !== String(shape)) {
      throw new Error(`viewer: ${what} are ${map.grid.shape.join('x')}, the volume is ${shape?.join('x')}`);
    }
  }

  setEvidence(evidence: EvidenceMap | null, setting: Partial<EvidenceSetting> = {}): void {
    this.change({ evidence, evidenceSetting: { ...this.model.evidenceSetting, ...setting } });
  }

  setWindow({ widthHu, levelHu, inverted }: WindowSetting & { inverted?: boolean }): void {
    const window = { widthHu: Math.max(1, widthHu), levelHu, inverted: inverted ?? this.model.window.inverted };
    this.model.window = window;
    this.redraw.image();
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
    for (const pane of this.panes.values()) if (pane.bringIntoView?.()) this.redraw.image([pane.name]);
  }

  /** Only the planes whose slice changes need a new image; in the others the reference lines move. */
  private moveTo(voxel: VoxelPoint): void {
    const { volume, voxel: before } = this.model;
    if (!volume) return;
    const after = clampVoxel(volume, voxel);
    this.model.voxel = after;
    const changed = planeNames.filter((name) => after[planes[name].through] !== before[planes[name].through]);
    this.redraw.image(changed.flatMap(panesOf));
  }

  selectLesion(selectedLesion: number | null): void {
    this.change({ selectedLesion });
  }

  zoom(plane: PlaneName, factor: number): void {
    this.model.views[plane] = zoomAbout(this.model.views[plane], factor);
    this.redraw.image(panesOf(plane));
  }

  fit(plane?: PlaneName): void {
    const { volume } = this.model;
    if (!volume) return;
    for (const name of plane ? [plane] : planeNames) this.model.views[name] = fittedView(name, volume);
    this.redraw.image();
  }

  setActivePane(activePane: PaneName): void {
    if (this.model.activePane !== activePane) this.change({ activePane });
  }

  setTool(tool: ToolName): void {
    this.change({ tool });
  }

  setOverlays(setting: Partial<OverlaySetting>): void {
    this.change({ overlays: { ...this.model.overlays, ...setting } });
  }

  setEvidenceSetting(setting: Partial<EvidenceSetting>): void {
    this.change({ evidenceSetting: { ...this.model.evidenceSetting, ...setting } });
  }

  setSlab(slab: SlabSetting): void {
    this.model.slab = slab;
    this.redraw.image();
  }

  setScene3d(setting: Partial<Scene3dSetting>): void {
    this.model.scene3d = { ...this.model.scene3d, ...setting };
    this.redraw.image(['volume3d']);
  }

  look3d(preset: Scene3dPreset): void {
    this.panes.get('volume3d')?.look?.(preset);
  }

  deleteMeasurement(id?: string): void {
    const { marks } = this.model;
    const unwanted = id ?? marks.at(-1)?.id;
    this.change({ marks: marks.filter((mark) => mark.id !== unwanted) });
  }

  /** For what lies over the images; what changes the images themselves asks for new ones. */
  private change(part: Partial<typeof this.model>): void {
    Object.assign(this.model, part);
    this.redraw.overlay();
    this.redraw.image(['volume3d']);
  }

  state(): ViewerState {
    return stateOf(this.model);
  }

  onChange(listener: (state: ViewerState) => void): () => void {
    return this.redraw.listen(listener);
  }

  settled(): Promise<void> {
    return this.redraw.settled();
  }

  async picture(name: PaneName): Promise<Blob | null> {
    const pane = this.panes.get(name);
    if (!pane?.onScreen || !this.model.volume) return null;
    await this.settled();
    return pictureOf(pane);
  }

  destroy(): void {
    this.forget();
    this.sizes.disconnect();
    this.ignoreLoss();
    this.tearDown();
    this.redraw.stop();
  }
}
