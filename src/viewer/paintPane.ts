/** Everything over the CT of a plane pane, from the back to the front. */
import { paintReferenceLines } from './crosshair.ts';
import { paintLettering } from './lettering.ts';
import type { Model } from './model.ts';
import type { Surface } from './planePane.ts';

export function paintPane(surface: Surface, model: Model): void {
  paintReferenceLines(surface, model);
  paintLettering(surface, model);
}
