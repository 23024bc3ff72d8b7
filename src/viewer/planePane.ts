/** One pane that shows a plane: Cornerstone draws the CT from the shared texture, a canvas above it carries
 *  everything else. The pane owns its camera, so what lies where is arithmetic and not a question put to
 *  the renderer; the canvas is painted when Cornerstone says that its picture is there, never before. */
import { Enums } from '@cornerstonejs/core';
import type { RenderingEngine, Types } from '@cornerstonejs/core';
import { cutOf, extentMm, planes, slicePlace, toPlane, type Cut, type OnPlane, type Plane } from './planes.ts';
import type { Volume } from '../volume/grid.ts';
import type { PaneName, PlaneName } from './contract.ts';
import type { Model } from './model.ts';
import type { Pane } from './pane.ts';
import type { PaneNews } from './redraw.ts';
import { layOver, makeHost, matchCanvas } from './paneHost.ts';
import { emptyViewport, volumeIdOf } from './rendering.ts';

/** What the painter of the upper canvas needs to know of its pane. All lengths in CSS pixels. */
export interface Surface {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly plane: Plane;
  readonly cut: Cut;
  readonly index: number;
  /** Screen position of the corner left and above the cut's first pixel, and the size of a pixel. */
  readonly left: number;
  readonly top: number;
  readonly pixelWidth: number;
  readonly pixelHeight: number;
  readonly pixelsPerMm: number;
  readonly withOverlays: boolean;
  readonly active: boolean;
  /** Whether the pointer is over this very pane. */
  readonly hovered: boolean;
}

export type Painter = (surface: Surface, model: Model) => void;

const blendModes = {
  off: Enums.BlendModes.COMPOSITE,
  maximum: Enums.BlendModes.MAXIMUM_INTENSITY_BLEND,
  minimum: Enums.BlendModes.MINIMUM_INTENSITY_BLEND,
  mean: Enums.BlendModes.AVERAGE_INTENSITY_BLEND,
} as const;

/** Camera normal and up of each plane, in the frame that rendering.ts shows the volume in. */
const cameras: Record<PlaneName, { normal: Types.Point3; up: Types.Point3 }> = {
  axial: { normal: [0, 0, -1], up: [0, -1, 0] },
  coronal: { normal: [0, -1, 0], up: [0, 0, 1] },
  sagittal: { normal: [1, 0, 0], up: [0, 0, 1] },
};

export class PlanePane implements Pane {
  readonly name: PaneName;
  readonly plane: Plane;
  readonly host: HTMLElement;
  private readonly image: HTMLDivElement;
  private readonly canvas: HTMLCanvasElement;
  private readonly engine: RenderingEngine;
  private readonly model: Model;
  private readonly paint: Painter;
  private enabled = false;
  /** The volume that Cornerstone draws here; it lags behind the model while one is handed over. */
  private shown: Volume | null = null;

  constructor(
    engine: RenderingEngine,
    model: Model,
    [name, plane]: readonly [PaneName, PlaneName],
    paint: Painter,
    news: PaneNews,
  ) {
    this.engine = engine;
    this.model = model;
    this.name = name;
    this.plane = planes[plane];
    this.paint = paint;
    this.host = makeHost(name);
    this.image = layOver(this.host, document.createElement('div'));
    this.canvas = layOver(this.host, document.createElement('canvas'));
    this.canvas.style.pointerEvents = 'none';
    this.image.addEventListener(Enums.Events.IMAGE_RENDERED, () => {
      this.paintOver();
      news.drawn(this);
    });
  }

  get onScreen(): boolean {
    return this.host.isConnected && this.host.clientWidth > 1 && this.host.clientHeight > 1;
  }

  /** CSS pixels to a millimetre. */
  get pixelsPerMm(): number {
    const { volume, views } = this.model;
    if (!volume || !this.onScreen) return 0;
    const [acrossMm, downMm] = extentMm(this.plane, volume.grid);
    const fit = Math.min(this.host.clientWidth / acrossMm, this.host.clientHeight / downMm);
    return fit * views[this.plane.name].zoom;
  }

  /** Where on the cut a point of the pane lies (CSS pixels from its upper left corner). */
  locate(x: number, y: number): OnPlane {
    const { centreMm } = this.model.views[this.plane.name];
    const scale = this.pixelsPerMm;
    return {
      index: this.model.voxel[this.plane.through],
      acrossMm: centreMm[0] + (x - this.host.clientWidth / 2) / scale,
      downMm: centreMm[1] + (y - this.host.clientHeight / 2) / scale,
    };
  }

  bringIntoView(): boolean {
    const { volume, voxel, views } = this.model;
    const scale = this.pixelsPerMm;
    if (!volume || scale === 0) return false;
    const { acrossMm, downMm } = toPlane(this.plane, volume.grid, voxel);
    const { zoom, centreMm } = views[this.plane.name];
    const aside = Math.abs(acrossMm - centreMm[0]) * scale > 0.45 * this.host.clientWidth;
    const above = Math.abs(downMm - centreMm[1]) * scale > 0.45 * this.host.clientHeight;
    if (!aside && !above) return false;
    views[this.plane.name] = { zoom, centreMm: [acrossMm, downMm] };
    return true;
  }

