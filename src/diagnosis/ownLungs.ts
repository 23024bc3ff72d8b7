/** A lung mask that a reader brings, on the grid of the study it belongs to. */
import type { NiftiImage } from '../formats/nifti.ts';
import { labelComponents } from '../volume/components.ts';
import { voxelCount, voxelToLps, voxelVolumeMl, type Grid, type Mask, type Volume } from '../volume/grid.ts';

/** A mask that is brought is not looked at for cut or missing parts. */
export const ownLungsNote = {
  code: 'own-mask',
  message: 'The lungs are those of the reader’s own mask; they were neither found nor checked here.',
};

const [right, left] = [1, 2];
/** Of a part's voxels on one side of the middle: with less it reaches over both. */
const leastOnOneSide = 0.9;
/** Of all voxels: a part with less is no lung beside the other. */
const leastOfLung = 0.1;
/** Beyond these a mask that nobody called lungs is not taken for lungs. */
const plausible = { leastMl: 500, mostMl: 12_000, leastHu: -980, mostHu: -350 } as const;
/** Two grids are one where their outermost voxels lie within this share of a voxel. */
const sameVoxel = 0.5;

export type OwnMask =
  | { readonly kind: 'lungs'; readonly lungs: Mask }
  /** CT numbers, or another size: a study by itself. */
  | { readonly kind: 'no-mask' }
  | { readonly kind: 'refused'; readonly message: string };

const refused = (message: string) => ({ kind: 'refused', message }) as const;

export type MaskOnStudy =
  | { readonly kind: 'mask'; readonly mask: Mask }
  /** CT numbers: a study by itself. */
  | { readonly kind: 'no-mask' }
  | { readonly kind: 'refused'; readonly message: string };

/** Anything but 0 belongs to the mask, whatever its labels say. */
export function maskOnStudy({ grid, values }: NiftiImage, study: Grid): MaskOnStudy {
  if (!values.every((value) => Number.isInteger(value) && value >= 0)) return { kind: 'no-mask' };
  const misfit = misfitOf(grid, study);
  if (misfit) return refused(misfit);
  const labels = Uint8Array.from(values, (value) => (value === 0 ? 0 : 1));
  return labels.includes(1) ? { kind: 'mask', mask: { grid: study, labels } } : refused('The mask is empty.');
}

/** @param saidToBeLungs false: taken only where size and CT numbers are those of lungs */
export function lungsOfNifti({ grid, values }: NiftiImage, volume: Volume, saidToBeLungs: boolean): OwnMask {
  const isWhole = (value: number) => Number.isInteger(value) && value >= 0 && value <= 255;
  if (!values.every(isWhole)) return { kind: 'no-mask' };
  const misfit = misfitOf(grid, volume.grid);
  if (misfit) return refused(misfit);
  const lungs = partSides({ grid: volume.grid, labels: Uint8Array.from(values) });
  const voxels = lungs.labels.reduce((count, label) => count + (label === 0 ? 0 : 1), 0);
  if (voxels === 0) return refused('The mask is empty.');
  const hu = volume.hu.reduce((sum, value, i) => sum + (lungs.labels[i] === 0 ? 0 : value), 0) / voxels;
  const ml = voxels * voxelVolumeMl(grid);
  const { leastMl, mostMl, leastHu, mostHu } = plausible;
  if (!saidToBeLungs && (ml < leastMl || ml > mostMl || hu < leastHu || hu > mostHu)) {
    const words = `${Math.round(ml).toLocaleString('en')} ml with a mean of ${Math.round(hu)} HU`;
    return refused(
      `The mask does not look like lungs (${words}). If it is, open it as "Own lung mask"; if it is of lesions, put "lesion" into its name.`,
    );
  }
  return { kind: 'lungs', lungs };
}

/** Why a mask does not lie on the study's voxels; null where it does. */
function misfitOf(mask: Grid, study: Grid): string | null {
  const sizeOf = ({ shape: [depth, rows, columns] }: Grid) => `${columns} x ${rows} x ${depth}`;
  if (sizeOf(mask) !== sizeOf(study))
    return `The mask has ${sizeOf(mask)} voxels and the study ${sizeOf(study)}: it belongs to other images.`;
  const [depth, rows, columns] = study.shape;
  const mostMm = sameVoxel * Math.min(...study.spacingMm);
  const apartMm = Math.max(
    ...[
      [0, 0, 0],
      [depth - 1, rows - 1, columns - 1],
      [depth - 1, 0, 0],
      [0, rows - 1, 0],
    ].map(([z, y, x]) => {
      const [one, other] = [voxelToLps(mask, [z, y, x]), voxelToLps(study, [z, y, x])];
      return Math.hypot(one[0] - other[0], one[1] - other[1], one[2] - other[2]);
    }),
  );
  return apartMm > mostMm ? `The mask lies up to ${apartMm.toFixed(1)} mm beside the study's voxels.` : null;
}

