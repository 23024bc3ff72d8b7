/** From the headers of a stack to where every voxel lies, before anything is decoded: what order the slices take, what
 *  has to be corrected, and what cannot be read. Numbers only. */
import { cross, dot, readingDirection, voxelCount, type Grid, type LpsPoint } from '../../volume/grid.ts';
import { nearestAxes, readingGrid, type SourceAxes } from '../axisOrder.ts';
import type { AxisOrder, GeometryNote, NoteCode, Refusal, RefusalCode } from '../series.ts';
import type { FrameHeader } from './frameHeader.ts';

/** Thresholds, in one place; docs/reading.md says why. */
export const limits = {
  leastSlices: 3,
  /** Twice the finest CT of a whole body. */
  mostSlices: 10_000,
  leastCoverageMm: 50,
  /** Directions of slices nearer than this, as vectors, are one: a degree. */
  sameDirection: 0.017,
  /** Slices further apart are not one volume. */
  mostSpacingMm: 15,
  /** A gap in the slices that is filled from both sides. */
  mostBridgedMm: 15,
  leastPixels: 16,
  /** Twice the finest matrix of a CT; a codec takes memory for a picture before it is known to be there. */
  mostPixels: 4096,
  pixelSpacingMm: { least: 0.05, most: 10 },
  mostVoxels: 2 ** 30,
  /** An upright volume around a stack that leans has empty corners; around slices scattered in space it is mostly empty. */
  mostEmptiness: 8,
  /** Two slices nearer than this are the same place. */
  sameMm: 0.01,
  /** A slice off its even place by more than this part of a step, and by more than headers round, is uneven. */
  unevenPart: 0.02,
  roundingMm: 0.06,
  /** Missing slices of all that should be there. */
  mostMissingPart: 0.1,
  /** A padding value between these, in HU, would cut holes into a patient. */
  tissueHu: { least: -900, most: 4000 },
  /** Directions nearer than this to the patient's axes stand for them. */
  obliqueDegrees: 1,
  /** A stack that leans by more than this over its whole length is sheared back. */
  leanMm: 1,
} as const;

/** Slices in rising order along `normal`; all as stored, rows x columns. */
export interface Stack {
  readonly rows: number;
  readonly columns: number;
  readonly pixelSpacingMm: readonly [rows: number, columns: number];
  /** Of growing columns, of growing rows, and of the order of slices: orthonormal. */
  readonly row: LpsPoint;
  readonly column: LpsPoint;
  readonly normal: LpsPoint;
  /** Of each slice's first pixel. */
  readonly origins: readonly LpsPoint[];
  /** Of each slice along the normal, rising. */
  readonly along: readonly number[];
}

export interface ReadPlan {
  readonly kind: 'plan';
  /** One header for each slice of the stack. */
  readonly frames: readonly FrameHeader[];
  readonly stack: Stack;
  /** How the stack's columns, rows and slices run in a volume in reading order. */
  readonly order: AxisOrder;
  /** The stack in reading order as though it were even and upright: what can be shown before it is corrected. */
  readonly stackGrid: Grid;
  /** Where the volume lies: in reading order. */
  readonly grid: Grid;
  /** Whether the volume's voxels are the stack's own, in another order at most: `grid` is then `stackGrid`. */
  readonly isExact: boolean;
  readonly notes: readonly GeometryNote[];
}

const refused = (code: RefusalCode, message: string): Refusal => ({ kind: 'refused', code, message });
const note = (code: NoteCode, severity: GeometryNote['severity'], message: string): GeometryNote => ({
  code,
  severity,
  message,
});

const minus = (a: LpsPoint, b: LpsPoint): LpsPoint => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const norm = (a: LpsPoint) => Math.hypot(a[0], a[1], a[2]);
const unit = (a: LpsPoint): LpsPoint => {
  const length = norm(a);
  return [a[0] / length, a[1] / length, a[2] / length];
};
const isFinitePoint = (point: LpsPoint | null): point is LpsPoint => point !== null && point.every(Number.isFinite);
const mm = (value: number) => `${Number(value.toFixed(value < 10 ? 1 : 0))} mm`;

