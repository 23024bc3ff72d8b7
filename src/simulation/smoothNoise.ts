/** Fields for shapes and textures: functions of a point in millimetres, without borders and without memory. */

/** A value at [z, y, x] mm. */
export type Field = (z: number, y: number, x: number) => number;

/** Integer hash of a lattice point to [0, 1) (the finaliser of MurmurHash3 over three multiplied coordinates). */
function hash(z: number, y: number, x: number, seed: number): number {
  let h = Math.imul(z, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(x, 0x9e3779b1) ^ seed;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

const ease = (t: number) => t * t * (3 - 2 * t);

const side = 64;
const mask = side - 1;
/** Random values on a cube's lattice, repeated; a noise is this at its own offset and scale. */
const lattice = Float32Array.from({ length: side ** 3 }, (_, i) => hash(i, 0, 0, 1) - 0.5);

/** Value noise: random values on a lattice of cellMm, eased between; mean 0, variance about 1. The lattice stands
 *  askew, so that its cubes do not show as squares in a slice. */
export function valueNoise(cellMm: number, seed: number): Field {
  /** Uniform values have variance 1/12; easing between eight of them leaves about two fifths of it. */
  const scale = Math.sqrt(12 * 2.5);
  const [oz, oy, ox] = [0, 1, 2].map((axis) => side * (1 + hash(axis, 0, 0, seed)));
  return (z, y, x) => {
    const pz = (0.64 * z - 0.48 * y + 0.6 * x) / cellMm + oz;
    const py = (0.6 * z + 0.8 * y) / cellMm + oy;
    const px = (-0.48 * z + 0.36 * y + 0.8 * x) / cellMm + ox;
    const iz = Math.floor(pz);
    const iy = Math.floor(py);
    const ix = Math.floor(px);
    const fz = ease(pz - iz);
    const fy = ease(py - iy);
    const fx = ease(px - ix);
    const x0 = ix & mask;
    const x1 = (ix + 1) & mask;
    const z0 = (iz & mask) * side;
    const z1 = ((iz + 1) & mask) * side;
    const y0 = iy & mask;
    const y1 = (iy + 1) & mask;
    const a = (z0 + y0) * side;
    const b = (z0 + y1) * side;
    const c = (z1 + y0) * side;
    const d = (z1 + y1) * side;
    const va = lattice[a + x0] + fx * (lattice[a + x1] - lattice[a + x0]);
    const vb = lattice[b + x0] + fx * (lattice[b + x1] - lattice[b + x0]);
    const vc = lattice[c + x0] + fx * (lattice[c + x1] - lattice[c + x0]);
    const vd = lattice[d + x0] + fx * (lattice[d + x1] - lattice[d + x0]);
    const low = va + fy * (vb - va);
    return scale * (low + fz * (vc + fy * (vd - vc) - low));
  };
}

/** Octaves of value noise, each of half the cell and 0.6 of the height of the one before; variance about 1. */
export function fractalNoise(cellMm: number, octaves: number, seed: number): Field {
  const layers = Array.from({ length: octaves }, (_, i) => valueNoise(cellMm / 2 ** i, seed + 7919 * i));
  const heights = layers.map((_, i) => 0.6 ** i);
  const scale = 1 / Math.hypot(...heights);
  return (z, y, x) => {
    let sum = 0;
    for (let i = 0; i < octaves; i++) sum += heights[i] * layers[i](z, y, x);
    return sum * scale;
  };
}

/** Millimetres to the nearest wall between cells of about cellMm (Voronoi cells of one random point per lattice cube),
 *  the shape of secondary lobules and of the mesh within them. */
export function wallDistance(cellMm: number, seed: number): Field {
  return (z, y, x) => {
    const [pz, py, px] = [z / cellMm, y / cellMm, x / cellMm];
    const [iz, iy, ix] = [Math.floor(pz), Math.floor(py), Math.floor(px)];
    let [nearest, second] = [Infinity, Infinity];
    for (let cz = iz - 1; cz <= iz + 1; cz++)
      for (let cy = iy - 1; cy <= iy + 1; cy++)
        for (let cx = ix - 1; cx <= ix + 1; cx++) {
          const dz = cz + hash(cz, cy, cx, seed) - pz;
          const dy = cy + hash(cz, cy, cx, seed + 1) - py;
          const dx = cx + hash(cz, cy, cx, seed + 2) - px;
          const distance = dz * dz + dy * dy + dx * dx;
          if (distance < nearest) [nearest, second] = [distance, nearest];
          else if (distance < second) second = distance;
        }
    return ((Math.sqrt(second) - Math.sqrt(nearest)) / 2) * cellMm;
  };
}

/** 0 below the first edge, 1 above the second, eased between (either edge may be the greater). */
export function smoothStep(from: number, to: number, value: number): number {
  return ease(Math.min(1, Math.max(0, (value - from) / (to - from))));
}
