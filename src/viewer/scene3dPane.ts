/** The 3D scene: lungs as translucent grey, lesions red-magenta, evidence pale blue, and, if asked for,
 *  vessels and the CT itself, ray cast from the texture that the planes use. */
import { Enums } from '@cornerstonejs/core';
import type { RenderingEngine, Types } from '@cornerstonejs/core';
import vtkPlane from '@kitware/vtk.js/Common/DataModel/Plane.js';
import type vtkActor from '@kitware/vtk.js/Rendering/Core/Actor.js';
import type { Volume } from '../volume/grid.ts';
import { evidenceRgb, lesionRgb, lungRgb, vesselRgb } from './colours.ts';
import type { CtShown, Scene3dPreset } from './contract.ts';
import { applyCtPreset } from './ctPresets.ts';
import { dot, rightOf, turned, viewFrom, type Gaze, type Vector } from './gaze.ts';
import { evidenceLevel, isDrawn, type Model } from './model.ts';
import type { Pane } from './pane.ts';
import { layOver, makeHost, matchCanvas } from './paneHost.ts';
import { paintRing, paintScene } from './paintScene.ts';
import { planes } from './planes.ts';
import { firstLesion, type SceneHit } from './sceneHit.ts';
import type { PaneNews } from './redraw.ts';
import { emptyViewport, giveBackTables, volumeIdOf } from './rendering.ts';
import { evidenceActor, maskActor, releaseActor, vesselActor } from './sceneSurfaces.ts';

const ctActor = 'ct';
/** What the mappers of surfaces and of the CT have in common. */
interface ClippedMapper {
  removeAllClippingPlanes(): void;
  addClippingPlane(plane: vtkPlane): void;
}

type PartName = 'lungs' | 'lesions' | 'evidence' | 'vessels';
/** A surface in the scene, and what it was made of: it is made anew when any of that changes. */
interface Part {
  readonly madeOf: readonly unknown[];
  readonly actor: vtkActor | null;
}

export class Scene3dPane implements Pane {
  readonly name = 'volume3d';
  readonly host = makeHost('volume3d');
  private readonly image = layOver(this.host, document.createElement('div'));
  private readonly canvas = layOver(this.host, document.createElement('canvas'));
  private readonly engine: RenderingEngine;
  private readonly model: Model;
  private readonly news: PaneNews;
  private readonly parts = new Map<PartName, Part>();
  private readonly cutOf = new WeakMap<object, string>();
  private gaze: Gaze = viewFrom('front');
  private zoomFactor = 1;
  private panMm: readonly [right: number, up: number] = [0, 0];
  private enabled = false;
  private shown: Volume | null = null;
  private updating = false;
  private ctShown: CtShown = 'off';

  constructor(engine: RenderingEngine, model: Model, news: PaneNews) {
    this.engine = engine;
    this.model = model;
    this.news = news;
    this.canvas.style.pointerEvents = 'none';
    this.image.addEventListener(Enums.Events.IMAGE_RENDERED, () => {
      this.paintOver();
      news.drawn(this);
    });
  }

  get onScreen(): boolean {
    return this.host.isConnected && this.host.clientWidth > 1 && this.host.clientHeight > 1;
  }

  private viewport(): Types.IVolumeViewport {
    if (!this.enabled) {
      this.engine.enableElement({
        viewportId: this.name,
        element: this.image,
        type: Enums.ViewportType.VOLUME_3D,
        defaultOptions: { background: [0, 0, 0] },
      });
      this.enabled = true;
    }
    return this.engine.getViewport(this.name) as Types.IVolumeViewport;
  }

  async showVolume(volume: Volume): Promise<void> {
    if (!this.onScreen) return;
    this.viewport();
    this.shown = volume;
  }

  forgetVolume(): void {
    this.shown = null;
    this.ctShown = 'off';
    if (!this.enabled) return;
    const viewport = this.viewport();
    emptyViewport(viewport, this.engine);
    for (const { actor } of this.parts.values()) if (actor) releaseActor(actor);
    this.parts.clear();
    this.engine.fillCanvasWithBackgroundColor(viewport.canvas, [0, 0, 0]);
    matchCanvas(this.canvas, this.host);
  }

  render(): boolean {
    if (!this.onScreen || !this.shown || this.shown !== this.model.volume) return false;
    if (!this.updating && this.nextStale()) void this.news.during(this.update());
    const viewport = this.viewport();
    const visible = this.model.scene3d;
    for (const [name, { actor }] of this.parts) actor?.setVisibility(this.model.overlays.shown && visible[name]);
    this.parts.get('evidence')?.actor?.getProperty().setOpacity(this.model.evidenceSetting.opacity);
    viewport.setCamera(this.camera());
    this.cutAway(viewport);
    viewport.render();
    return true;
  }