/** @param frames of one series, in any order */
export function planReading(frames: readonly FrameHeader[]): ReadPlan | Refusal {
  const first = frames[0];
  if (frames.length < limits.leastSlices) return tooFew(frames.length);
  if (frames.length > limits.mostSlices) {
    return refused('too-large', `The series holds ${frames.length} slices; at most ${limits.mostSlices} are read.`);
  }
  const directions = directionsOf(frames);
  if ('kind' in directions) return directions;
  const problem = problemOfPixels(frames);
  if (problem) return problem;
  const spacing = first.pixelSpacingMm as readonly [number, number];
  const notes: GeometryNote[] = [];
  const placed = withoutUnplaced(frames, notes);
  if ('kind' in placed) return placed;
  const sorted = withoutDuplicates(withoutFalsePadding(placed, notes), directions.normal, notes);
  if ('kind' in sorted) return sorted;
  if (sorted.length < limits.leastSlices) return tooFew(sorted.length);

  const origins = sorted.map(({ positionMm }) => positionMm as LpsPoint);
  const steps = stepsOf(
    origins.map((origin) => dot(origin, directions.normal)),
    notes,
  );
  if ('kind' in steps) return steps;
  const stack: Stack = {
    rows: first.layout.rows,
    columns: first.layout.columns,
    pixelSpacingMm: spacing,
    ...directions,
    origins,
    along: steps.along,
  };
  notes.push(...remarks(sorted, steps.usual));
  const plan = placeVolume(stack, sorted, steps, notes);
  return problemOfSize(stack, steps.usual, plan.grid) ?? plan;
}

function problemOfSize({ along, rows, columns }: Stack, usual: number, { shape, spacingMm }: Grid): Refusal | null {
  const coverage = Math.min(along[along.length - 1] - along[0] + usual, shape[0] * spacingMm[0]);
  if (coverage < limits.leastCoverageMm - limits.sameMm) {
    return refused(
      'too-little-coverage',
      `The slices cover ${mm(coverage)} of the body; at least ${limits.leastCoverageMm} mm are needed to read a chest.`,
    );
  }
  if (voxelCount(shape) > limits.mostVoxels) {
    return refused('too-large', 'The series holds more voxels than this page can keep in memory.');
  }
  if (voxelCount(shape) > limits.mostEmptiness * along.length * rows * columns) {
    return refused('bad-orientation', 'The slices lie too far out of line to be one volume.');
  }
  return null;
}

const tooFew = (count: number) =>
  refused(
    'too-few-slices',
    `The series holds ${count} slice${count === 1 ? '' : 's'}; at least ${limits.leastSlices} are needed.`,
  );

function directionsOf(frames: readonly FrameHeader[]): Pick<Stack, 'row' | 'column' | 'normal'> | Refusal {
  const { orientation } = frames[0];
  if (!orientation || !isFinitePoint(orientation.row) || !isFinitePoint(orientation.column)) {
    return refused(
      'bad-orientation',
      'The headers do not say how the slices lie in the patient: left and right are unknown.',
    );
  }
  const { row, column } = orientation;
  const isUnit = [norm(row), norm(column)].every((length) => Math.abs(length - 1) < 0.01);
  if (!isUnit || Math.abs(dot(row, column)) > 0.01) {
    return refused('bad-orientation', 'The directions that the headers give for rows and columns cannot be true.');
  }
  const other = frames.find(
    ({ orientation: o }) =>
      !o || Math.max(norm(minus(o.row, row)), norm(minus(o.column, column))) > limits.sameDirection,
  );
  if (other) return refused('mixed-orientation', 'The slices of this series lie in different directions.');
  const right = unit(row);
  const down = unit(minus(column, scaledBy(right, dot(column, right))));
  return { row: right, column: down, normal: cross(right, down) };
}

const scaledBy = (a: LpsPoint, factor: number): LpsPoint => [a[0] * factor, a[1] * factor, a[2] * factor];

function problemOfPixels(frames: readonly FrameHeader[]): Refusal | null {
  const { layout, pixelSpacingMm: spacing } = frames[0];
  const { least, most } = limits.pixelSpacingMm;
  const { leastPixels, mostPixels } = limits;
  if ([layout.rows, layout.columns].some((side) => side < leastPixels || side > mostPixels)) {
    return refused('unreadable', `Slices of ${layout.columns} x ${layout.rows} pixels are no CT.`);
  }
  if (!spacing || !spacing.every((side) => side >= least && side <= most)) {
    return refused('no-spacing', 'The headers do not say how large a pixel is, or say it wrongly.');
  }
  if (frames.some(({ layout: { rows, columns } }) => rows !== layout.rows || columns !== layout.columns)) {
    return refused('mixed-matrix', 'The slices of this series have different sizes.');
  }
  const differs = ({ pixelSpacingMm: other }: FrameHeader) =>
    !other || Math.abs(other[0] - spacing[0]) > 1e-3 || Math.abs(other[1] - spacing[1]) > 1e-3;
  if (frames.some(differs))
    return refused('mixed-spacing', 'The slices of this series have pixels of different sizes.');
  if (frames.some(({ hasModalityTable, rescale }) => hasModalityTable && !rescale)) {
    return refused(
      'not-hu',
      'Its values become Hounsfield units by a table (Modality LUT); such a series is not read.',
    );
  }
  const unitOfValues = frames.find(({ rescaleType }) => rescaleType && !/^(HU|US)$/i.test(rescaleType));
  if (unitOfValues) {
    return refused(
      'not-hu',
      `The values are given in ${unitOfValues.rescaleType.slice(0, 16)}, not in Hounsfield units.`,
    );
  }
  return null;
}

