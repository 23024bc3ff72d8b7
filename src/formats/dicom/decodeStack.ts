/** The pictures of a stack, decoded into one array from the middle outwards. */
import type { VoxelSteps } from '../axisOrder.ts';
import { airHu, newVolumeInSteps, tooLarge, wholeHu } from '../hounsfield.ts';
import type { GeometryNote, ReadProgress, Refusal, SourceFile } from '../series.ts';
import { UnreadablePicture, type DecodeFrame } from './decodeFrame.ts';
import type { FrameHeader } from './frameHeader.ts';
import { limits, mostFaulty, type Stack } from './geometryGuard.ts';

export interface DecodeOptions {
  readonly decode: DecodeFrame;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReadProgress) => void;
  /** Pictures decoded at a time. */
  readonly atOnce?: number;
}

export interface DecodedStack {
  readonly kind: 'decoded';
  readonly hu: Int16Array;
  /** Of slices that could not be decoded. */
  readonly notes: readonly GeometryNote[];
}

interface SliceFailure {
  /** In the stack. */
  readonly slice: number;
  readonly message: string;
}

/** @param frames one for each slice of the stack
 *  @param steps where a slice's voxels go in `hu`
 *  @param filled called with each slice that is there
 *  @throws the signal's reason when cancelled */
export async function decodeStack(
  stack: Stack,
  frames: readonly FrameHeader[],
  files: readonly SourceFile[],
  steps: VoxelSteps,
  filled: (hu: Int16Array, slice: number) => void,
  { decode, signal, onProgress, atOnce = 6 }: DecodeOptions,
): Promise<DecodedStack | Refusal> {
  const order = fromTheMiddle(frames.length);
  const failures: SliceFailure[] = [];
  // Taken when the first picture has kept what its header promises, and not before.
  let making: ReturnType<typeof newVolumeInSteps> | null = null;
  let hu: Int16Array | null = null;
  let next = 0;
  let done = 0;
  const work = async () => {
    while (next < order.length && !isHopeless(failures, order.length)) {
      signal?.throwIfAborted();
      const slice = order[next++];
      const frame = frames[slice];
      try {
        const values = await decode(files[frame.file].data, frame, signal);
        if (values.length !== stack.rows * stack.columns) throw new UnreadablePicture('It has another size.');
        signal?.throwIfAborted();
        making ??= newVolumeInSteps(frames.length * stack.rows * stack.columns);
        hu = await making;
        if (!hu) return;
        signal?.throwIfAborted();
        writeSlice(values, frame, hu, steps, slice);
        filled(hu, slice);
      } catch (error) {
        if (!(error instanceof UnreadablePicture)) throw error;
        failures.push({ slice, message: error.message });
      }
      onProgress?.({ done: ++done, total: order.length });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(atOnce, order.length) }, work));
  } finally {
    // Where one has thrown, the others begin nothing new.
    next = order.length;
  }
  if (failures.length === 0 && !hu) return tooLarge;
  if (!hu || isHopeless(failures, order.length) || !repair(failures, hu, steps, stack)) {
    return {
      kind: 'refused',
      code: 'unreadable',
      message: `${failures.length === 1 ? 'A picture' : 'Pictures'} of this series cannot be decoded. ${failures[0].message}`,
    };
  }
  for (const { slice } of failures) filled(hu, slice);
  return { kind: 'decoded', hu, notes: notesOf(failures) };
}

const isHopeless = (failures: readonly SliceFailure[], count: number) => failures.length > mostFaulty(count);

export function fromTheMiddle(count: number): number[] {
  const middle = Math.floor(count / 2);
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle));
}

const nothing = { least: Infinity, most: -Infinity };

function writeSlice(
  values: Awaited<ReturnType<DecodeFrame>>,
  { rescale, padding = nothing, layout: { rows, columns } }: FrameHeader,
  into: Int16Array,
  { first, steps: [perColumn, perRow, perSlice] }: VoxelSteps,
  slice: number,
): void {
  const { slope, intercept } = rescale ?? { slope: 1, intercept: 0 };
  let from = 0;
  for (let r = 0; r < rows; r++) {
    let to = first + slice * perSlice + r * perRow;
    for (let c = 0; c < columns; c++, to += perColumn) {
      const value = values[from++];
      const isPadding = value >= padding.least && value <= padding.most;
      into[to] = isPadding ? airHu : wholeHu(value * slope + intercept);
    }
  }
}

/** Slices that could not be decoded are filled in from both neighbours, at an end of the stack from the one there is.
 *  @returns false where the gap is too large */
function repair(failures: readonly SliceFailure[], hu: Int16Array, steps: VoxelSteps, stack: Stack): boolean {
  const { along, rows, columns } = stack;
  const [perColumn, perRow, perSlice] = steps.steps;
  const failed = new Set(failures.map(({ slice }) => slice));
  for (const slice of failed) {
    let [low, high] = [slice, slice];
    while (low >= 0 && failed.has(low)) low--;
    while (high < along.length && failed.has(high)) high++;
    if (low < 0) low = high;
    if (high === along.length) high = low;
    const gap = Math.max(along[high], along[slice]) - Math.min(along[low], along[slice]);
    if (gap > limits.mostBridgedMm) return false;
    const share = low === high ? 0 : (along[slice] - along[low]) / (along[high] - along[low]);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const at = steps.first + r * perRow + c * perColumn;
        const [below, above] = [hu[at + low * perSlice], hu[at + high * perSlice]];
        hu[at + slice * perSlice] = Math.round(below + (above - below) * share);
      }
  }
  return true;
}

function notesOf(failures: readonly SliceFailure[]): GeometryNote[] {
  if (failures.length === 0) return [];
  const words = failures.length === 1 ? '1 slice' : `${failures.length} slices`;
  const message = `${words} could not be decoded and show what lies beside. ${failures[0].message}`;
  return [{ code: 'unreadable-slices', severity: 'corrected', message }];
}