  private cutAway(viewport: Types.IVolumeViewport): void {
    const cut = this.cutPlane();
    const key = JSON.stringify(cut);
    for (const { actor } of viewport.getActors()) {
      const mapper = actor.getMapper() as unknown as ClippedMapper;
      // A mapper whose planes change makes its shaders anew.
      if ((this.cutOf.get(mapper) ?? 'null') === key) continue;
      this.cutOf.set(mapper, key);
      mapper.removeAllClippingPlanes();
      if (cut) mapper.addClippingPlane(vtkPlane.newInstance(cut));
    }
  }

  /** Through the present slice, its normal away from the eye; null where nothing is cut. */
  private cutPlane(): { origin: [number, number, number]; normal: [number, number, number] } | null {
    const { scene3d, voxel, volume } = this.model;
    if (scene3d.cut === 'off' || !volume) return null;
    const { through } = planes[scene3d.cut];
    // Axis z, y, x of the volume is coordinate 2, 1, 0 of the scene.
    const axis = 2 - through;
    const origin: [number, number, number] = [0, 0, 0];
    const normal: [number, number, number] = [0, 0, 0];
    origin[axis] = voxel[through] * volume.grid.spacingMm[through];
    normal[axis] = this.gaze.toEye[axis] > 0 ? -1 : 1;
    return { origin, normal };
  }

  /** The lesion that is seen at a point of the pane, and where its surface is met; null where none is. */
  lesionAt(x: number, y: number): SceneHit | null {
    const { model } = this;
    const { volume, lesions, scene3d, overlays } = model;
    if (!volume || !lesions || !scene3d.lesions || !overlays.shown) return null;
    const { focalPoint, parallelScale } = this.camera();
    if (!focalPoint || !parallelScale) return null;
    const mmPerPixel = (2 * parallelScale) / this.host.clientHeight;
    const across = (x - this.host.clientWidth / 2) * mmPerPixel;
    const down = (y - this.host.clientHeight / 2) * mmPerPixel;
    const right = rightOf(this.gaze);
    const { toEye, up } = this.gaze;
    const from = [0, 1, 2].map((n) => focalPoint[n] + across * right[n] - down * up[n]);
    return firstLesion(volume.grid, lesions, isDrawn(model), from as unknown as Vector, toEye, this.cutPlane());
  }

  private changed(): void {
    this.news.image([this.name]);
  }

  /** Makes what is wanted and not there, takes away what is out of date; one round at a time. */
  private async update(): Promise<void> {
    this.updating = true;
    try {
      for (let stale = this.nextStale(); stale; stale = this.nextStale()) await stale();
    } finally {
      this.updating = false;
    }
  }

  private nextStale(): (() => Promise<void>) | null {
    const { model, shown } = this;
    if (!shown || shown !== model.volume) return null;
    const { lungs, lesions, rejectedLesions, evidence, scene3d, evidenceSetting } = model;
    const level = evidenceLevel(evidenceSetting);
    const any = () => true;
    const makers: [PartName, readonly unknown[], () => Promise<vtkActor | null> | null][] = [
      [
        'lesions',
        [lesions, rejectedLesions],
        () => lesions && maskActor(lesions, 1.5, isDrawn(model), { colour: lesionRgb, opacity: 1 }),
      ],
      ['lungs', [lungs], () => lungs && maskActor(lungs, 2.5, any, { colour: lungRgb, opacity: 0.22 })],
      [
        'vessels',
        [lungs, lesions],
        () => lungs && vesselActor(shown, lungs, lesions, 1.5, { colour: vesselRgb, opacity: 1 }),
      ],
      [
        'evidence',
        [evidence, level],
        () =>
          evidence &&
          evidenceActor(evidence, level, shown.grid, { colour: evidenceRgb, opacity: evidenceSetting.opacity }),
      ],
    ];
    for (const [name, madeOf, make] of makers) {
      const present = this.parts.get(name);
      const fresh = present?.madeOf.every((part, n) => part === madeOf[n]);
      if (!fresh && scene3d[name]) return () => this.replace(name, madeOf, make);
      // What is out of date must not be seen again for the moment in which it is made anew.
      if (!fresh && present) return async () => this.takeAway(name);
    }
    return this.ctShown === scene3d.ct ? null : () => this.showCt(scene3d.ct);
  }

  private async replace(
    name: PartName,
    madeOf: readonly unknown[],
    make: () => Promise<vtkActor | null> | null,
  ): Promise<void> {
    const { shown } = this;
    const actor = await make();
    if (this.shown !== shown) {
      if (actor) releaseActor(actor);
      return;
    }
    this.takeAway(name);
    if (actor) this.viewport().addActor({ uid: name, actor });
    this.parts.set(name, { madeOf, actor });
    this.changed();
  }

