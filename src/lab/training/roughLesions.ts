/** Filled air spaces: a part of each voxel's air is replaced by fluid, more or less, within a ragged ball. */
import type { LabelledStudy } from './augment.ts';

const fluidHu = 40;

/** Smooth noise in about [-1, 1] over points in units of its grain. */
function smoothNoise(random: () => number): (z: number, y: number, x: number) => number {
  const size = 16;
  const lattice = Float32Array.from({ length: size ** 3 }, () => 2 * random() - 1);
  const wrap = (i: number) => ((i % size) + size) % size;
  const ease = (t: number) => t * t * (3 - 2 * t);
  return (z, y, x) => {
    const [z0, y0, x0] = [Math.floor(z), Math.floor(y), Math.floor(x)];
    const [c, b, a] = [ease(z - z0), ease(y - y0), ease(x - x0)];
    let sum = 0;
    for (let k = 0; k < 2; k++)
      for (let j = 0; j < 2; j++)
        for (let i = 0; i < 2; i++) {
          const weight = (k ? c : 1 - c) * (j ? b : 1 - b) * (i ? a : 1 - a);
          sum += weight * lattice[(wrap(z0 + k) * size + wrap(y0 + j)) * size + wrap(x0 + i)];
        }
    return sum * 1.6;
  };
}

export function plantRoughLesions(host: LabelledStudy, random: () => number): LabelledStudy {
  const { grid } = host.volume;
  const [depth, rows, columns] = grid.shape;
  const [sz, sy, sx] = grid.spacingMm;
  const hu = host.volume.hu.slice();
  const labels = host.lesions.labels.slice();
  const lung = host.lungs.labels;
  const inLung: number[] = [];
  for (let i = 0; i < lung.length; i += 7) if (lung[i] !== 0) inLung.push(i);
  const count = 1 + Math.floor(random() ** 2 * 9);
  const isDense = random() < 0.3;
  for (let n = 0; n < count; n++) {
    const centre = inLung[Math.floor(random() * inLung.length)];
    const at = [
      Math.floor(centre / (rows * columns)) * sz,
      (Math.floor(centre / columns) % rows) * sy,
      (centre % columns) * sx,
    ];
    const radius = 5 + 45 * random() ** 2;
    const flat = [0.6 + 0.8 * random(), 0.6 + 0.8 * random(), 0.6 + 0.8 * random()];
    const shape = smoothNoise(random);
    const texture = smoothNoise(random);
    const dense = isDense ? 0.35 + 0.6 * random() : 0.16 + 0.35 * random();
    const ragged = 0.3 + 0.5 * random();
    const soft = 0.06 + 0.25 * random();
    const grain = 3 + 6 * random();
    const uneven = 0.1 + 0.35 * random();
    const reach = radius * 1.9;
    const range = (centreMm: number, spacing: number, length: number) => [
      Math.max(0, Math.floor((centreMm - reach) / spacing)),
      Math.min(length, Math.ceil((centreMm + reach) / spacing) + 1),
    ];
    const [z0, z1] = range(at[0], sz, depth);
    const [y0, y1] = range(at[1], sy, rows);
    const [x0, x1] = range(at[2], sx, columns);
    for (let z = z0; z < z1; z++)
      for (let y = y0; y < y1; y++)
        for (let x = x0; x < x1; x++) {
          const i = (z * rows + y) * columns + x;
          if (lung[i] === 0) continue;
          const [dz, dy, dx] = [(z * sz - at[0]) / flat[0], (y * sy - at[1]) / flat[1], (x * sx - at[2]) / flat[2]];
          const r = Math.sqrt(dz * dz + dy * dy + dx * dx) / radius;
          if (r > 1.4) continue;
          const grainAt = radius * 0.45;
          const rim = 1 - r + ragged * shape((z * sz) / grainAt, (y * sy) / grainAt, (x * sx) / grainAt);
          const share = Math.min(1, Math.max(0, 0.5 + rim / (2 * soft)));
          if (share === 0) continue;
          const fill = Math.min(
            0.98,
            Math.max(0.08, dense * (1 + uneven * texture((z * sz) / grain, (y * sy) / grain, (x * sx) / grain))),
          );
          hu[i] = Math.round(hu[i] + share * fill * Math.max(0, fluidHu - hu[i]));
          if (share > 0.5) labels[i] = 1;
        }
  }
  return { volume: { grid, hu }, lungs: host.lungs, lesions: { grid, labels } };
}
