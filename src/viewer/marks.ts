/** Rulers and regions: measured on the study's own numbers, never on what the screen shows. */
import type { Volume } from '../volume/grid.ts';
import type { Measurement, PlaneName } from './contract.ts';
import type { Mark, Model } from './model.ts';
import { cutOf, planes } from './planes.ts';

type Ends = Mark['ends'];

/** Shorter than this is a slip of the hand. */
const shortestMm = 1;

export function lengthMm([from, to]: Ends): number {
  return Math.hypot(to[0] - from[0], to[1] - from[1]);
}

/** All voxels of the slice whose centre lies in the rectangle or on its edge; null where there are none.
 *  The standard deviation is that of the voxels themselves (divided by their number). */
export function measureRegion(
  { grid, hu }: Volume,
  planeName: PlaneName,
  index: number,
  ends: Ends,
): Measurement['region'] | null {
  const plane = planes[planeName];
  const cut = cutOf(plane, grid.shape, index);
  const spacing = [grid.spacingMm[plane.across], grid.spacingMm[plane.down]] as const;
  const range = (i: 0 | 1, count: number) => {
    const [low, high] = [ends[0][i], ends[1][i]].sort((a, b) => a - b);
    return [Math.max(0, Math.ceil(low / spacing[i])), Math.min(count - 1, Math.floor(high / spacing[i]))] as const;
  };
  const [[left, right], [top, bottom]] = [range(0, cut.columns), range(1, cut.rows)];
  let [voxels, sum, squares, minHu, maxHu] = [0, 0, 0, Infinity, -Infinity];
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const value = hu[cut.start + row * cut.rowStep + column * cut.columnStep];
      voxels++;
      sum += value;
      squares += value * value;
      minHu = Math.min(minHu, value);
      maxHu = Math.max(maxHu, value);
    }
  }
  if (voxels === 0) return null;
  const meanHu = sum / voxels;
  const sdHu = Math.sqrt(Math.max(0, squares / voxels - meanHu * meanHu));
  return { areaMm2: voxels * spacing[0] * spacing[1], voxels, meanHu, sdHu, minHu, maxHu };
}

/** The mark between two places of a cut, with its numbers. */
export function measured(volume: Volume, mark: Pick<Mark, 'id' | 'kind' | 'plane' | 'index'>, ends: Ends): Mark {
  if (mark.kind === 'ruler') return { ...mark, ends, lengthMm: lengthMm(ends) };
  return { ...mark, ends, region: measureRegion(volume, mark.plane, mark.index, ends) ?? undefined };
}

/** Whether a finished mark is worth keeping. */
export function isMeant(mark: Mark): boolean {
  return lengthMm(mark.ends) >= shortestMm && (mark.kind === 'ruler' || mark.region !== undefined);
}

/** What stands beside a mark. */
export function labelOf({ lengthMm: length, region }: Mark): readonly string[] {
  if (length !== undefined) return [`${length.toFixed(1)} mm`];
  if (!region) return [];
  const whole = (value: number) => value.toFixed(0);
  return [
    `${whole(region.meanHu)} ± ${whole(region.sdHu)} HU`,
    `${whole(region.minHu)} to ${whole(region.maxHu)} HU`,
    `${(region.areaMm2 / 100).toFixed(2)} cm²`,
  ];
}

type Point = Ends[number];

/** The mark of this slice that has an end or a corner near a point, turned so that this one comes last and
 *  follows the hand; null if there is none. */
export function grabbed(marks: readonly Mark[], on: Pick<Mark, 'plane' | 'index'>, at: Point, reachMm: number) {
  for (const mark of marks.filter(({ plane, index }) => plane === on.plane && index === on.index)) {
    const [a, b] = mark.ends;
    const [c, d]: Ends = [
      [a[0], b[1]],
      [b[0], a[1]],
    ];
    const ways: readonly Ends[] =
      mark.kind === 'ruler'
        ? [
            [a, b],
            [b, a],
          ]
        : [
            [a, b],
            [b, a],
            [c, d],
            [d, c],
          ];
    const ends = ways.find(([, last]) => lengthMm([last, at]) <= reachMm);
    if (ends) return { ...mark, ends };
  }
  return null;
}

/** The marks with one more, or with this one in the place of the one it grew from. */
export const including = (marks: readonly Mark[], mark: Mark): readonly Mark[] => [
  ...marks.filter(({ id }) => id !== mark.id),
  mark,
];

type Marks = Pick<Model, 'marks' | 'marksBefore' | 'marksAfter'>;

/** A step that can be taken back. */
export function withMarks(model: Marks, marks: readonly Mark[]): Marks {
  return { marks, marksBefore: [...model.marksBefore, model.marks], marksAfter: [] };
}

/** One step back, or forward again; nothing changes where there is none. */
export function undone({ marks, marksBefore, marksAfter }: Marks): Marks {
  const before = marksBefore.at(-1);
  if (!before) return { marks, marksBefore, marksAfter };
  return { marks: before, marksBefore: marksBefore.slice(0, -1), marksAfter: [marks, ...marksAfter] };
}

export function redone({ marks, marksBefore, marksAfter }: Marks): Marks {
  const [after, ...rest] = marksAfter;
  if (!after) return { marks, marksBefore, marksAfter };
  return { marks: after, marksBefore: [...marksBefore, marks], marksAfter: rest };
}