/** Right and left by place, since masks number their lungs, lobes or both together in every way. Two labels, or else two
 *  connected parts, beside each other are the lungs, however large each is; all on one side of the picture is one lung.
 *  Otherwise a label that keeps to one side of the middle is of that side; one that does not, part by part; a part over
 *  both is cut in the middle.
 *  @param mask any number of labels, in reading order (x from the patient's right to the left)
 *  @returns 1 right, 2 left */
export function partSides({ grid, labels }: Mask): Mask {
  const [, , columns] = grid.shape;
  const sided = new Uint8Array(voxelCount(grid.shape));
  const take = (parts: ArrayLike<number>, { sides, middle }: Sides) => {
    for (let i = 0; i < sided.length; i++) {
      if (parts[i] !== 0) sided[i] = sides.get(parts[i]) || (i % columns < middle ? right : left);
    }
    return { grid, labels: sided };
  };
  const partsOf = (mask: Uint8Array) => labelComponents(mask, grid.shape, 26).labels;
  const asLabelled = besideEachOther(labels, columns);
  if (asLabelled) return take(labels, asLabelled);
  const all = labels.map((label) => (label === 0 ? 0 : 1));
  const parts = partsOf(all);
  const asConnected = besideEachOther(parts, columns);
  if (asConnected) return take(parts, asConnected);
  const alone = sidesOf(all, columns, columns / 2);
  if (alone.sides.get(1)) return take(all, alone);

  const middle = middleColumn(labels, columns);
  const ofLabels = sidesOf(labels, columns, middle);
  take(labels, ofLabels);
  const over = labels.map((label) => (label !== 0 && ofLabels.sides.get(label) === 0 ? 1 : 0));
  if (over.includes(1)) {
    const rest = partsOf(over);
    take(rest, sidesOf(rest, columns, middle));
  }
  return { grid, labels: sided };
}

interface Sides {
  /** Of each part; 0, or none, where it goes voxel by voxel. */
  readonly sides: ReadonlyMap<number, number>;
  /** Columns from here on are left. */
  readonly middle: number;
}

/** Two large parts, each of them nearly whole on its side of some column. null where there are no such two. */
function besideEachOther(parts: ArrayLike<number>, columns: number): Sides | null {
  const sizes = new Map<number, number>();
  let all = 0;
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === 0) continue;
    all++;
    sizes.set(parts[i], (sizes.get(parts[i]) ?? 0) + 1);
  }
  const large = [...sizes].filter(([, size]) => size >= leastOfLung * all);
  if (large.length !== 2) return null;
  const [[one, ofOne], [other, ofOther]] = large;
  const inColumn = [new Float64Array(columns), new Float64Array(columns)];
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === one) inColumn[0][i % columns] += 1 / ofOne;
    else if (parts[i] === other) inColumn[1][i % columns] += 1 / ofOther;
  }
  let best = { share: 0, middle: 0, first: one };
  let [oneBefore, otherBefore] = [0, 0];
  for (let middle = 1; middle < columns; middle++) {
    oneBefore += inColumn[0][middle - 1];
    otherBefore += inColumn[1][middle - 1];
    const [oneFirst, otherFirst] = [Math.min(oneBefore, 1 - otherBefore), Math.min(otherBefore, 1 - oneBefore)];
    const share = Math.max(oneFirst, otherFirst);
    if (share > best.share) best = { share, middle, first: oneFirst >= otherFirst ? one : other };
  }
  if (best.share < leastOnOneSide) return null;
  const sides = new Map([one, other].map((part) => [part, part === best.first ? right : left]));
  return { sides, middle: best.middle };
}

/** Between the outermost columns that hold anything. */
function middleColumn(labels: Uint8Array, columns: number): number {
  let [first, last] = [columns, -1];
  labels.forEach((label, i) => {
    if (label === 0) return;
    first = Math.min(first, i % columns);
    last = Math.max(last, i % columns);
  });
  return (first + last + 1) / 2;
}

/** The side of each part; 0 where it reaches over both. */
function sidesOf(parts: ArrayLike<number>, columns: number, middle: number): Sides {
  const counts = new Map<number, [number, number]>();
  for (let i = 0; i < parts.length; i++) {
    if (parts[i] === 0) continue;
    const count = counts.get(parts[i]) ?? [0, 0];
    count[i % columns < middle ? 0 : 1]++;
    counts.set(parts[i], count);
  }
  const side = ([onRight, onLeft]: [number, number]) => {
    const share = onRight / (onRight + onLeft);
    return share >= leastOnOneSide ? right : share <= 1 - leastOnOneSide ? left : 0;
  };
  return { sides: new Map([...counts].map(([part, count]) => [part, side(count)])), middle };
}
