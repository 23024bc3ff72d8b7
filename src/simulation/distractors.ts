/** What is dense, dark or grainy in a chest without being pneumonia. Each takes a host and gives another one; its lungs
 *  are the same unless it takes room from them. Sizes and places are drawn anew each time. */
import type { Volume } from '../volume/grid.ts';
import { drawSeed, normal, type Random } from '../volume/random.ts';
import { fillAirSpaces, spreadToRim } from './fillAirSpaces.ts';
import { measureNoise, noiseLike } from './hostNoise.ts';
import type { Host } from './lesions.ts';
import { placeOf, surveyLungs, type LungSpace, type PointMm } from './lungSpace.ts';
import { fractalNoise, smoothStep, valueNoise, wallDistance } from './smoothNoise.ts';

/** A host with something added. @throws RangeError where the mask holds no lung */
export type Distractor = (host: Host, random: Random) => Host;

/** By name, as a training log lists them. */
export const distractors: Readonly<Record<string, Distractor>> = {
  nodules,
  mass,
  atelectasis,
  expiration,
  emphysema,
  fibrosis,
  effusion,
  motion,
  beamHardening,
  extraNoise,
  contrast,
};

/** Up to eight solid nodules of 3 to 14 mm. */
export function nodules(host: Host, random: Random): Host {
  const count = 1 + Math.floor(8 * random() ** 2);
  return withBalls(
    host,
    Array.from({ length: count }, () => 1.5 + 5.5 * random() ** 2),
    0.12,
    random,
  );
}

/** One solid mass of 25 to 90 mm, most of them small, lobed, with spicules. */
export function mass(host: Host, random: Random): Host {
  return withBalls(host, [12 + 33 * random() ** 2], 0.3, random);
}

/** Lung collapsed by its own weight: a soft band along the back, most at the base. */
export function atelectasis(host: Host, random: Random): Host {
  const space = survey(host);
  const [thicknessMm, strength] = [5 + 12 * random(), 0.25 + 0.4 * random()];
  const uneven = fractalNoise(30, 3, drawSeed(random));
  const behind = mmToTheBack(space);
  return filled(host, space, random, (i, [z, y, x]) => {
    const side = space.sides[space.labels[i] === 1 ? 1 : 2];
    if (!side) return 0;
    const up = (z - side.low[0]) / Math.max(1, side.high[0] - side.low[0]);
    const back = (y - side.low[1]) / Math.max(1, side.high[1] - side.low[1]);
    const reach = thicknessMm * (1 + 0.4 * uneven(z, y, x)) * smoothStep(1.1, 0.1, up) * smoothStep(0.4, 0.7, back);
    return strength * smoothStep(reach, 0.2 * reach, behind[i]) * smoothStep(0, 3, reach);
  });
}

/** Lungs with less air in them, as in breathing out: denser everywhere, more so towards the back, with lobules that hold
 *  their air. */
export function expiration(host: Host, random: Random): Host {
  const space = survey(host);
  const [everywhere, atTheBack] = [0.02 + 0.18 * random(), 0.22 * random()];
  const [uneven, lobules] = [fractalNoise(45, 2, drawSeed(random)), fractalNoise(14, 1, drawSeed(random))];
  const trapping = random() < 0.5 ? 0.6 * random() : 0;
  return filled(host, space, random, (i, [z, y, x]) => {
    const side = space.sides[space.labels[i] === 1 ? 1 : 2];
    if (!side) return 0;
    const back = (y - side.low[1]) / Math.max(1, side.high[1] - side.low[1]);
    const share = (everywhere + atTheBack * back ** 2) * (1 + 0.3 * uneven(z, y, x));
    return share * (1 - trapping * smoothStep(0.1, 0.4, lobules(z, y, x)));
  });
}

