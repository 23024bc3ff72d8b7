/** The one place that talks to Cornerstone about its engine and its cache. */
import {
  cache,
  Enums,
  eventTarget,
  getConfiguration,
  getRenderingCapabilities,
  init,
  RenderingEngine,
  setConfiguration,
  volumeLoader,
} from '@cornerstonejs/core';
import type { Types } from '@cornerstonejs/core';
import type { Volume } from '../volume/grid.ts';

let engines = 0;

/** Under which name Cornerstone's cache, one for the whole page, holds the engine's volume. Each engine has a
 *  name of its own: a volume found under a name already taken would be somebody else's study. */
export const volumeIdOf = (engine: RenderingEngine) => `${engine.id}-study`;

/** Cornerstone shows the volume in a frame of its own: millimetres along the volume's axes, the first voxel
 *  at the origin. Where that lies in the patient is our Grid's business, so an oblique volume is cut along
 *  its own slices and Cornerstone's ideas of orientation and sorting never come into it. */
export interface ShownVolume {
  readonly volume: Volume;
  /** For each axial slice: 1 once the graphics card has had it. */
  readonly onCard: Uint8Array;
  /** Axial slices that changed wait to be sent, both ends included. */
  refresh(first: number, last: number): void;
  /** Sends slices that wait, those nearest to one first, for about so long: all at once would hold the page up for a
   *  second. Nothing is sent before the first picture, with which vtk makes the texture.
   *  @returns whether any wait still */
  send(forMs: number, nearest: number): boolean;
  waits(): boolean;
  /** Gives back the texture and the cache entries. The panes must have let go of it before. */
  release(): void;
}

/** @throws Error in plain words when the browser has no WebGL 2 */
export function startRendering(): RenderingEngine {
  init();
  const settings = getConfiguration();
  // One context, so that all panes draw from one texture. Somebody else may have initialised the library
  // first (the decoder does), hence set and not handed to init.
  setConfiguration({ ...settings, rendering: { ...settings.rendering, webGlContextCount: 1 } });
  if (settings.rendering?.useCPURendering || !getRenderingCapabilities().webgl2) {
    throw new Error('This browser offers no WebGL 2, so the images cannot be drawn.');
  }
  return new RenderingEngine(`viewer-${++engines}`);
}

/** @param engineId asked anew each time, since an engine lost is replaced
 *  @returns a function that ends it */
export function onContextLoss(engineId: () => string, lost: () => void, restored: () => void): () => void {
  const { WEBGL_CONTEXT_LOST, WEBGL_CONTEXT_RESTORED } = Enums.Events;
  const ours = (then: () => void) => (event: Event) => {
    if ((event as CustomEvent<{ renderingEngineId: string }>).detail.renderingEngineId === engineId()) then();
  };
  const [whenLost, whenRestored] = [ours(lost), ours(restored)];
  eventTarget.addEventListener(WEBGL_CONTEXT_LOST, whenLost);
  eventTarget.addEventListener(WEBGL_CONTEXT_RESTORED, whenRestored);
  return () => {
    eventTarget.removeEventListener(WEBGL_CONTEXT_LOST, whenLost);
    eventTarget.removeEventListener(WEBGL_CONTEXT_RESTORED, whenRestored);
  };
}

/** Puts the volume into Cornerstone's cache as views of our own buffer, one per slice: no copy is made. */
export function cacheVolume(volume: Volume, engine: RenderingEngine): ShownVolume {
  const { shape, spacingMm } = volume.grid;
  const volumeId = volumeIdOf(engine);
  if (cache.getVolume(volumeId)) throw new Error(`viewer: ${volumeId} was not released before the next volume`);
  const spacing: Types.Point3 = [spacingMm[2], spacingMm[1], spacingMm[0]];
  const cached = volumeLoader.createLocalVolume(volumeId, {
    metadata: metadataOf(volume),
    dimensions: [shape[2], shape[1], shape[0]],
    spacing,
    origin: [0, 0, 0],
    direction: [1, 0, 0, 0, 1, 0, 0, 0, 1] as unknown as Types.Mat3,
    scalarData: volume.hu as Types.PixelDataTypedArray,
  }) as Types.IImageVolume;
  const texture = cached.vtkOpenGLTexture as unknown as SlicedTexture;
  const onCard = new Uint8Array(shape[0]);
  const waiting = new Set<number>();
  // Every change of its settings lets the texture send all slices at once with the next picture, unless it does not know
  // of which volume.
  texture.setVolumeId('');
  const sendOne = (nearest: number) => {
    let next = -1;
    for (const slice of waiting) if (next < 0 || Math.abs(slice - nearest) < Math.abs(next - nearest)) next = slice;
    waiting.delete(next);
    texture.setVolumeId(volumeId);
    texture.setUpdatedFrame(next);
    texture.update3DFromRaw();
    texture.setVolumeId('');
    onCard[next] = 1;
  };
  return {
    volume,
    onCard,
    refresh(first, last) {
      for (let slice = first; slice <= last; slice++) waiting.add(slice);
    },
    send(forMs, nearest) {
      const end = performance.now() + forMs;
      while (waiting.size > 0 && texture.getHandle() !== 0 && performance.now() < end) sendOne(nearest);
      return waiting.size > 0;
    },
    waits: () => waiting.size > 0,
    release() {
      const { imageIds, vtkOpenGLTexture } = cached;
      cache.removeVolumeLoadObject(volumeId);
      for (const imageId of imageIds) cache.removeImageLoadObject(imageId, { force: true });
      releaseTexture(cached, engine);
      vtkOpenGLTexture?.delete();
    },
  };
}

