/** From a series to one volume in reading order, in Hounsfield units, slice by slice as they are decoded. */
import type { Grid, Volume } from '../volume/grid.ts';
import { voxelCount } from '../volume/grid.ts';
import { plainOrder, voxelSteps, type VoxelSteps } from './axisOrder.ts';
import { decodeStack, type DecodeOptions } from './dicom/decodeStack.ts';
import { planReading, type ReadPlan, type Stack } from './dicom/geometryGuard.ts';
import { resampleStack } from './dicom/resampleStack.ts';
import { thinningNotes } from './dicom/thinned.ts';
import { newVolume, problemOfValues, tooLarge } from './hounsfield.ts';
import { bytesOfPlan, overBudget, thinnerReading } from './memoryBudget.ts';
import { readNiftiSeries } from './readNiftiSeries.ts';
import type { DicomSeries, FilledSlices, ReadSeries, Refusal, Series, SliceInstance } from './series.ts';

export interface ReadOptions extends DecodeOptions {
  /** The volume as soon as its first slice is there, then which slices (reading order) came in. Where the geometry has
   *  to be corrected it is the stack as recorded, and the volume read another one. */
  readonly onPreview?: (volume: Volume, filled: FilledSlices) => void;
  /** More than this is refused before anything is decoded, with what would fit. */
  readonly budgetBytes?: number;
}

/** @throws the signal's reason when cancelled */
export async function readSeries(series: Series, options: ReadOptions): Promise<ReadSeries | Refusal> {
  if (series.fit.kind === 'set-aside') {
    return { kind: 'refused', code: 'set-aside', message: `${series.fit.reason}.` };
  }
  return series.source === 'nifti' ? readNiftiSeries(series, options) : readDicomSeries(series, options);
}

async function readDicomSeries(series: DicomSeries, options: ReadOptions): Promise<ReadSeries | Refusal> {
  const { budgetBytes = Infinity } = options;
  const plan = planReading(series.frames);
  if (plan.kind === 'refused') return plan.code === 'too-large' ? withThinner(series, plan, budgetBytes) : plan;
  const bytes = bytesOfPlan(plan);
  if (bytes > budgetBytes) return overBudget(bytes, budgetBytes, thinnerReading(series, budgetBytes));
  const { stack, stackGrid, order } = plan;
  const steps = voxelSteps(stackGrid.shape, order);
  const filled = (hu: Int16Array, slice: number) =>
    options.onPreview?.({ grid: stackGrid, hu }, filledBy(slice, steps, stackGrid));
  const decoded = await decodeStack(stack, plan.frames, series.files, steps, filled, options);
  if (decoded.kind === 'refused')
    return decoded.code === 'too-large' ? withThinner(series, decoded, bytes / 2) : decoded;
  const problem = problemOfValues(decoded.hu);
  if (problem) return problem;
  const volume = corrected(plan, decoded.hu, steps);
  if (!volume) return withThinner(series, tooLarge, bytes / 2);
  const window = plan.frames[Math.floor(plan.frames.length / 2)].window;
  return {
    kind: 'read',
    volume,
    notes: [...plan.notes, ...decoded.notes, ...thinningNotes(series)],
    exportOrder: plan.isExact ? order : plainOrder,
    sliceInstances: instancesOf(plan),
    ...(window ? { headerWindow: window } : {}),
  };
}

/** Memory that was not there: less of the series may find room. */
function withThinner(series: DicomSeries, refusal: Refusal, budgetBytes: number): Refusal {
  const thinner = thinnerReading(series, budgetBytes);
  return thinner ? { ...refusal, thinner } : refusal;
}

/** @returns null where there is not enough memory */
function corrected({ isExact, stack, grid }: ReadPlan, hu: Int16Array, steps: VoxelSteps): Volume | null {
  if (isExact) return { grid, hu };
  const into = newVolume(voxelCount(grid.shape));
  if (into) resampleStack(stack, hu, steps, grid, into);
  return into && { grid, hu: into };
}

function filledBy(slice: number, { first, steps }: VoxelSteps, { shape }: Grid): FilledSlices {
  const perPlane = shape[1] * shape[2];
  if (Math.abs(steps[2]) !== perPlane) return { first: 0, last: shape[0] - 1 };
  const z = Math.floor((first + slice * steps[2]) / perPlane);
  return { first: z, last: z };
}

function instancesOf({ stack, order, frames }: ReadPlan): SliceInstance[] {
  if (order[2].axis !== 0) return frames.map(({ sopInstanceUid }) => ({ sopInstanceUid, zMm: null }));
  return frames
    .map(({ sopInstanceUid }, slice) => ({ sopInstanceUid, zMm: middleZ(stack, slice) }))
    .sort((a, b) => a.zMm - b.zMm);
}

function middleZ({ origins, row, column, rows, columns, pixelSpacingMm }: Stack, slice: number): number {
  const [perRow, perColumn] = pixelSpacingMm;
  return origins[slice][2] + (row[2] * (columns - 1) * perColumn + column[2] * (rows - 1) * perRow) / 2;
}
