/** The words and small marks in a pane: who, which side is which, where, how wide the window, how big. */
import type { Model } from './model.ts';
import type { Surface } from './planePane.ts';
import { edgeLetters, slicePlace } from './planes.ts';
import { planeColours, textColour } from './colours.ts';

const font = '12px system-ui, sans-serif';
const margin = 8;
const lineHeight = 16;

/** Text stays readable over bone and over air: dark outline, light letters, no box. */
function write(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

/** On a screen of many and fine pixels one sits no nearer: letters grow with it. */
export const letterScale = () => Math.min(1.5, Math.max(1, innerHeight / 1400));

export function paintLettering(unscaled: Surface, model: Model): void {
  const { context } = unscaled;
  const scale = letterScale();
  const [width, height] = [unscaled.width / scale, unscaled.height / scale];
  const surface = { ...unscaled, width, height, pixelsPerMm: unscaled.pixelsPerMm / scale };
  context.save();
  context.scale(scale, scale);
  Object.assign(context, { font, fillStyle: textColour, strokeStyle: '#000', lineWidth: 3, lineJoin: 'round' });
  paintEdgeLetters(surface, model);
  paintBanner(surface, model);
  paintPlace(surface, model);
  paintWindow(surface, model);
  paintScaleBar(surface);
  context.restore();
}

function paintEdgeLetters({ context, width, height, plane }: Surface, model: Model): void {
  const letters = edgeLetters(plane, model.volume!.grid);
  context.save();
  context.font = '600 16px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  write(context, letters.left, margin, height / 2);
  context.textAlign = 'right';
  write(context, letters.right, width - margin - 6, height / 2);
  context.textAlign = 'center';
  write(context, letters.top, width / 2, margin + 8);
  write(context, letters.bottom, width / 2, height - margin - 8);
  context.restore();
}

/** The banner stops before the side's letter in the middle of the top edge; in a small pane its parts go below one
 *  another, so that no name and number is cut off where there is room for it. */
function paintBanner({ context, width, height }: Surface, { banner }: Model): void {
  context.textAlign = 'left';
  context.textBaseline = 'top';
  const room = width / 2 - margin - 20;
  const wanted = isSmall(width, height) ? banner.lines.slice(0, 1) : banner.lines;
  const lines = wanted.flatMap((line) => inRoom(line, (text) => context.measureText(text).width <= room));
  lines.forEach((line, n) => write(context, shortened(context, line, room), margin, margin + n * lineHeight));
}

/** Room for who and where, and no more. */
const isSmall = (width: number, height: number) => width < 200 || height < 160;

const between = ' · ';

/** A line, or lines of as many of its parts as have room. */
export function inRoom(line: string, fits: (text: string) => boolean): string[] {
  return line.split(between).reduce<string[]>((lines, part) => {
    const longer = [...lines.slice(-1), part].join(between);
    return lines.length > 0 && fits(longer) ? [...lines.slice(0, -1), longer] : [...lines, part];
  }, []);
}

function shortened(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let length = text.length;
  while (length > 0 && context.measureText(`${text.slice(0, length)}…`).width > room) length--;
  return `${text.slice(0, length)}…`;
}

function paintPlace({ context, width, height, plane }: Surface, model: Model): void {
  const { number, count, positionMm } = slicePlace(plane, model.volume!.grid, model.voxel);
  context.save();
  context.textAlign = 'right';
  context.textBaseline = 'top';
  const zoom = `zoom ${model.views[plane.name].zoom.toFixed(1)}`;
  const lines = [`${number} / ${count}`, `${positionMm.toFixed(1)} mm`, ...(isSmall(width, height) ? [] : [zoom])];
  if (!model.complete) lines.push('reading…');
  lines.forEach((line, n) => write(context, line, width - margin, margin + 18 + n * lineHeight));
  context.fillStyle = planeColours[plane.name];
  write(context, plane.name, width - margin, margin);
  context.restore();
}

const slabNames = { maximum: 'MIP', minimum: 'MinIP', mean: 'Mean' } as const;

function paintWindow({ context, width, height, hovered }: Surface, { window, slab, cursor }: Model): void {
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  // Beside the letter in the middle of the edge, or on two lines.
  const room = width / 2 - 2 * margin - context.measureText('F').width;
  const [w, l] = [`W ${Math.round(window.widthHu)}`, `L ${Math.round(window.levelHu)}`];
  const lines = context.measureText(`${w}  ${l}`).width <= room ? [`${w}  ${l}`] : [w, l];
  if (hovered && cursor) lines.unshift(`${cursor.hu} HU`);
  if (window.inverted) lines.unshift('INVERTED');
  if (slab.mode !== 'off') lines.unshift(`${slabNames[slab.mode]} ${slab.thicknessMm} mm`);
  lines.forEach((line, n) => write(context, line, margin, height - margin - (lines.length - 1 - n) * lineHeight));
}

/** A round length that takes between a tenth and a quarter of the pane. */
export function scaleBarMm(pixelsPerMm: number, width: number): number {
  const longest = width / 4 / pixelsPerMm;
  const power = 10 ** Math.floor(Math.log10(longest));
  return ([5, 2, 1].find((n) => n * power <= longest) ?? 1) * power;
}

function paintScaleBar({ context, width, height, pixelsPerMm }: Surface): void {
  const lengthMm = scaleBarMm(pixelsPerMm, width);
  const length = lengthMm * pixelsPerMm;
  const [right, y] = [width - margin, height - margin - 2];
  context.save();
  const line = new Path2D(`M${right - length} ${y - 6}v6h${length}v-6`);
  Object.assign(context, { strokeStyle: '#000', lineWidth: 4 });
  context.stroke(line);
  Object.assign(context, { strokeStyle: textColour, lineWidth: 1.5 });
  context.stroke(line);
  Object.assign(context, { font, fillStyle: textColour, strokeStyle: '#000', lineWidth: 3, lineJoin: 'round' });
  context.textAlign = 'right';
  context.textBaseline = 'bottom';
  const text = lengthMm >= 10 ? `${lengthMm / 10} cm` : `${lengthMm} mm`;
  write(context, text, right, y - 8);
  context.restore();
}