/** As many slices may lack a place as may be unreadable: the gap that each leaves is filled like any other. */
function withoutUnplaced(frames: readonly FrameHeader[], notes: GeometryNote[]): readonly FrameHeader[] | Refusal {
  const placed = frames.filter(({ positionMm }) => isFinitePoint(positionMm));
  const count = frames.length - placed.length;
  if (count > mostFaulty(frames.length)) {
    return refused('no-position', 'The headers do not say where each slice lies; a volume cannot be put together.');
  }
  if (count > 0) {
    const words = count === 1 ? 'The header of 1 slice does' : `The headers of ${count} slices do`;
    notes.push(note('unplaced-slices', 'corrected', `${words} not say where it lies: left out.`));
  }
  return placed;
}

/** Of so many slices, how many may be at fault before the series is refused. */
export const mostFaulty = (count: number) => Math.max(2, limits.mostMissingPart * count);

/** A header may call padding what is tissue as well: 0 in a picture of whole HU is water. */
function withoutFalsePadding(frames: readonly FrameHeader[], notes: GeometryNote[]): readonly FrameHeader[] {
  const { least, most } = limits.tissueHu;
  const huOf = ({ padding, rescale }: FrameHeader) => {
    const { slope, intercept } = rescale ?? { slope: 1, intercept: 0 };
    return padding && [padding.least, padding.most].map((value) => value * slope + intercept).sort((a, b) => a - b);
  };
  const isFalse = (frame: FrameHeader) => {
    const ends = huOf(frame);
    return ends !== undefined && ends[0] <= most && ends[1] >= least;
  };
  const first = frames.find(isFalse);
  if (!first) return frames;
  const words = [...new Set(huOf(first))].map((hu) => Math.round(hu)).join(' to ');
  const message = `The headers call ${words} HU padding, which tissue has as well; it was taken as measured.`;
  notes.push(note('padding-in-tissue', 'warning', message));
  return frames.map((frame) => (isFalse(frame) ? { ...frame, padding: undefined } : frame));
}

/** Slices by rising place; of several at one place the first is kept. */
function withoutDuplicates(
  frames: readonly FrameHeader[],
  normal: LpsPoint,
  notes: GeometryNote[],
): FrameHeader[] | Refusal {
  const placed = frames
    .map((frame) => ({ frame, along: dot(frame.positionMm as LpsPoint, normal) }))
    .sort((a, b) => a.along - b.along || (a.frame.instanceNumber ?? 0) - (b.frame.instanceNumber ?? 0));
  const places: FrameHeader[][] = [];
  placed.forEach(({ frame, along }, i) => {
    if (i > 0 && along - placed[i - 1].along <= limits.sameMm) places[places.length - 1].push(frame);
    else places.push([frame]);
  });
  const copies = copiesIn(places);
  const others = placed.length - places.length - copies;
  if (others > placed.length / 4) {
    return refused(
      'overlapping-stacks',
      'The series holds several pictures of most places (phases or reconstructions) that the headers do not tell apart.',
    );
  }
  if (copies > 0) {
    const words = copies === 1 ? '1 picture is a copy of another and was' : `${copies} pictures are copies and were`;
    notes.push(note('duplicates-dropped', 'info', `${words} left out.`));
  }
  if (others > 0) {
    const words =
      others === 1
        ? 'At 1 place there are two different slices; the first was'
        : `At ${others} places there is more than one slice; the first of each was`;
    notes.push(note('duplicates-dropped', 'corrected', `${words} kept.`));
  }
  return places.map(([first]) => first);
}

