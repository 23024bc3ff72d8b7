/** Where the other two planes cut this one, in their colours. The lines leave the middle free, so that they
 *  hide nothing of what they point at. */
import type { Model } from './model.ts';
import type { Surface } from './planePane.ts';
import { planeNames, planes } from './planes.ts';
import { planeColours } from './colours.ts';

const gap = 14;

export function paintReferenceLines(surface: Surface, model: Model): void {
  const { context, plane, width, height, cut } = surface;
  const column = model.voxel[plane.across];
  const row = plane.upsideDown ? cut.rows - 1 - model.voxel[plane.down] : model.voxel[plane.down];
  const x = surface.left + (column + 0.5) * surface.pixelWidth;
  const y = surface.top + (row + 0.5) * surface.pixelHeight;
  const colourOf = (axis: number) => planeColours[planeNames.find((name) => planes[name].through === axis)!];
  context.save();
  context.lineWidth = 1;
  context.globalAlpha = 0.75;
  context.strokeStyle = colourOf(plane.across);
  context.stroke(new Path2D(`M${x} 0V${y - gap}M${x} ${y + gap}V${height}`));
  context.strokeStyle = colourOf(plane.down);
  context.stroke(new Path2D(`M0 ${y}H${x - gap}M${x + gap} ${y}H${width}`));
  context.restore();
}
