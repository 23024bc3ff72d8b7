/** From a series to one volume in reading order, in Hounsfield units, slice by slice as they are decoded. */
import type { Grid, Volume } from '../volume/grid.ts';
import { voxelCount, voxelToLps } from '../volume/grid.ts';
import type { FrameHeader } from './dicom/frameHeader.ts';
import { evenGrid, limits, planReading, sourceAxes, type ReadPlan, type Stack } from './dicom/geometryGuard.ts';
import { airHu, resampleStack } from './dicom/resampleStack.ts';
import { readNifti, volumeOfNifti } from './nifti.ts';
import type {
  AxisOrder,
  AxisStep,
  DicomSeries,
  FilledSlices,
  GeometryNote,
  NiftiSeries,
  ReadProgress,
  ReadSeries,
  Refusal,
  Series,
} from './series.ts';

export type DecodedValues = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

/** One picture's stored values, rows x columns, before the header's slope and intercept.
 *  @throws Error with words for the reader where it cannot be decoded */
export type DecodeFrame = (file: Blob, frame: FrameHeader, signal?: AbortSignal) => Promise<DecodedValues>;

export interface ReadOptions {
  readonly decode: DecodeFrame;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
  /** The volume as soon as its first slice is there, then which slices (reading order) came in. Not called where the
   *  geometry has to be corrected first. */
  readonly onPreview?: (volume: Volume, filled: FilledSlices) => void;
  /** Pictures decoded at a time. */
  readonly atOnce?: number;
}

const refused = (code: Refusal['code'], message: string): Refusal => ({ kind: 'refused', code, message });

/** @throws the signal's reason when cancelled */
export async function readSeries(series: Series, options: ReadOptions): Promise<ReadSeries | Refusal> {
  if (series.fit.kind === 'set-aside') return refused('set-aside', `${series.fit.reason}.`);
  return series.source === 'nifti' ? readNiftiSeries(series, options) : readDicomSeries(series, options);
}

/** The diagnosis worker reads the same memory where the page may share it. */
function newVoxels(count: number): Int16Array {
  const isShared = typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated === true;
  return new Int16Array(isShared ? new SharedArrayBuffer(2 * count) : new ArrayBuffer(2 * count));
}

async function readDicomSeries(series: DicomSeries, options: ReadOptions): Promise<ReadSeries | Refusal> {
  const plan = planReading(series.frames);
  if (plan.kind === 'refused') return plan;
  const { stack, grid } = plan;
  let hu: Int16Array;
  let failures: readonly SliceFailure[];
  try {
    hu = newVoxels(voxelCount(grid.shape)).fill(airHu);
  } catch {
    return refused('too-large', 'There is not enough memory for this series.');
  }
  if (plan.isExact) {
    failures = await decodeInto(series, plan, hu, exactLayout(plan), grid, options);
  } else {
    const values = new Int16Array(stack.along.length * stack.rows * stack.columns).fill(airHu);
    failures = await decodeInto(series, plan, values, stackLayout(stack), null, options);
    resampleStack(stack, values, grid, hu);
  }
  const problem = problemOfFailures(failures, stack.along.length) ?? problemOfValues(hu);
  if (problem) return problem;
  const notes = [...plan.notes, ...notesOfFailures(failures)];
  const window = plan.frames[Math.floor(plan.frames.length / 2)].window;
  return {
    kind: 'read',
    volume: { grid, hu },
    notes,
    exportOrder: plan.isExact ? exactOrder(plan) : plainOrder,
    sliceInstances: plan.frames
      .map((frame, k) => ({ sopInstanceUid: frame.sopInstanceUid, zMm: middleZ(stack, k) }))
      .sort((a, b) => a.zMm - b.zMm),
    ...(window ? { headerWindow: window } : {}),
  };
}

const plainOrder: AxisOrder = [
  { axis: 2, reversed: false },
  { axis: 1, reversed: false },
  { axis: 0, reversed: false },
];

function middleZ({ origins, row, column, rows, columns, pixelSpacingMm }: Stack, k: number): number {
  return (
    origins[k][2] + (row[2] * (columns - 1) * pixelSpacingMm[1]) / 2 + (column[2] * (rows - 1) * pixelSpacingMm[0]) / 2
  );
}

