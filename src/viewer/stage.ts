/** Cornerstone's engine, the panes, and what Cornerstone holds, brought up to the model again and again. */
import type { PaneName, PlaneName } from './contract.ts';
import { listenToGestures, type GestureTarget } from './gestures.ts';
import { stateOf, type Model } from './model.ts';
import { paintPane } from './paintPane.ts';
import type { Pane } from './pane.ts';
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

export class Stage {
  readonly panes = new Map<PaneName, Pane>();
  readonly redraw: Redraw;
  private readonly model: Model;
  private readonly gesturesOf: (pane: PlanePane | Scene3dPane) => GestureTarget;
  private engine = startRendering();
  private readonly sizes = new ResizeObserver(() => this.resized());
  private readonly ignoreLoss: () => void;
  private held: ShownVolume | null = null;
  /** Volumes are handed over asynchronously, hence one thing after the other. */
  private handover: Promise<void> = Promise.resolve();

  constructor(model: Model, gesturesOf: (pane: PlanePane | Scene3dPane) => GestureTarget) {
    this.model = model;
    this.gesturesOf = gesturesOf;
    this.redraw = new Redraw(this.panes, () => stateOf(model));
    this.ignoreLoss = onContextLoss(
      () => this.engine.id,
      () => this.tell('The graphics card stopped answering. The images come back when it does.'),
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
    }
    if (!volume) return;
    for (const pane of this.panes.values()) await pane.showVolume(volume);
    this.redraw.image();
  }

  private async lookAtCard(): Promise<void> {
    await this.redraw.settled();
    const problem = this.held && whyNotShown(this.held.volume, this.engine);
    if (problem) this.tell(problem);
  }

  /** Sends axial slices to the card again, both ends included. */
  refresh(first: number, last: number): void {
    // A volume still on its way is sent whole.
    if (this.held?.volume !== this.model.volume) return;
    this.held?.refresh(first, last);
    this.redraw.image();
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
