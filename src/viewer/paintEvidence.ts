/** The evidence as a heat map on a cut: sampled at the study's voxels from the evidence's own, coarser grid,
 *  linearly, and coloured after sampling, so that between two values stands the colour between them. */
import { lpsToVoxel, voxelToLps } from '../volume/grid.ts';
import type { Grid, VoxelPoint } from '../volume/grid.ts';
import { heatColours, heatSteps, textColour } from './colours.ts';
import type { EvidenceMap, EvidenceSetting } from './contract.ts';
import { letterScale } from './lettering.ts';
import type { Model } from './model.ts';
import type { Surface } from './planePane.ts';
import { fromPlane } from './planes.ts';
import { valueAt } from './sampling.ts';

/** CSS pixels of height. */
const roomForBar = 400;

interface Painted {
  readonly canvas: HTMLCanvasElement;
  readonly key: string;
}
/** The last picture of each plane; it goes with the map. */
const painted = new WeakMap<EvidenceMap, Map<string, Painted>>();

export function paintEvidence(surface: Surface, model: Model): void {
  const { evidence, evidenceSetting, volume } = model;
  if (!evidence || !volume) return;
  const canvas = heatMap(surface, evidence, evidenceSetting, volume.grid);
  const { context, cut } = surface;
  context.save();
  context.globalAlpha = evidenceSetting.opacity;
  context.imageSmoothingEnabled = false;
  context.drawImage(
    canvas,
    surface.left,
    surface.top,
    cut.columns * surface.pixelWidth,
    cut.rows * surface.pixelHeight,
  );
  context.restore();
  // In a small pane the bar would hide too much; the one in hand always has it.
  if (surface.height >= roomForBar || surface.active) paintColourBar(surface, evidenceSetting);
}

function heatMap(surface: Surface, map: EvidenceMap, setting: EvidenceSetting, grid: Grid): HTMLCanvasElement {
  const { plane, cut, index } = surface;
  const known = painted.get(map) ?? new Map<string, Painted>();
  painted.set(map, known);
  const key = `${index} ${setting.floor} ${setting.ceiling}`;
  const last = known.get(plane.name);
  if (last?.key === key) return last.canvas;
  const canvas = last?.canvas ?? document.createElement('canvas');
  Object.assign(canvas, { width: cut.columns, height: cut.rows });
  const image = new ImageData(cut.columns, cut.rows);
  colourCut(image.data, evidenceOnCut(surface, map, grid), setting);
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  known.set(plane.name, { canvas, key });
  return canvas;
}

/** The evidence at every pixel of the cut; NaN where the map does not reach. */
function evidenceOnCut({ plane, cut, index }: Surface, map: EvidenceMap, grid: Grid): Float32Array {
  const values = new Float32Array(cut.rows * cut.columns);
  const there = (row: number, column: number): VoxelPoint => {
    const acrossMm = column * grid.spacingMm[plane.across];
    const downMm = row * grid.spacingMm[plane.down];
    return lpsToVoxel(map.grid, voxelToLps(grid, fromPlane(plane, grid, { index, acrossMm, downMm })));
  };
  // Both grids are regular, so a step on the one is the same step on the other everywhere.
  const origin = there(0, 0);
  const step = (to: VoxelPoint) => [to[0] - origin[0], to[1] - origin[1], to[2] - origin[2]] as const;
  const [down, across] = [step(there(1, 0)), step(there(0, 1))];
  for (let row = 0, at = 0; row < cut.rows; row++) {
    for (let column = 0; column < cut.columns; column++, at++) {
      const along = (axis: 0 | 1 | 2) => origin[axis] + row * down[axis] + column * across[axis];
      values[at] = valueAt(map, [along(0), along(1), along(2)]) ?? NaN;
    }
  }
  return values;
}

/** Writes red, green, blue and full or no opacity for each value. */
export function colourCut(pixels: Uint8ClampedArray, values: Float32Array, { floor, ceiling }: EvidenceSetting): void {
  const perUnit = (heatSteps - 1) / (ceiling - floor || 1);
  for (let at = 0; at < values.length; at++) {
    const value = values[at];
    // Written so that NaN is not drawn either.
    if (!(value > floor)) continue;
    const colour = 3 * Math.min(heatSteps - 1, Math.round((value - floor) * perUnit));
    pixels[4 * at] = heatColours[colour];
    pixels[4 * at + 1] = heatColours[colour + 1];
    pixels[4 * at + 2] = heatColours[colour + 2];
    pixels[4 * at + 3] = 255;
  }
}

/** Three digits say enough of any value. */
const short = (value: number) => String(Number(value.toPrecision(3)));

function paintColourBar(
  { context, height: paneHeight }: Surface,
  { floor, ceiling, title, unit }: EvidenceSetting,
): void {
  const scale = letterScale();
  const height = paneHeight / scale;
  const [left, top, width, length] = [10, height * 0.6, 10, Math.min(120, height * 0.25)];
  context.save();
  context.scale(scale, scale);
  const gradient = context.createLinearGradient(0, top + length, 0, top);
  for (let stop = 0; stop <= 8; stop++) {
    const at = 3 * Math.round((stop / 8) * (heatSteps - 1));
    gradient.addColorStop(stop / 8, `rgb(${heatColours[at]} ${heatColours[at + 1]} ${heatColours[at + 2]})`);
  }
  context.fillStyle = gradient;
  context.fillRect(left, top, width, length);
  Object.assign(context, { font: '11px system-ui, sans-serif', fillStyle: textColour, textBaseline: 'middle' });
  Object.assign(context, { strokeStyle: '#000', lineWidth: 3, lineJoin: 'round' });
  const write = (text: string, x: number, y: number) => {
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  write(`≥ ${short(ceiling)}`, left + width + 5, top + 4);
  write(`> ${short(floor)}`, left + width + 5, top + length - 4);
  write(unit ? `${title} (${unit})` : title, left, top - 10);
  context.restore();
}