  /** Makes a viewport on first use: Cornerstone needs the element to be on screen for that. */
  private viewport(): Types.IVolumeViewport {
    if (!this.enabled) {
      this.engine.enableElement({
        viewportId: this.name,
        element: this.image,
        type: Enums.ViewportType.ORTHOGRAPHIC,
        defaultOptions: {
          background: [0, 0, 0],
          orientation: {
            viewPlaneNormal: cameras[this.plane.name].normal,
            viewUp: cameras[this.plane.name].up,
          },
        },
      });
      this.enabled = true;
    }
    return this.engine.getViewport(this.name) as Types.IVolumeViewport;
  }

  async showVolume(volume: Volume): Promise<void> {
    if (!this.onScreen || this.shown === volume) return;
    await this.viewport().setVolumes([{ volumeId: volumeIdOf(this.engine) }], false, true);
    this.shown = volume;
  }

  forgetVolume(): void {
    this.shown = null;
    if (!this.enabled) return;
    emptyViewport(this.viewport(), this.engine);
    this.engine.fillCanvasWithBackgroundColor(this.viewport().canvas, [0, 0, 0]);
    matchCanvas(this.canvas, this.host);
  }

  /** Sets camera, window and slab, and asks for a picture. @returns whether one will come */
  render(): boolean {
    const { model, plane } = this;
    if (!this.onScreen || !this.shown || this.shown !== model.volume) return false;
    const viewport = this.viewport();
    viewport.setCamera(this.camera());
    const { widthHu, levelHu, inverted } = model.window;
    viewport.setProperties(
      { voiRange: { lower: levelHu - widthHu / 2, upper: levelHu + widthHu / 2 }, invert: inverted },
      volumeIdOf(this.engine),
      true,
    );
    viewport.setBlendMode(blendModes[model.slab.mode]);
    // Cornerstone counts the thickness to either side of the slice.
    viewport.setSlabThickness(model.slab.mode === 'off' ? 0 : model.slab.thicknessMm / 2);
    model.pixelsPerMm[plane.name] = this.pixelsPerMm;
    viewport.render();
    return true;
  }

  private camera(): Partial<Types.ICamera> {
    const { model, plane } = this;
    const grid = model.volume!.grid;
    const { normal, up } = cameras[plane.name];
    const [across, down] = model.views[plane.name].centreMm;
    const focus: [number, number, number] = [0, 0, 0];
    // Axis z, y, x of the volume is coordinate 2, 1, 0 of Cornerstone's frame.
    focus[2 - plane.through] = model.voxel[plane.through] * grid.spacingMm[plane.through];
    focus[2 - plane.across] = across;
    focus[2 - plane.down] = plane.upsideDown ? (grid.shape[plane.down] - 1) * grid.spacingMm[plane.down] - down : down;
    return {
      viewPlaneNormal: normal,
      viewUp: up,
      focalPoint: focus,
      position: [focus[0] + normal[0] * 1000, focus[1] + normal[1] * 1000, focus[2] + normal[2] * 1000],
      parallelScale: this.host.clientHeight / 2 / this.pixelsPerMm,
    };
  }

  /** Repaints everything above the CT. Cheap: no new picture is asked for. */
  paintOver(): void {
    const { model, plane, host } = this;
    const context = matchCanvas(this.canvas, this.host);
    if (!context || !model.volume || this.shown !== model.volume) return;
    const { grid } = model.volume;
    const index = model.voxel[plane.through];
    const scale = this.pixelsPerMm;
    const [across, down] = model.views[plane.name].centreMm;
    const acrossSpacing = grid.spacingMm[plane.across];
    const downSpacing = grid.spacingMm[plane.down];
    const surface: Surface = {
      context,
      width: host.clientWidth,
      height: host.clientHeight,
      plane,
      cut: cutOf(plane, grid.shape, index),
      index,
      left: host.clientWidth / 2 - (across + acrossSpacing / 2) * scale,
      top: host.clientHeight / 2 - (down + downSpacing / 2) * scale,
      pixelWidth: acrossSpacing * scale,
      pixelHeight: downSpacing * scale,
      pixelsPerMm: scale,
      withOverlays: this.name !== 'axial-clean',
      active: model.activePane === this.name,
      hovered: model.cursor?.pane === this.name,
    };
    this.paint(surface, model);
    const { number, count } = slicePlace(plane, grid, model.voxel);
    host.toggleAttribute('data-waits', plane.name === 'axial' && model.onCard?.[index] === 0);
    host.setAttribute('aria-label', `${plane.name}, slice ${number} of ${count}`);
  }

  /** The pane's two layers, the CT first. */
  layers(): readonly HTMLCanvasElement[] {
    return this.enabled ? [this.viewport().canvas, this.canvas] : [this.canvas];
  }

  remove(): void {
    if (this.enabled) this.engine.disableElement(this.name);
    this.enabled = false;
    this.host.remove();
  }
}