/** Why the card does not show the volume, in plain words, asked after it should have; null if it does. vtk
 *  does not look, and a texture that could not be made is drawn as nothing at all. */
export function whyNotShown({ grid }: Volume, engine: RenderingEngine): string | null {
  const gl = graphicsWindow(engine)?.get3DContext();
  if (!gl) return null;
  const [longest, limit] = [Math.max(...grid.shape), Number(gl.getParameter(gl.MAX_3D_TEXTURE_SIZE))];
  if (longest > limit) return `A side of this volume has ${longest} voxels; the graphics card draws up to ${limit}.`;
  if (gl.getError() !== gl.OUT_OF_MEMORY) return null;
  return 'The graphics card has too little memory to show this study.';
}

/** Cornerstone's `resize` passes over a viewport whose last picture has the new size already, though another size was
 *  asked for since: the next picture would be drawn in that one and squeezed into the pane. */
export function resizeViewports(engine: RenderingEngine): void {
  engine.resize(false, true);
  const ratio = window.devicePixelRatio || 1;
  for (const viewport of engine.getViewports()) {
    const { clientWidth, clientHeight } = viewport.canvas;
    if (clientWidth === 0 || clientHeight === 0) continue;
    viewport.sWidth = Math.round(clientWidth * ratio);
    viewport.sHeight = Math.round(clientHeight * ratio);
  }
}

/** Cornerstone's texture, which sends those slices that it is told of. */
interface SlicedTexture {
  /** 0 before the first picture. */
  getHandle(): number | WebGLTexture;
  setVolumeId(volumeId: string): void;
  setUpdatedFrame(slice: number): void;
  update3DFromRaw(): void;
}

/** What vtk's window and mappers offer and their declarations leave out. */
interface GraphicsWindow {
  get3DContext(): WebGL2RenderingContext;
  getViewNodeFor(mapper: unknown): { get(...fields: string[]): Record<string, unknown> } | undefined;
  unregisterGraphicsResourceUser(owner: unknown, user: unknown): void;
}

function graphicsWindow(engine: RenderingEngine): GraphicsWindow | null {
  const [viewport] = engine.getViewports();
  if (!viewport) return null;
  return engine.getOffscreenMultiRenderWindow(viewport.id).getOpenGLRenderWindow() as unknown as GraphicsWindow;
}

/** Cornerstone's own `destroy` leaves the window out, and then vtk gives nothing back. */
function releaseTexture({ vtkOpenGLTexture }: Types.IImageVolume, engine: RenderingEngine): void {
  const texture = vtkOpenGLTexture as unknown as { releaseGraphicsResources(window: GraphicsWindow | null): void };
  const window = graphicsWindow(engine);
  texture.releaseGraphicsResources(window);
  // Without a command after it the order to delete may wait for the next picture, which may never come.
  window?.get3DContext()?.flush();
}

/** The tables of window, opacity and outline are textures too, which Cornerstone's mapper signs for under
 *  these names and never signs off: three for each pane and study. */
const tables = ['_colorTextureCore', '_opacityTextureCore', '_labelOutlineThicknessTextureCore'];

/** To be called before a volume is taken out of a viewport. */
export function giveBackTables(viewport: Types.IVolumeViewport, engine: RenderingEngine): void {
  const window = graphicsWindow(engine);
  for (const { actor } of viewport.getActors()) {
    const node = actor.isA('vtkVolume') && window?.getViewNodeFor(actor.getMapper());
    if (!node) continue;
    for (const owner of Object.values(node.get(...tables))) window?.unregisterGraphicsResourceUser(owner, node);
  }
}

/** Takes the volume, and everything else, out of a viewport. */
export function emptyViewport(viewport: Types.IVolumeViewport, engine: RenderingEngine): void {
  giveBackTables(viewport, engine);
  viewport.removeAllActors();
}

function metadataOf({ grid }: Volume): Types.Metadata {
  const [, rows, columns] = grid.shape;
  return {
    BitsAllocated: 16,
    BitsStored: 16,
    SamplesPerPixel: 1,
    HighBit: 15,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelRepresentation: 1,
    Modality: 'CT',
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [grid.spacingMm[1], grid.spacingMm[2]],
    FrameOfReferenceUID: 'study',
    Columns: columns,
    Rows: rows,
    voiLut: [],
    VOILUTFunction: 'LINEAR',
  };
}
