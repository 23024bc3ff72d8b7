/** Cornerstone's engine, the panes, and what Cornerstone holds, brought up to the model again and again. */
import type { PaneName, PlaneName, ViewerState } from './contract.ts';
import { cursorAt } from './cursor.ts';
import { listenToGestures, type GestureTarget } from './gestures.ts';
import { stateOf, type Model } from './model.ts';
import { paintPane } from './paintPane.ts';
import { panesOf, type Pane } from './pane.ts';
import { PlanePane } from './planePane.ts';
import { Redraw } from './redraw.ts';
import {
  cacheVolume,
  onContextLoss,
  resizeViewports,
  startRendering,
  whyNotShown,
  type ShownVolume,
} from './rendering.ts';
import { Scene3dPane } from './scene3dPane.ts';

const planeOf: Record<Exclude<PaneName, 'volume3d'>, PlaneName> = {
  axial: 'axial',
  'axial-clean': 'axial',
  coronal: 'coronal',
  sagittal: 'sagittal',
};

/** How long slices are sent at a time, and how often the images are drawn meanwhile. */
const breathMs = 10;
const lookMs = 300;

export class Stage {
  readonly panes = new Map<PaneName, Pane>();
  readonly redraw: Redraw;
  private readonly model: Model;
  private readonly gesturesOf: (pane: PlanePane | Scene3dPane) => GestureTarget;
  private engine = startRendering();
  private readonly sizes = new ResizeObserver(() => this.resized());
  private readonly ignoreLoss: () => void;
  private held: ShownVolume | null = null;
  /** Slices of the model's volume that are said to be there. */
  private readonly told = new Set<number>();
  /** Volumes are handed over asynchronously, hence one thing after the other. */
  private handover: Promise<void> = Promise.resolve();
  private sending: Promise<void> | null = null;

  constructor(model: Model, gesturesOf: (pane: PlanePane | Scene3dPane) => GestureTarget) {
    this.model = model;
    this.gesturesOf = gesturesOf;
    this.redraw = new Redraw(
      this.panes,
      () => this.followPointer(),
      () => stateOf(model),
    );
    this.ignoreLoss = onContextLoss(
      () => this.engine.id,
      () => this.tell('The graphics card stopped answering. The images come back when it does.'),
      () => this.startAgain(),
    );
  }

  state(): ViewerState {
    this.followPointer();
    return stateOf(this.model);
  }

  /** Slices and overlays change beneath a mouse that rests. */
  private followPointer(): void {
    const { pointer } = this.model;
    const pane = pointer && this.panes.get(pointer.pane);
    this.model.cursor = pane instanceof PlanePane ? cursorAt(pane, this.model, pointer!.x, pointer!.y) : null;
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
    listenToGestures(pane.host, this.gesturesOf(pane));
    this.panes.set(name, pane);
    return pane;
  }

  private resized(): void {
    resizeViewports(this.engine);
    this.handOver();
  }

  /** Nothing of the former study may be seen from here on, whatever is still under way. */
  blank(): void {
    this.told.clear();
    for (const pane of this.panes.values()) pane.forgetVolume();
    this.redraw.image();
  }

  /** Brings what Cornerstone holds, and every pane on screen, up to the model. */
  handOver(): void {
    const failed = (error: unknown) => {
      // Later studies must still find their way, so the chain goes on; the fault itself is not hidden.
      this.tell('The images could not be drawn. Reload the page to try again.');
      reportError(error);
    };
    this.handover = this.redraw.during(this.handover.then(() => this.bringUpToDate()).catch(failed));
    void this.handover.then(() => this.lookAtCard());
  }

  private async bringUpToDate(): Promise<void> {
    const { volume } = this.model;
    if (this.held?.volume !== volume) {
      for (const pane of this.panes.values()) pane.forgetVolume();
      this.held?.release();
      this.held = null;
      this.held = volume && cacheVolume(volume, this.engine);
      this.model.onCard = this.held?.onCard ?? null;
      for (const slice of this.told) this.held?.refresh(slice, slice);
    }
    if (!volume) return;
    for (const pane of this.panes.values()) await pane.showVolume(volume);
    this.redraw.image();
    this.sendOn();
  }

  private async lookAtCard(): Promise<void> {
    await this.redraw.settled();
    const problem = this.held && whyNotShown(this.held.volume, this.engine);
    if (problem) this.tell(problem);
  }

  /** Axial slices have changed, both ends included, and go to the card. */
  refresh(first: number, last: number): void {
    for (let slice = first; slice <= last; slice++) this.told.add(slice);
    if (this.held?.volume !== this.model.volume) return;
    this.held?.refresh(first, last);
    this.sendOn();
  }

  /** The rest of the slices goes as well. */
  complete(): void {
    const slices = this.model.volume?.grid.shape[0] ?? 0;
    for (let slice = 0; slice < slices; slice++) if (!this.told.has(slice)) this.refresh(slice, slice);
  }

  private sendOn(): void {
    this.sending ??= this.redraw.during(this.sendInBreaths()).finally(() => {
      this.sending = null;
      if (this.held?.waits()) this.sendOn();
    });
  }

  /** A few slices between one frame of the screen and the next. They are looked at now and then, for drawing costs more
   *  than sending where there is no graphics card; at once where the reader waits for just this slice. */
  private async sendInBreaths(): Promise<void> {
    let lookedMs = performance.now();
    for (let isMore = true; isMore;) {
      await new Promise(requestAnimationFrame);
      const { held, model } = this;
      if (!held || held.volume !== model.volume) break;
      const [slice] = model.voxel;
      const wasThere = held.onCard[slice];
      isMore = held.send(breathMs, slice);
      if (!isMore || performance.now() - lookedMs > lookMs) {
        this.redraw.image();
        lookedMs = performance.now();
      } else if (held.onCard[slice] !== wasThere) this.redraw.image(panesOf('axial'));
    }
  }

  private tell(problem: string): void {
    this.model.problem = problem;
    this.redraw.overlay();
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

  destroy(): void {
    this.sizes.disconnect();
    this.ignoreLoss();
    this.tearDown();
    this.redraw.stop();
  }
}
