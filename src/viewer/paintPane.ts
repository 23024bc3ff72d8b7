/** Everything over the CT of a plane pane, from the back to the front. */
import { paintReferenceLines } from './crosshair.ts';
import { paintLettering } from './lettering.ts';
import type { Model } from './model.ts';
import { paintEvidence } from './paintEvidence.ts';
import { paintMarks } from './paintMarks.ts';
import { paintMasks } from './paintMasks.ts';
import { paintMissing } from './paintMissing.ts';
import type { Surface } from './planePane.ts';
import { paintSliceTicks } from './sliceTicks.ts';

export function paintPane(surface: Surface, model: Model): void {
  paintMissing(surface, model);
  if (surface.withOverlays && model.overlays.shown) {
    if (model.overlays.evidence) paintEvidence(surface, model);
    paintMasks(surface, model);
  }
  if (model.overlays.referenceLines) paintReferenceLines(surface, model);
  paintMarks(surface, model);
  paintSliceTicks(surface, model);
  paintLettering(surface, model);
}
