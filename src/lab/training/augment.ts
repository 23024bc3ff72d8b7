/** What CT allows to vary, done on the study's own grid so that the network's input is prepared afterwards in the one
 *  way there is: place and size in the plane, sides, slice thickness, dose, kernel, calibration, window. */
import { readingDirection, type Grid, type Mask, type Volume } from '../../volume/grid.ts';

/** A study and masks on its grid; anything but 0 is lung, or lesion. */
export interface LabelledStudy {
  readonly volume: Volume;
  readonly lungs: Mask;
  readonly lesions: Mask;
}

const airHu = -1024;
/** Where a change of gain leaves CT numbers alone: aerated lung. */
const lungHu = -870;

/** @param random numbers in [0, 1)
 *  @param singleSliceShare how often one slice stands for the study */
export function augment(study: LabelledStudy, random: () => number, singleSliceShare = 0.15): LabelledStudy {
  const chance = (share: number) => random() < share;
  const between = (low: number, high: number) => low + (high - low) * random();
  let result = placed(study, {
    isMirrored: chance(0.5),
    angle: (between(-12, 12) * Math.PI) / 180,
    scale: between(0.88, 1.12),
  });
  if (chance(singleSliceShare)) result = oneSliceRepeated(result, random);
  else if (chance(0.3)) result = thicker(result);
  const hu = Float32Array.from(result.volume.hu);
  if (chance(0.5)) filterInPlane(hu, result.volume.grid, between(-0.25, 0.6));
  const gain = between(0.92, 1.08);
  const offset = between(-30, 30);
  const noise = chance(0.6) ? noiseOf(random, between(0, 45)) : () => 0;
  const isWindowed = chance(0.4);
  const low = isWindowed ? between(-1350, -1050) : -1400;
  const high = isWindowed ? between(60, 250) : 3071;
  for (let i = 0; i < hu.length; i++) {
    const value = lungHu + (hu[i] - lungHu) * gain + offset + noise();
    hu[i] = Math.min(high, Math.max(low, value));
  }
  return { ...result, volume: { grid: result.volume.grid, hu: Int16Array.from(hu, Math.round) } };
}

export interface Placement {
  readonly isMirrored: boolean;
  /** Radians, in the plane. */
  readonly angle: number;
  readonly scale: number;
}

/** The study turned, scaled and mirrored about the middle of its slices; linear for CT numbers, nearest for masks. */
export function placed(study: LabelledStudy, { isMirrored, angle, scale }: Placement): LabelledStudy {
  const { grid, hu } = study.volume;
  const [depth, rows, columns] = grid.shape;
  const [, sy, sx] = grid.spacingMm;
  const result = {
    hu: new Int16Array(hu.length),
    lungs: new Uint8Array(hu.length),
    lesions: new Uint8Array(hu.length),
  };
  const [cosine, sine] = [Math.cos(angle) / scale, Math.sin(angle) / scale];
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const dy = (y - (rows - 1) / 2) * sy;
      const dx = (x - (columns - 1) / 2) * sx * (isMirrored ? -1 : 1);
      const v = (sine * dx + cosine * dy) / sy + (rows - 1) / 2;
      const u = (cosine * dx - sine * dy) / sx + (columns - 1) / 2;
      const [v0, u0] = [Math.floor(v), Math.floor(u)];
      const isInside = v0 >= 0 && u0 >= 0 && v0 + 1 < rows && u0 + 1 < columns;
      const [b, a] = [v - v0, u - u0];
      const nearest = Math.round(v) * columns + Math.round(u);
      for (let z = 0; z < depth; z++) {
        const slice = z * rows * columns;
        const to = slice + y * columns + x;
        if (!isInside) {
          result.hu[to] = airHu;
          continue;
        }
        const from = slice + v0 * columns + u0;
        const upper = (1 - a) * hu[from] + a * hu[from + 1];
        const lower = (1 - a) * hu[from + columns] + a * hu[from + columns + 1];
        result.hu[to] = Math.round((1 - b) * upper + b * lower);
        result.lungs[to] = study.lungs.labels[slice + nearest];
        result.lesions[to] = study.lesions.labels[slice + nearest];
      }
    }
  return onGrid(grid, result.hu, result.lungs, result.lesions);
}

const onGrid = (grid: Grid, hu: Int16Array, lungs: Uint8Array, lesions: Uint8Array): LabelledStudy => ({
  volume: { grid, hu },
  lungs: { grid, labels: lungs },
  lesions: { grid, labels: lesions },
});

/** Slices of twice the thickness, at the old distance. */
function thicker({ volume: { grid, hu }, lungs, lesions }: LabelledStudy): LabelledStudy {
  const area = grid.shape[1] * grid.shape[2];
  const thick = hu.map((value, i) => (i + area < hu.length ? (value + hu[i + area]) / 2 : value));
  return { volume: { grid, hu: thick }, lungs, lesions };
}

const repeats = 24;

/** What a single picture gives when it is read as a study. */
export function repeated({ volume, lungs, lesions }: LabelledStudy, z: number): LabelledStudy {
  const [, rows, columns] = volume.grid.shape;
  const area = rows * columns;
  const grid: Grid = {
    shape: [repeats, rows, columns],
    spacingMm: [5, volume.grid.spacingMm[1], volume.grid.spacingMm[2]],
    originMm: [0, 0, 0],
    direction: readingDirection,
  };
  const again = <T extends Int16Array | Uint8Array>(values: T, into: T): T => {
    for (let k = 0; k < repeats; k++) into.set(values.subarray(z * area, (z + 1) * area), k * area);
    return into;
  };
  return onGrid(
    grid,
    again(volume.hu, new Int16Array(repeats * area)),
    again(lungs.labels, new Uint8Array(repeats * area)),
    again(lesions.labels, new Uint8Array(repeats * area)),
  );
}

/** Of so many slices with lungs the one with most disease: nobody picks a picture at random. */
const slicesToPickFrom = 3;

/** A slice of the study that shows lungs, alone. */
function oneSliceRepeated(study: LabelledStudy, random: () => number): LabelledStudy {
  const [depth, rows, columns] = study.volume.grid.shape;
  const area = rows * columns;
  const marked = ({ labels }: Mask, z: number) =>
    labels.subarray(z * area, (z + 1) * area).reduce((sum, label) => sum + Math.min(label, 1), 0);
  const withLungs: number[] = [];
  for (let tries = 0; tries < 20 && withLungs.length < slicesToPickFrom; tries++) {
    const z = Math.floor(random() * depth);
    if (marked(study.lungs, z) > area / 20) withLungs.push(z);
  }
  const best = withLungs.sort((a, b) => marked(study.lesions, b) - marked(study.lesions, a)).at(0);
  return best === undefined ? study : repeated(study, best);
}

/** Blends every pixel with the mean of its four neighbours: softer for a positive share, sharper for a negative. */
function filterInPlane(hu: Float32Array, { shape: [depth, rows, columns] }: Grid, share: number): void {
  const above = new Float32Array(columns);
  const line = new Float32Array(columns);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const at = (z * rows + y) * columns;
      line.set(hu.subarray(at, at + columns));
      if (y > 0 && y + 1 < rows) {
        for (let x = 1; x + 1 < columns; x++) {
          const mean = (line[x - 1] + line[x + 1] + above[x] + hu[at + columns + x]) / 4;
          hu[at + x] = (1 - share) * line[x] + share * mean;
        }
      }
      above.set(line);
    }
}

/** Numbers near normal with the deviation given: three uniform ones, summed. */
function noiseOf(random: () => number, deviation: number): () => number {
  return () => (random() + random() + random() - 1.5) * 2 * deviation;
}