/** How many pictures are there twice under one identifier. One that stands at several places identifies nothing. */
function copiesIn(places: readonly (readonly FrameHeader[])[]): number {
  const nameOf = ({ sopInstanceUid, frame }: FrameHeader) => sopInstanceUid && `${sopInstanceUid} ${frame}`;
  const placesOf = new Map<string, number>();
  for (const place of places) {
    for (const name of new Set(place.map(nameOf))) placesOf.set(name, (placesOf.get(name) ?? 0) + 1);
  }
  const copiesAt = ([first, ...rest]: readonly FrameHeader[]) => {
    const name = nameOf(first);
    return name && placesOf.get(name) === 1 ? rest.filter((frame) => nameOf(frame) === name).length : 0;
  };
  return places.reduce((sum, place) => sum + copiesAt(place), 0);
}

interface Steps {
  readonly usual: number;
  readonly isEven: boolean;
  /** Of each slice; where only slices are missing, or headers round, those of an even stack. */
  readonly along: readonly number[];
}

/** @param places of the slices along the normal, rising */
function stepsOf(places: readonly number[], notes: GeometryNote[]): Steps | Refusal {
  const steps = places.slice(1).map((place, i) => place - places[i]);
  const median = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)];
  if (median > limits.mostSpacingMm) {
    return refused(
      'slices-too-far-apart',
      `The slices lie ${mm(median)} apart; more than ${limits.mostSpacingMm} mm leaves too much unseen.`,
    );
  }
  // The number each slice would have in an even stack. Headers round, so that a single step says little.
  const numbers = [0];
  for (const step of steps) numbers.push(numbers[numbers.length - 1] + Math.max(1, Math.round(step / median)));
  const last = places.length - 1;
  const usual = (places[last] - places[0]) / numbers[last];
  const even = numbers.map((number) => places[0] + number * usual);
  const slack = Math.max(limits.unevenPart * usual, limits.roundingMm);
  const isEven = places.every((place, i) => Math.abs(place - even[i]) <= slack);
  const missing = numbers[last] - last;
  if (missing > 0) {
    const largest = Math.max(...steps);
    const words = missing === 1 ? '1 slice is missing' : `${missing} slices are missing`;
    if (largest > limits.mostBridgedMm || missing > limits.mostMissingPart * (numbers[last] + 1)) {
      return refused(
        'missing-slices',
        `${words}: a gap of ${mm(largest)} in slices that lie ${mm(median)} apart is too much to bridge.`,
      );
    }
    notes.push(
      note('missing-slices', 'corrected', `${words} (largest gap ${mm(largest)}) and filled in from the neighbours.`),
    );
  } else if (!isEven) {
    const [least, most] = [Math.min(...steps), Math.max(...steps)];
    notes.push(
      note(
        'uneven-slices',
        'corrected',
        `The slices lie ${mm(least)} to ${mm(most)} apart and were resampled to even steps of ${mm(median)}.`,
      ),
    );
  }
  return isEven
    ? { usual, isEven: missing === 0, along: even }
    : { usual: missing > 0 ? usual : median, isEven: false, along: places };
}

function remarks(frames: readonly FrameHeader[], usual: number): GeometryNote[] {
  const [{ thicknessMm, rescale }] = frames;
  const notes: GeometryNote[] = [];
  if (thicknessMm !== null && thicknessMm > 0 && thicknessMm < 0.7 * usual) {
    notes.push(
      note(
        'gaps-between-slices',
        'warning',
        `Slices of ${mm(thicknessMm)} lie ${mm(usual)} apart: what lies between them was not recorded.`,
      ),
    );
  }
  if (usual > 5.5)
    notes.push(note('thick-slices', 'warning', `Slices of ${mm(usual)}: small lesions may not be seen.`));
  if (frames.some((frame) => frame.rescale === null)) {
    notes.push(
      note(
        'rescale-missing',
        'warning',
        'The headers do not say how values become Hounsfield units; they were taken as they are.',
      ),
    );
  }
  if (rescale && Math.abs(rescale.slope) > 2.5) {
    notes.push(note('coarse-values', 'warning', `The values go in steps of ${Number(rescale.slope.toFixed(1))} HU.`));
  }
  if (frames.some(({ lossy }) => lossy)) notes.push(note('lossy', 'info', 'The pictures were compressed with loss.'));
  return notes;
}

/** Cosine of the angle up to which a direction stands for an axis. */
const nearAxis = Math.cos((limits.obliqueDegrees * Math.PI) / 180);