  private takeAway(name: PartName): void {
    const actor = this.parts.get(name)?.actor;
    this.parts.delete(name);
    if (!actor) return;
    this.viewport().removeActors([name]);
    releaseActor(actor);
  }

  private async showCt(wanted: CtShown): Promise<void> {
    const { shown } = this;
    const viewport = this.viewport();
    if (this.ctShown !== 'off') {
      giveBackTables(viewport, this.engine);
      viewport.removeActors([ctActor]);
      this.ctShown = 'off';
    }
    if (wanted !== 'off') {
      const volume = { volumeId: volumeIdOf(this.engine), actorUID: ctActor, visibility: true };
      await viewport.addVolumes([volume], false, true);
      if (this.shown !== shown) return void viewport.removeActors([ctActor]);
      applyCtPreset(viewport.getActor(ctActor).actor as Types.VolumeActor, wanted);
    }
    this.ctShown = wanted;
    this.changed();
  }

  private camera(): Partial<Types.ICamera> {
    const { shape, spacingMm } = this.model.volume!.grid;
    const { toEye, up } = this.gaze;
    const right = rightOf(this.gaze);
    const size = [2, 1, 0].map((axis) => shape[axis] * spacingMm[axis]);
    const focus = [0, 1, 2].map(
      (n) => size[n] / 2 - this.panMm[0] * right[n] - this.panMm[1] * up[n],
    ) as unknown as Types.Point3;
    // The whole scan fits, whichever way it is turned.
    const spread = (axis: readonly number[]) => size.reduce((sum, length, n) => sum + Math.abs(axis[n]) * length, 0);
    const aspect = this.host.clientWidth / this.host.clientHeight;
    const half = Math.max(spread(up), spread(right) / aspect) / 2;
    return {
      viewPlaneNormal: [...toEye] as Types.Point3,
      viewUp: [...up] as Types.Point3,
      focalPoint: focus,
      position: focus.map((middle, n) => middle + toEye[n] * 2000) as unknown as Types.Point3,
      parallelScale: half / this.zoomFactor,
    };
  }

  look(preset: Scene3dPreset): void {
    this.gaze = viewFrom(preset);
    this.zoomFactor = 1;
    this.panMm = [0, 0];
    this.changed();
  }

  /** A drag across the pane is half a turn. */
  turn(dx: number, dy: number): void {
    const perPixel = Math.PI / Math.min(this.host.clientWidth, this.host.clientHeight);
    this.gaze = turned(this.gaze, dx * perPixel, dy * perPixel);
    this.changed();
  }

  zoom(factor: number): void {
    this.zoomFactor = Math.min(20, Math.max(0.3, this.zoomFactor * factor));
    this.changed();
  }

  pan(dx: number, dy: number): void {
    const mmPerPixel = (2 * (this.camera().parallelScale ?? 1)) / this.host.clientHeight;
    this.panMm = [this.panMm[0] + dx * mmPerPixel, this.panMm[1] - dy * mmPerPixel];
    this.changed();
  }

  paintOver(): void {
    const context = matchCanvas(this.canvas, this.host);
    if (!context || !this.shown || this.shown !== this.model.volume) return;
    paintScene(context, this.host.clientWidth, this.host.clientHeight, this.model, this.gaze);
    this.paintPoint(context);
  }

  /** A ring where the planes meet: a lesion that was gone to is found here too. */
  private paintPoint(context: CanvasRenderingContext2D): void {
    const { voxel, volume, selectedLesion } = this.model;
    const { focalPoint, parallelScale } = this.camera();
    if (!volume || !focalPoint || !parallelScale) return;
    const { spacingMm } = volume.grid;
    const away = [2, 1, 0].map((axis) => voxel[axis] * spacingMm[axis] - focalPoint[2 - axis]) as unknown as Vector;
    const perMm = this.host.clientHeight / (2 * parallelScale);
    const x = this.host.clientWidth / 2 + dot(away, rightOf(this.gaze)) * perMm;
    const y = this.host.clientHeight / 2 - dot(away, this.gaze.up) * perMm;
    paintRing(context, x, y, selectedLesion === null ? '' : `lesion ${selectedLesion}`);
  }

  layers(): readonly HTMLCanvasElement[] {
    return this.enabled ? [this.viewport().canvas, this.canvas] : [this.canvas];
  }

  remove(): void {
    this.forgetVolume();
    if (this.enabled) this.engine.disableElement(this.name);
    this.enabled = false;
    this.host.remove();
  }
}