/** How the stack's columns, rows and slices run in the grid of an exact plan. */
function exactOrder({ stack, grid }: ReadPlan): AxisOrder {
  const steps = sourceAxes(stack, 1).map(({ towards }): AxisStep => {
    const agreement = grid.direction.map((d) => d[0] * towards[0] + d[1] * towards[1] + d[2] * towards[2]);
    const axis = agreement.findIndex((cosine) => Math.abs(cosine) > 0.5) as 0 | 1 | 2;
    return { axis, reversed: agreement[axis] < 0 };
  });
  return [steps[0], steps[1], steps[2]];
}

/** Where a slice's pixels go: first + k * slice + r * row + c * column. */
interface Layout {
  readonly first: number;
  readonly slice: number;
  readonly row: number;
  readonly column: number;
}

function stackLayout({ rows, columns }: Stack): Layout {
  return { first: 0, slice: rows * columns, row: columns, column: 1 };
}

function exactLayout(plan: ReadPlan): Layout {
  const { shape } = plan.grid;
  const strides = [shape[1] * shape[2], shape[2], 1];
  let first = 0;
  const [column, row, slice] = exactOrder(plan).map(({ axis, reversed }) => {
    if (reversed) first += (shape[axis] - 1) * strides[axis];
    return reversed ? -strides[axis] : strides[axis];
  });
  return { first, slice, row, column };
}

interface SliceFailure {
  /** In the stack. */
  readonly slice: number;
  readonly message: string;
}

/** Decodes all slices, from the middle outwards, so that the first picture is one that says something. */
async function decodeInto(
  series: DicomSeries,
  plan: ReadPlan,
  into: Int16Array,
  layout: Layout,
  /** Of the volume that can be shown while it fills; null where it cannot. */
  shown: Grid | null,
  { decode, signal, onProgress, onPreview, atOnce = 4 }: ReadOptions,
): Promise<SliceFailure[]> {
  const { frames } = plan;
  const order = fromTheMiddle(frames.length);
  const failures: SliceFailure[] = [];
  const axial = shown !== null && Math.abs(layout.slice) === shown.shape[1] * shown.shape[2];
  let next = 0;
  let done = 0;
  const worker = async () => {
    while (next < order.length) {
      signal?.throwIfAborted();
      const slice = order[next++];
      const frame = frames[slice];
      try {
        const values = await decode(series.files[frame.file].data, frame, signal);
        writeSlice(values, frame, into, layout, slice);
        if (shown) onPreview?.({ grid: shown, hu: into }, filledBy(slice, axial, layout, shown));
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ slice, message: error instanceof Error ? error.message : String(error) });
        if (failures.length > limits.mostMissingPart * order.length && failures.length > 2) return;
      }
      onProgress?.({ done: ++done, total: order.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, order.length) }, worker));
  signal?.throwIfAborted();
  fillFailed(failures, frames.length, into, layout, plan.stack);
  return failures;
}

function fromTheMiddle(count: number): number[] {
  const middle = Math.floor(count / 2);
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
}

function filledBy(slice: number, axial: boolean, { first, slice: step }: Layout, { shape }: Grid): FilledSlices {
  if (!axial) return { first: 0, last: shape[0] - 1 };
  const z = Math.floor((first + slice * step) / (shape[1] * shape[2]));
  return { first: z, last: z };
}

/** Values below this lie outside what the scanner measured (padding outside its circle), and are air. */
const paddingHu = -1500;

function writeSlice(values: DecodedValues, frame: FrameHeader, into: Int16Array, layout: Layout, slice: number): void {
  const { rows, columns } = frame.layout;
  if (values.length !== rows * columns) {
    throw new Error(`The picture holds ${values.length} values instead of ${rows} x ${columns}.`);
  }
  const { slope, intercept } = frame.rescale ?? { slope: 1, intercept: 0 };
  let from = 0;
  for (let r = 0; r < rows; r++) {
    let to = layout.first + slice * layout.slice + r * layout.row;
    for (let c = 0; c < columns; c++, to += layout.column) {
      const hu = Math.round(values[from++] * slope + intercept);
      into[to] = hu < paddingHu ? airHu : hu > 32767 ? 32767 : hu;
    }
  }
}

/** A slice that could not be decoded is taken from its nearest neighbour, and the reader is told. */
function fillFailed(failures: readonly SliceFailure[], count: number, into: Int16Array, layout: Layout, stack: Stack) {
  const failed = new Set(failures.map(({ slice }) => slice));
  for (const slice of failed) {
    const good = fromTheMiddle(count)
      .filter((k) => !failed.has(k))
      .sort((a, b) => Math.abs(a - slice) - Math.abs(b - slice))[0];
    if (good === undefined) return;
    for (let r = 0; r < stack.rows; r++)
      for (let c = 0; c < stack.columns; c++) {
        const inPlane = layout.first + r * layout.row + c * layout.column;
        into[inPlane + slice * layout.slice] = into[inPlane + good * layout.slice];
      }
  }
}

