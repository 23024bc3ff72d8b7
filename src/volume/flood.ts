import type { Shape } from './grid.ts';

/** Grows markers over a picture by seeded watershed: among all voxels that touch a marker (by a face), the one of
 *  lowest level is taken first, so that markers meet on the ridges; at equal levels the one met first, so that they
 *  meet half way (Meyer: Topographic distance and watershed lines, Signal Processing 38, 1994).
 *  @param markers 0 where nobody is yet
 *  @param allowed anything but 0 may be flooded
 *  @param level whole numbers from 0 to 255
 *  @returns the grown markers */
export function flood(markers: Uint8Array, allowed: Uint8Array, level: Uint8Array, shape: Shape): Uint8Array {
  const [depth, rows, columns] = shape;
  const labels = markers.slice();
  const queues: number[][] = Array.from({ length: 256 }, () => []);
  const heads = new Int32Array(256);
  let lowest = 255;
  const push = (i: number, label: number, over: number) => {
    if (allowed[i] === 0 || labels[i] !== 0) return;
    labels[i] = label;
    const at = Math.max(level[i], over);
    queues[at].push(i);
    if (at < lowest) lowest = at;
  };
  const spread = (i: number, over: number) => {
    const x = i % columns;
    const y = Math.floor(i / columns) % rows;
    const z = Math.floor(i / (columns * rows));
    const label = labels[i];
    if (x > 0) push(i - 1, label, over);
    if (x < columns - 1) push(i + 1, label, over);
    if (y > 0) push(i - columns, label, over);
    if (y < rows - 1) push(i + columns, label, over);
    if (z > 0) push(i - columns * rows, label, over);
    if (z < depth - 1) push(i + columns * rows, label, over);
  };
  for (let i = 0; i < markers.length; i++) if (markers[i] !== 0) spread(i, 0);
  while (lowest < 256) {
    if (heads[lowest] === queues[lowest].length) {
      queues[lowest] = [];
      heads[lowest] = 0;
      lowest++;
    } else spread(queues[lowest][heads[lowest]++], lowest);
  }
  return labels;
}