function placeVolume(
  stack: Stack,
  frames: readonly FrameHeader[],
  { usual, isEven }: Steps,
  notes: GeometryNote[],
): ReadPlan {
  const lean = leanOf(stack);
  const isShifted = lean.oddMm > limits.leanMm;
  const leans = lean.wholeMm > limits.leanMm;
  const axes = sourceAxes(stack, usual);
  const order = nearestAxes(axes.map(({ towards }) => towards));
  const isOblique = axes.some(({ towards }, i) => Math.abs(towards[2 - order[i].axis]) < nearAxis);
  const tilt = Math.max(...frames.map(({ gantryTiltDegrees }) => Math.abs(gantryTiltDegrees ?? 0)));
  if (leans) {
    const degrees = (Math.atan2(lean.wholeMm, stack.along[stack.along.length - 1] - stack.along[0]) * 180) / Math.PI;
    notes.push(
      note('gantry-tilt', 'corrected', `The gantry was tilted by ${degrees.toFixed(1)}°; the volume was straightened.`),
    );
  } else if (isOblique) {
    notes.push(
      note('oblique', 'corrected', 'The slices lie oblique in the patient and were resampled along the body.'),
    );
  }
  if (isShifted)
    notes.push(note('shifted-slices', 'corrected', 'Single slices are shifted sideways and were put back in line.'));
  if (tilt > 0.5 && !leans && !isOblique) {
    notes.push(
      note(
        'tilt-not-in-positions',
        'warning',
        `The header names a gantry tilt of ${tilt.toFixed(1)}° that the positions of the slices do not show.`,
      ),
    );
  }
  if (!leans && !isOblique && order[2].axis !== 0) {
    notes.push(note('not-axial', 'info', 'The slices are not axial; they were turned to the usual views.'));
  }
  const isExact = isEven && !leans && !isShifted && !isOblique;
  const stackGrid = readingGrid(axes, stack.origins[0], order);
  const grid = isExact ? stackGrid : evenGrid(stack, usual, isOblique);
  return { kind: 'plan', frames, stack, order, stackGrid, grid, isExact, notes };
}

/** How far slices leave the straight line along the normal, in plane: the stack as a whole, and single ones from it. */
function leanOf({ origins, along, row, column }: Stack): { wholeMm: number; oddMm: number } {
  const last = origins.length - 1;
  const inPlane = origins.map((origin) => {
    const offset = minus(origin, origins[0]);
    return [dot(offset, row), dot(offset, column)];
  });
  const length = along[last] - along[0];
  const oddMm = Math.max(
    ...inPlane.map(([u, v], i) => {
      const part = (along[i] - along[0]) / length;
      return Math.hypot(u - part * inPlane[last][0], v - part * inPlane[last][1]);
    }),
  );
  return { wholeMm: Math.hypot(...inPlane[last]), oddMm };
}

/** Columns, rows and slices of a stack. */
function sourceAxes({ rows, columns, pixelSpacingMm, row, column, normal, along }: Stack, step: number): SourceAxes {
  return [
    { count: columns, spacingMm: pixelSpacingMm[1], towards: row },
    { count: rows, spacingMm: pixelSpacingMm[0], towards: column },
    { count: along.length, spacingMm: step, towards: normal },
  ];
}

/** An even, upright grid around all of the stack; along the stack's own directions unless these are oblique. */
export function evenGrid(stack: Stack, step: number, isOblique: boolean): Grid {
  const axes = sourceAxes(stack, step);
  const own = readingGrid(axes, stack.origins[0], nearestAxes(axes.map(({ towards }) => towards)));
  const { spacingMm } = own;
  const direction = isOblique ? readingDirection : own.direction;
  const right = scaledBy(stack.row, (stack.columns - 1) * stack.pixelSpacingMm[1]);
  const down = scaledBy(stack.column, (stack.rows - 1) * stack.pixelSpacingMm[0]);
  const plus = (a: LpsPoint, b: LpsPoint): LpsPoint => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
  const corners = stack.origins.flatMap((o) => [o, plus(o, right), plus(o, down), plus(plus(o, right), down)]);
  const bounds = direction.map((towards) => {
    const places = corners.map((corner) => dot(corner, towards));
    return { least: Math.min(...places), most: Math.max(...places) };
  });
  const count = (axis: 0 | 1 | 2) => Math.floor((bounds[axis].most - bounds[axis].least) / spacingMm[axis] + 1e-3) + 1;
  const originAt = (i: 0 | 1 | 2) => direction.reduce((sum, towards, axis) => sum + bounds[axis].least * towards[i], 0);
  return {
    shape: [count(0), count(1), count(2)],
    spacingMm,
    originMm: [originAt(0), originAt(1), originAt(2)],
    direction,
  };
}
