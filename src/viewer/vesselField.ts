/** The lungs' vessels for the 3D scene, cheaply: what is dense inside the lungs and no marked lesion. */
import type { Shape, Volume } from '../volume/grid.ts';
import { breaths } from './breaths.ts';
import type { LesionMap } from './contract.ts';
import type { Field } from './surfaceNets.ts';

/** Values of the field are HU above air. */
const airHu = -1000;
/** Above aerated lung (-850) and most ground glass (-578), below blood in vessels of two blocks and more. */
export const vesselHu = -500;
export const vesselLevel = vesselHu - airHu;
/** As far from the pleura, whose blocks hold chest wall too, nothing counts. */
const rimMm = 4;

/** @param lungs on the volume's grid, any label is lung
 *  @param lesions on the volume's grid; where one is, the field is air
 *  @param block voxels a block is long along z, y, x
 *  @returns mean of each block, air near the lungs' border and outside */
export async function vesselField(
  { grid, hu }: Volume,
  lungs: LesionMap,
  lesions: LesionMap | null,
  block: Shape,
): Promise<Field> {
  const { shape, spacingMm } = grid;
  const coarse = [0, 1, 2].map((axis) => Math.ceil(shape[axis] / block[axis])) as [number, number, number];
  const values = new Float32Array(coarse[0] * coarse[1] * coarse[2]);
  const outside = new Uint8Array(values.length);
  const full = block[0] * block[1] * block[2];
  const breath = breaths();
  for (let z = 0, at = 0; z < shape[0]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      const into = (Math.floor(z / block[0]) * coarse[1] + Math.floor(y / block[1])) * coarse[2];
      for (let x = 0; x < shape[2]; x++, at++) {
        const cell = into + Math.floor(x / block[2]);
        if (lungs.labels[at] === 0) outside[cell] = 1;
        else if (!lesions?.labels[at]) values[cell] += (hu[at] - airHu) / full;
      }
    }
    await breath();
  }
  for (const axis of [0, 1, 2] as const) {
    await widen(outside, coarse, axis, Math.ceil(rimMm / (block[axis] * spacingMm[axis])), breath);
  }
  for (let i = 0; i < values.length; i++) if (outside[i]) values[i] = 0;
  return { shape: coarse, values };
}

/** Marks in place what lies within so many steps of a mark along one axis. */
async function widen(marks: Uint8Array, shape: Shape, axis: 0 | 1 | 2, steps: number, breath: () => Promise<void>) {
  const stride = [shape[1] * shape[2], shape[2], 1][axis];
  const length = shape[axis];
  const lines = marks.length / length;
  for (let line = 0; line < lines; line++) {
    const start = Math.floor(line / stride) * stride * length + (line % stride);
    for (const turn of [1, -1]) {
      // Marks made on the way there must not spread again on the way back: they hold 2.
      let last = turn === 1 ? -Infinity : Infinity;
      for (let n = turn === 1 ? 0 : length - 1; n >= 0 && n < length; n += turn) {
        const at = start + n * stride;
        if (marks[at] === 1) last = n;
        else if (Math.abs(n - last) <= steps) marks[at] = 2;
      }
    }
    for (let n = 0; n < length; n++) if (marks[start + n * stride] === 2) marks[start + n * stride] = 1;
    if (line % 4096 === 0) await breath();
  }
}
