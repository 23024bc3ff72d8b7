/** Rulers and regions on the slice they were drawn on. */
import { textColour } from './colours.ts';
import { letterScale } from './lettering.ts';
import { including, labelOf } from './marks.ts';
import type { Mark, Model } from './model.ts';
import type { Surface } from './planePane.ts';

export function paintMarks(surface: Surface, { marks, draft }: Model): void {
  const { plane, index } = surface;
  for (const mark of draft ? including(marks, draft) : marks) {
    if (mark.plane === plane.name && mark.index === index) paintMark(surface, mark);
  }
}

function paintMark(surface: Surface, mark: Mark): void {
  const { context, pixelsPerMm } = surface;
  const place = ([across, down]: readonly [number, number]) =>
    [
      surface.left + surface.pixelWidth / 2 + across * pixelsPerMm,
      surface.top + surface.pixelHeight / 2 + down * pixelsPerMm,
    ] as const;
  const [[x0, y0], [x1, y1]] = [place(mark.ends[0]), place(mark.ends[1])];
  const shape = mark.kind === 'ruler' ? rulerPath(x0, y0, x1, y1) : new Path2D(`M${x0} ${y0}H${x1}V${y1}H${x0}Z`);
  context.save();
  Object.assign(context, { strokeStyle: '#000', lineWidth: 3 });
  context.stroke(shape);
  Object.assign(context, { strokeStyle: textColour, lineWidth: 1.25 });
  context.stroke(shape);
  const scale = letterScale();
  Object.assign(context, { font: `${12 * scale}px system-ui, sans-serif`, fillStyle: textColour, textBaseline: 'top' });
  Object.assign(context, { strokeStyle: '#000', lineWidth: 3, lineJoin: 'round' });
  labelOf(mark).forEach((line, n) => {
    const [x, y] = [Math.max(x0, x1) + 6, Math.max(y0, y1) - 6 + n * 15 * scale];
    context.strokeText(line, x, y);
    context.fillText(line, x, y);
  });
  context.restore();
}

/** A line with a short bar across each end, so that its exact ends can be seen. */
function rulerPath(x0: number, y0: number, x1: number, y1: number): Path2D {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [acrossX, acrossY] = [(-5 * (y1 - y0)) / length, (5 * (x1 - x0)) / length];
  const bar = (x: number, y: number) => `M${x - acrossX} ${y - acrossY}L${x + acrossX} ${y + acrossY}`;
  return new Path2D(`M${x0} ${y0}L${x1} ${y1}${bar(x0, y0)}${bar(x1, y1)}`);
}
