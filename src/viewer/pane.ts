import type { Volume } from '../volume/grid.ts';
import type { PaneName, PlaneName, Scene3dPreset } from './contract.ts';

/** What the viewer asks of a pane, be it a plane or the 3D scene. */
export interface Pane {
  readonly name: PaneName;
  /** The element that is put into the page. It keeps its state while it is out of it. */
  readonly host: HTMLElement;
  readonly onScreen: boolean;
  /** Takes over the volume, which the cache holds, if the pane is on screen and has not done so yet. It is
   *  drawn only while it is also the model's. */
  showVolume(volume: Volume): Promise<void>;
  /** Goes black and lets go of everything that belongs to the volume. */
  forgetVolume(): void;
  /** Asks Cornerstone for a picture. @returns whether one will come */
  render(): boolean;
  /** Repaints what lies over the picture. */
  paintOver(): void;
  /** What a copy of the pane is made of, the lowest first. */
  layers(): readonly HTMLCanvasElement[];
  /** Moves a magnified cut so that the point where the planes meet is on screen. @returns whether it moved */
  bringIntoView?(): boolean;
  look?(preset: Scene3dPreset): void;
  remove(): void;
}

/** The panes that show a plane. */
export const panesOf = (plane: PlaneName): PaneName[] => (plane === 'axial' ? ['axial', 'axial-clean'] : [plane]);