function problemOfFailures(failures: readonly SliceFailure[], count: number): Refusal | null {
  if (failures.length === 0) return null;
  const isFew = failures.length <= limits.mostMissingPart * count;
  return isFew ? null : refused('unreadable', `The pictures of this series cannot be decoded: ${failures[0].message}`);
}

function notesOfFailures(failures: readonly SliceFailure[]): GeometryNote[] {
  if (failures.length === 0) return [];
  const words = failures.length === 1 ? '1 slice' : `${failures.length} slices`;
  const message = `${words} could not be decoded and show the slice beside (${failures[0].message})`;
  return [{ code: 'unreadable-slices', severity: 'corrected', message }];
}

/** A CT of a body holds air and soft tissue, and little beyond what Hounsfield units reach. */
function problemOfValues(hu: Int16Array): Refusal | null {
  const every = Math.max(1, Math.floor(hu.length / 200_000));
  let air = 0;
  let soft = 0;
  let beyond = 0;
  let count = 0;
  for (let i = 0; i < hu.length; i += every, count++) {
    if (hu[i] < -500) air++;
    else if (hu[i] > -200 && hu[i] < 300) soft++;
    else if (hu[i] > 8000) beyond++;
  }
  if (air < 0.005 * count || soft < 0.01 * count || beyond > 0.05 * count) {
    return refused(
      'not-hu',
      'The values are not those of a CT of the body: air and soft tissue are not where Hounsfield units have them.',
    );
  }
  return null;
}

async function readNiftiSeries({ files }: NiftiSeries, options: ReadOptions): Promise<ReadSeries | Refusal> {
  const image = await readNifti(files[0].data);
  options.signal?.throwIfAborted();
  if (image.kind === 'refused') return refused('unreadable', image.message);
  const source = volumeOfNifti(image);
  const { shape, spacingMm } = source.grid;
  if (shape[0] < limits.leastSlices) {
    return refused('too-few-slices', `The file holds ${shape[0]} slices; at least ${limits.leastSlices} are needed.`);
  }
  if (shape[0] * spacingMm[0] < limits.leastCoverageMm) {
    return refused('too-little-coverage', `The slices cover less than ${limits.leastCoverageMm} mm of the body.`);
  }
  if (spacingMm[0] > limits.mostSpacingMm) {
    return refused('slices-too-far-apart', `The slices lie more than ${limits.mostSpacingMm} mm apart.`);
  }
  const straight = isStraight(source.grid);
  const volume = straight ? shared(source) : straightened(source);
  const problem = problemOfValues(volume.hu);
  if (problem) return problem;
  options.onProgress?.({ done: shape[0], total: shape[0] });
  return {
    kind: 'read',
    volume,
    notes: straight
      ? []
      : [
          {
            code: 'oblique',
            severity: 'corrected',
            message: 'The volume lies oblique in the patient and was resampled.',
          },
        ],
    exportOrder: straight ? image.exportOrder : plainOrder,
    sliceInstances: [],
  };
}

function isStraight({ direction }: Grid): boolean {
  const least = Math.cos((limits.obliqueDegrees * Math.PI) / 180);
  return direction[0][2] >= least && direction[1][1] >= least && direction[2][0] >= least;
}

function shared({ grid, hu: source }: Volume): Volume {
  const hu = newVoxels(source.length);
  for (let i = 0; i < source.length; i++) hu[i] = source[i] < paddingHu ? airHu : source[i];
  return { grid, hu };
}

/** An oblique volume along the body: its slices are a stack like any other. */
function straightened({ grid, hu }: Volume): Volume {
  const [normal, column, row] = grid.direction;
  const along = Array.from({ length: grid.shape[0] }, (_, z) => {
    const [x, y, w] = voxelToLps(grid, [z, 0, 0]);
    return x * normal[0] + y * normal[1] + w * normal[2];
  });
  const stack: Stack = {
    rows: grid.shape[1],
    columns: grid.shape[2],
    pixelSpacingMm: [grid.spacingMm[1], grid.spacingMm[2]],
    row,
    column,
    normal,
    origins: along.map((_, z) => voxelToLps(grid, [z, 0, 0])),
    along,
  };
  const upright = evenGrid(stack, grid.spacingMm[0], true);
  const into = newVoxels(voxelCount(upright.shape));
  resampleStack(stack, hu, upright, into);
  return { grid: upright, hu: into };
}