/** Holes in the lobules, mostly of the upper lung. */
export function emphysema(host: Host, random: Random): Host {
  const space = survey(host);
  const [share, depth] = [0.2 + 0.9 * random(), 0.5 + 0.4 * random()];
  const holes = fractalNoise(9, 2, drawSeed(random));
  const regions = fractalNoise(60, 2, drawSeed(random));
  return darkened(host, space, (i, [z, y, x]) => {
    const side = space.sides[space.labels[i] === 1 ? 1 : 2];
    if (!side) return 0;
    const up = (z - side.low[0]) / Math.max(1, side.high[0] - side.low[0]);
    const level = holes(z, y, x) + 0.7 * regions(z, y, x) + 1.6 * (up - 0.6) + share - 1.2;
    return depth * smoothStep(0, 0.8, level);
  });
}

/** A coarse mesh under the pleura of the base, with cysts between its lines. */
export function fibrosis(host: Host, random: Random): Host {
  const space = survey(host);
  const walls = wallDistance(6 + 3 * random(), drawSeed(random));
  const uneven = fractalNoise(35, 2, drawSeed(random));
  const [reachMm, strength] = [8 + 14 * random(), 0.35 + 0.35 * random()];
  const lineMm = Math.max(0.9, 0.6 * host.volume.grid.spacingMm[1]);
  const presence = (i: number, [z, y, x]: PointMm) => {
    const side = space.sides[space.labels[i] === 1 ? 1 : 2];
    if (!side) return 0;
    const up = (z - side.low[0]) / Math.max(1, side.high[0] - side.low[0]);
    const reach = reachMm * (1 + 0.5 * uneven(z, y, x)) * smoothStep(0.9, 0.2, up);
    return smoothStep(reach, 0.5 * reach, space.depthMm[i]) * smoothStep(0, 4, reach);
  };
  const lined = filled(host, space, random, (i, at) => {
    const there = presence(i, at);
    return there === 0 ? 0 : there * strength * (0.25 + Math.exp(-((walls(...at) / lineMm) ** 2)));
  });
  return darkened(lined, space, (i, at) => {
    const there = presence(i, at);
    return there === 0 ? 0 : 0.7 * there * smoothStep(1.2 * lineMm, 2.2 * lineMm, walls(...at));
  });
}

/** Fluid behind one lung or both, its surface a little hollow; the mask of the lungs gives way to it. */
export function effusion(host: Host, random: Random): Host {
  const space = survey(host);
  const { volume, lungs } = host;
  const sides = random() < 0.4 ? [1, 2] : [random() < 0.5 ? 1 : 2];
  const [share, fluidHu] = [0.06 + 0.22 * random(), 4 + 14 * random()];
  const surface = fractalNoise(40, 2, drawSeed(random));
  const wet = new Float32Array(space.labels.length);
  forEachLungVoxel(space, (i, at) => {
    const label = space.labels[i];
    const side = space.sides[label === 1 ? 1 : 2];
    if (!side || !sides.includes(label)) return;
    const up = (at[0] - side.low[0]) / Math.max(1, side.high[0] - side.low[0]);
    const height = (side.high[1] - side.low[1]) * share * 1.6 * smoothStep(0.95, 0.2, up);
    const level = side.high[1] - height - 0.5 * Math.max(0, 18 - space.depthMm[i]) + 1.5 * surface(...at);
    if (height > 2) wet[i] = smoothStep(level - 1.2, level + 1.2, at[1]);
  });
  spreadToRim(wet, space);
  const hu = volume.hu.slice();
  const labels = lungs.labels.slice();
  const noise = measureNoise(volume);
  const tile = noiseLike(noise, random);
  forEachVoxel(space, (i, [z, y, x], inHost) => {
    if (wet[i] === 0 || hu[inHost] >= fluidHu) return;
    hu[inHost] = Math.round(hu[inHost] + wet[i] * (fluidHu + noise.sdHu * tile.at(z, y, x) - hu[inHost]));
    if (wet[i] > 0.5) labels[inHost] = 0;
  });
  return { volume: { ...volume, hu }, lungs: { ...lungs, labels } };
}

