import type { Volume } from '../volume/grid.ts';
import type { Random } from '../volume/random.ts';
import { measureNoise, noiseLike } from './hostNoise.ts';
import type { LungSpace } from './lungSpace.ts';
import { smoothStep } from './smoothNoise.ts';

/** Airways within the lung stay open while the lung around them is hazy: they are darker than it by this and more. */
const [airwayFromHu, airwayWholeHu] = [70, 150];
/** Denser than this is vessel or chest wall, not the lung that an airway is darker than. */
const denseHu = -500;
/** Beyond the lung mask only what partial volume has darkened is filled, not the lumen of a bronchus. */
const lumenBelowHu = -850;

/** Moves each voxel from its own CT number towards that of soft tissue, and puts back the noise that this takes away.
 *  @param fill on the space's box: how much of the air is gone, 0 to 1
 *  @returns a new array; the volume's is left alone */
export function fillAirSpaces({ hu, grid }: Volume, space: LungSpace, fill: Float32Array, random: Random): Int16Array {
  const noise = measureNoise({ hu, grid });
  const result = hu.slice();
  const tile = noiseLike(noise, random);
  const tissueHu = Math.min(75, Math.max(25, noise.tissueHu));
  const [, rows, columns] = grid.shape;
  const [depth, boxRows, boxColumns] = space.shape;
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < boxRows; y++)
      for (let x = 0; x < boxColumns; x++, i++) {
        if (fill[i] === 0) continue;
        const [hz, hy, hx] = [z + space.start[0], y + space.start[1], x + space.start[2]];
        const at = (hz * rows + hy) * columns + hx;
        const own = hu[at];
        const outside = space.labels[i] === 3;
        if (own >= tissueHu || (outside && own < lumenBelowHu)) continue;
        const open = smoothStep(airwayFromHu, airwayWholeHu, darkerThanAround(hu, at, columns, hy, hx, rows));
        const share = fill[i] * (1 - 0.85 * open);
        const grain = Math.sqrt(1 - (1 - share) ** 2) * noise.sdHu * tile.at(hz, hy, hx);
        result[at] = Math.round(Math.min(3071, Math.max(-1024, own + share * (tissueHu - own) + grain)));
      }
  return result;
}

/** How much darker the pixel and its four neighbours are than the lung a few pixels off; 0 where hardly any of what
 *  lies there is lung. */
function darkerThanAround(hu: Int16Array, at: number, columns: number, y: number, x: number, rows: number): number {
  const far = 4;
  if (y < far || x < far || y >= rows - far || x >= columns - far) return 0;
  const near = (2 * hu[at] + hu[at - 1] + hu[at + 1] + hu[at - columns] + hu[at + columns]) / 6;
  if (near > -880) return 0;
  let [sum, count] = [0, 0];
  for (let dy = -3; dy <= 3; dy += 3)
    for (let dx = -3; dx <= 3; dx += 3) {
      const value = hu[at + (dx === 0 ? (dy * far) / 3 : dy) * columns + (dy === 0 ? (dx * far) / 3 : dx)];
      if (value > denseHu || (dy === 0 && dx === 0)) continue;
      sum += value;
      count++;
    }
  return count >= 6 ? sum / count - near : 0;
}

/** Carries the fill of border voxels on into the rim around the lungs, where partial volume would else stay dark. */
export function spreadToRim(fill: Float32Array, { shape: [, rows, columns], labels }: LungSpace): void {
  for (let round = 0; round < 2; round++) {
    const before = fill.slice();
    for (let i = 0; i < fill.length; i++) {
      if (labels[i] !== 3) continue;
      const [y, x] = [Math.floor(i / columns) % rows, i % columns];
      for (let dy = y > 0 ? -1 : 0; dy <= (y < rows - 1 ? 1 : 0); dy++)
        for (let dx = x > 0 ? -1 : 0; dx <= (x < columns - 1 ? 1 : 0); dx++)
          fill[i] = Math.max(fill[i], before[i + dy * columns + dx]);
    }
  }
}
