/** The words over the 3D scene: who, which way is which, and what is what. */
import type { Grid, LpsPoint } from '../volume/grid.ts';
import { evidenceRgb, lesionRgb, lungRgb, textColour, vesselRgb } from './colours.ts';
import { ctLooks } from './ctLooks.ts';
import { rightOf, type Gaze, type Vector } from './gaze.ts';
import { letterScale } from './lettering.ts';
import { evidenceLevel, type Model } from './model.ts';
import { directionLetters } from './planes.ts';
import { vesselHu } from './vesselField.ts';

const margin = 8;

/** A direction in the volume's axes as one in the patient's. */
function inPatient({ direction }: Grid, [x, y, z]: Vector): LpsPoint {
  const along = (axis: 0 | 1 | 2) => x * direction[2][axis] + y * direction[1][axis] + z * direction[0][axis];
  return [along(0), along(1), along(2)];
}

const cssOf = (rgb: readonly number[]) => `rgb(${rgb.map((part) => Math.round(part * 255)).join(' ')})`;

export function paintScene(
  context: CanvasRenderingContext2D,
  paneWidth: number,
  paneHeight: number,
  model: Model,
  gaze: Gaze,
): void {
  const { grid } = model.volume!;
  const scale = letterScale();
  const [width, height] = [paneWidth / scale, paneHeight / scale];
  const write = (text: string, x: number, y: number) => {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  const opposite = ([x, y, z]: Vector): Vector => [-x, -y, -z];
  const letters = (vector: Vector) => directionLetters(inPatient(grid, vector));
  context.save();
  context.scale(scale, scale);
  Object.assign(context, { fillStyle: textColour, strokeStyle: '#000', lineWidth: 3, lineJoin: 'round' });
  context.font = '600 16px system-ui, sans-serif';
  context.textBaseline = 'middle';
  write(letters(opposite(rightOf(gaze))), margin, height / 2);
  context.textAlign = 'right';
  write(letters(rightOf(gaze)), width - margin, height / 2);
  context.textAlign = 'center';
  write(letters(gaze.up), width / 2, margin + 8);
  write(letters(opposite(gaze.up)), width / 2, height - margin - 8);
  context.font = '12px system-ui, sans-serif';
  Object.assign(context, { textAlign: 'left', textBaseline: 'top' });
  model.banner.lines.forEach((line, n) => write(line, margin, margin + n * 16));
  context.textBaseline = 'bottom';
  legend(model).forEach(([text, colour], n) => {
    context.fillStyle = colour;
    write(text, margin, height - margin - n * 16);
  });
  context.restore();
}

/** Where the planes meet, and the lesion that was chosen. */
export function paintRing(context: CanvasRenderingContext2D, x: number, y: number, words: string): void {
  const scale = letterScale();
  const ring = new Path2D();
  ring.arc(x, y, 12 * scale, 0, 2 * Math.PI);
  context.save();
  Object.assign(context, { strokeStyle: '#000', lineWidth: 4 });
  context.stroke(ring);
  Object.assign(context, { strokeStyle: textColour, lineWidth: 1.5 });
  context.stroke(ring);
  Object.assign(context, { font: `${12 * scale}px system-ui, sans-serif`, fillStyle: textColour, strokeStyle: '#000' });
  Object.assign(context, { lineWidth: 3, lineJoin: 'round', textBaseline: 'middle' });
  context.strokeText(words, x + 17 * scale, y);
  context.fillText(words, x + 17 * scale, y);
  context.restore();
}

/** What the scene shows, in its colours. */
function legend({ scene3d, overlays, lungs, lesions, evidence, evidenceSetting }: Model): [string, string][] {
  const lines: [string, string][] = [];
  if (scene3d.cut !== 'off') lines.push([`Cut at the ${scene3d.cut} slice`, textColour]);
  if (scene3d.ct !== 'off') lines.push([ctLooks[scene3d.ct], textColour]);
  if (overlays.shown && evidence && scene3d.evidence) {
    const level = Number(evidenceLevel(evidenceSetting).toPrecision(3));
    lines.push([`${evidenceSetting.title} > ${level} ${evidenceSetting.unit}`.trim(), cssOf(evidenceRgb)]);
  }
  if (overlays.shown && lungs && scene3d.vessels)
    lines.push([`Vessels: above ${vesselHu} HU in the lungs${lesions ? ', no lesion' : ''}`, cssOf(vesselRgb)]);
  if (overlays.shown && lesions && scene3d.lesions) lines.push(['Lesions', cssOf(lesionRgb)]);
  if (overlays.shown && lungs && scene3d.lungs) lines.push(['Lungs', cssOf(lungRgb)]);
  if (lines.length === 0) lines.push(['Nothing to show in 3D yet', textColour]);
  return lines;
}