/** Breath or heartbeat while the slice was taken: each slice of a stretch is its own doubled, shifted picture. */
export function motion(host: Host, random: Random): Host {
  const { volume } = host;
  const [depth, rows, columns] = volume.grid.shape;
  const hu = volume.hu.slice();
  const draw = normal(random);
  const [from, length] = [Math.floor(depth * random() * 0.7), Math.ceil(depth * (0.15 + 0.3 * random()))];
  for (let z = from; z < Math.min(depth, from + length); z++) {
    const shift = (mm: number) => Math.round((2.2 * draw()) / mm);
    const [dy, dx] = [shift(volume.grid.spacingMm[1]), shift(volume.grid.spacingMm[2])];
    const weight = 0.25 + 0.25 * random();
    for (let y = Math.max(0, -dy); y < Math.min(rows, rows - dy); y++)
      for (let x = Math.max(0, -dx); x < Math.min(columns, columns - dx); x++) {
        const i = (z * rows + y) * columns + x;
        hu[i] = Math.round((1 - weight) * volume.hu[i] + weight * volume.hu[i + dy * columns + dx]);
      }
  }
  return { ...host, volume: { ...volume, hu } };
}

/** Dark and bright streaks across the slices of the shoulders, and shade beside the spine. */
export function beamHardening(host: Host, random: Random): Host {
  const { grid } = host.volume;
  const [sz, sy, sx] = grid.spacingMm;
  const [depth, rows] = grid.shape;
  const strength = 8 + 22 * random();
  const tilt = 0.12 * (2 * random() - 1);
  const streaks = valueNoise(3.2, drawSeed(random));
  const bands = valueNoise(26, drawSeed(random));
  const centre = depth * (random() < 0.7 ? 0.92 : random());
  const width = depth * (0.12 + 0.15 * random());
  return added(host, (z, y, x) => {
    const there = Math.exp(-(((z - centre) / width) ** 2));
    if (there < 0.03) return 0;
    const across = y * sy + tilt * x * sx;
    const middle = Math.exp(-((((y - rows / 2) * sy) / 70) ** 2));
    return strength * there * (0.8 * streaks(z * 9, across, 0) + 0.9 * bands(z * sz, across, 0)) * (0.4 + middle);
  });
}

/** As with less dose: the host's own grain, half as strong again to twice as strong. */
export function extraNoise(host: Host, random: Random): Host {
  const noise = measureNoise(host.volume);
  const tile = noiseLike(noise, random);
  const sdHu = noise.sdHu * (1.1 + 0.7 * random());
  return added(host, (z, y, x) => sdHu * tile.at(z, y, x));
}

/** Blood brightened as after an injection: vessels of the lungs, and soft tissue between the lungs. */
export function contrast(host: Host, random: Random): Host {
  const { volume, lungs } = host;
  const [depth, rows, columns] = volume.grid.shape;
  const hu = volume.hu.slice();
  const [inLungs, between] = [80 + 160 * random(), 50 + 130 * random()];
  const smooth = smoothedInPlane(volume);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const row = (z * rows + y) * columns;
      const [first, last] = gapBetweenLungs(lungs.labels, row, columns);
      for (let x = 0; x < columns; x++) {
        const i = row + x;
        if (lungs.labels[i] > 0) hu[i] += Math.round(inLungs * smoothStep(-450, 0, volume.hu[i]));
        else if (x > first && x < last)
          hu[i] += Math.round(between * smoothStep(5, 32, smooth[i]) * smoothStep(130, 80, smooth[i]));
      }
    }
  return { ...host, volume: { ...volume, hu } };
}

function survey(host: Host): LungSpace {
  const space = surveyLungs(host.lungs);
  if (!space) throw new RangeError('distractor: the mask holds no lung');
  return space;
}

/** Every voxel of the space's box: index there, in the host by axis, in the host. */
function forEachVoxel(
  { shape: [depth, rows, columns], start, grid }: LungSpace,
  visit: (i: number, inHost: readonly [z: number, y: number, x: number], host: number) => void,
): void {
  const [, hostRows, hostColumns] = grid.shape;
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        const [hz, hy, hx] = [z + start[0], y + start[1], x + start[2]];
        visit(i, [hz, hy, hx], (hz * hostRows + hy) * hostColumns + hx);
      }
}

function forEachLungVoxel(space: LungSpace, visit: (i: number, at: PointMm, host: number) => void): void {
  forEachVoxel(space, (i, _, host) => {
    if (space.labels[i] === 1 || space.labels[i] === 2) visit(i, placeOf(space, i), host);
  });
}

