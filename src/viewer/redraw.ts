/** When to draw: many changes in a frame make one picture and one notice to the page. */
import type { PaneName, ViewerState } from './contract.ts';
import type { Pane } from './pane.ts';

/** What a pane tells of itself. */
export interface PaneNews {
  /** Its picture is on screen. */
  drawn(pane: Pane): void;
  /** It needs a new one. */
  image(only: Iterable<PaneName>): void;
  during(work: Promise<void>): Promise<void>;
}

export class Redraw implements PaneNews {
  private readonly panes: ReadonlyMap<PaneName, Pane>;
  private readonly before: () => void;
  private readonly state: () => ViewerState;
  private readonly listeners = new Set<(state: ViewerState) => void>();
  /** Panes whose picture Cornerstone still owes us. */
  private readonly awaited = new Set<Pane>();
  private underWay = 0;
  private frame = 0;
  /** Whose picture is out of date. */
  private readonly stale = new Set<PaneName>();
  private readonly staleOver = new Set<PaneName>();

  /** @param before brings up to date what is read off the rest, once a frame */
  constructor(panes: ReadonlyMap<PaneName, Pane>, before: () => void, state: () => ViewerState) {
    this.panes = panes;
    this.before = before;
    this.state = state;
  }

  /** The images themselves changed: of these panes, or of all. */
  image(only: Iterable<PaneName> = this.panes.keys()): void {
    for (const name of only) this.stale.add(name);
    this.overlay();
  }

  /** Only what lies over them changed: of these panes, or of all. */
  overlay(only: Iterable<PaneName> = this.panes.keys()): void {
    for (const name of only) this.staleOver.add(name);
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  drawn(pane: Pane): void {
    this.awaited.delete(pane);
  }

  private draw(): void {
    this.frame = 0;
    this.before();
    for (const pane of this.panes.values()) {
      if (!pane.onScreen) this.awaited.delete(pane);
      // The overlay of a pane that gets a new picture is painted with it, so the two never disagree.
      else if (this.stale.has(pane.name) && pane.render()) this.awaited.add(pane);
      else if (this.staleOver.has(pane.name) && !this.awaited.has(pane)) pane.paintOver();
    }
    this.stale.clear();
    this.staleOver.clear();
    const state = this.state();
    for (const listener of this.listeners) listener(state);
  }

  listen(listener: (state: ViewerState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Counts work that will lead to a picture. */
  async during(work: Promise<void>): Promise<void> {
    this.underWay++;
    try {
      await work;
    } finally {
      this.underWay--;
    }
  }

  async settled(): Promise<void> {
    while (this.frame || this.underWay || this.awaited.size) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      for (const pane of this.awaited) if (!pane.onScreen) this.awaited.delete(pane);
    }
  }

  stop(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.awaited.clear();
    this.listeners.clear();
  }
}