function filled(host: Host, space: LungSpace, random: Random, fillAt: (i: number, at: PointMm) => number): Host {
  const fill = new Float32Array(space.labels.length);
  forEachLungVoxel(space, (i, at) => (fill[i] = Math.min(1, Math.max(0, fillAt(i, at)))));
  spreadToRim(fill, space);
  return { ...host, volume: { ...host.volume, hu: fillAirSpaces(host.volume, space, fill, random) } };
}

function darkened(host: Host, space: LungSpace, shareAt: (i: number, at: PointMm) => number): Host {
  const hu = host.volume.hu.slice();
  forEachLungVoxel(space, (i, at, inHost) => {
    if (hu[inHost] < -700) hu[inHost] += Math.round(shareAt(i, at) * Math.min(0, -985 - hu[inHost]));
  });
  return { ...host, volume: { ...host.volume, hu } };
}

function added(host: Host, huAt: (z: number, y: number, x: number) => number): Host {
  const { volume } = host;
  const [depth, rows, columns] = volume.grid.shape;
  const hu = volume.hu.slice();
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++)
        if (hu[i] > -1000) hu[i] = Math.min(3071, Math.max(-1024, Math.round(hu[i] + huAt(z, y, x))));
  return { ...host, volume: { ...volume, hu } };
}

/** Solid balls within the lungs, their surface rough by this share of the radius. */
function withBalls(host: Host, radiiMm: readonly number[], roughness: number, random: Random): Host {
  const space = survey(host);
  const sides = Object.values(space.sides);
  const balls = radiiMm.map((radiusMm) => {
    const { sample } = sides[Math.floor(random() * sides.length)];
    const at = placeOf(space, sample[Math.floor(random() * sample.length)]);
    return { at, radiusMm, surface: fractalNoise(Math.max(4, 0.6 * radiusMm), 3, drawSeed(random)) };
  });
  const edgeMm = Math.max(0.8, 0.6 * host.volume.grid.spacingMm[1]);
  const solid = 0.92 + 0.08 * random();
  return filled(host, space, random, (_, at) => {
    let fill = 0;
    for (const ball of balls) {
      const distance = Math.hypot(at[0] - ball.at[0], at[1] - ball.at[1], at[2] - ball.at[2]);
      if (distance > 2 * ball.radiusMm + 4) continue;
      const border = ball.radiusMm * (1 + roughness * ball.surface(at[0], at[1], at[2]));
      fill = Math.max(fill, solid * smoothStep(border + edgeMm, border - edgeMm, distance));
    }
    return fill;
  });
}

/** From each voxel of the box straight back to the end of its lung. */
function mmToTheBack({ shape: [depth, rows, columns], labels, grid }: LungSpace): Float32Array {
  const result = new Float32Array(labels.length);
  for (let z = 0; z < depth; z++)
    for (let x = 0; x < columns; x++) {
      let behind = 0;
      for (let y = rows - 1; y >= 0; y--) {
        const i = (z * rows + y) * columns + x;
        const lung = labels[i] === 1 || labels[i] === 2;
        result[i] = lung ? (behind += grid.spacingMm[1]) : behind;
      }
    }
  return result;
}

/** Last voxel of the right lung and first of the left in a row; an empty gap where one of them is not met. */
function gapBetweenLungs(labels: Uint8Array, row: number, columns: number): [number, number] {
  let [right, left] = [-1, -1];
  for (let x = 0; x < columns; x++) if (labels[row + x] === 1) right = x;
  for (let x = columns - 1; x >= 0; x--) if (labels[row + x] === 2) left = x;
  return right < 0 || left < 0 ? [columns, -1] : [right, left];
}

/** Mean of 3 x 3 pixels. */
function smoothedInPlane({ grid, hu }: Volume): Float32Array {
  const columns = grid.shape[2];
  return Float32Array.from(hu, (value, i) => {
    let [sum, count] = [0, 0];
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) {
        const near = hu[i + dy * columns + dx];
        if (near === undefined) continue;
        sum += near;
        count++;
      }
    return count > 0 ? sum / count : value;
  });
}
