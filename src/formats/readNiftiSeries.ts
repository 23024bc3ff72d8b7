/** A NIfTI file as a volume under the same conditions as a DICOM series. */
import type { Grid, Volume } from '../volume/grid.ts';
import { dot, voxelCount, voxelToLps } from '../volume/grid.ts';
import { plainOrder, voxelSteps } from './axisOrder.ts';
import { evenGrid, limits, type Stack } from './dicom/geometryGuard.ts';
import type { DecodeOptions } from './dicom/decodeStack.ts';
import { resampleStack } from './dicom/resampleStack.ts';
import { thinningNotes } from './dicom/thinned.ts';
import { newVolume, problemOfValues, tooLarge, wholeHu } from './hounsfield.ts';
import { bytesOfVolume, overBudget } from './memoryBudget.ts';
import { readNifti, readNiftiHeader, thinnedGrid, type NiftiValues } from './nifti.ts';
import type { GeometryNote, NiftiSeries, ReadSeries, Refusal, RefusalCode, Thinner } from './series.ts';

const refused = (code: RefusalCode, message: string): Refusal => ({ kind: 'refused', code, message });

type NiftiOptions = Pick<DecodeOptions, 'signal' | 'onProgress'> & { readonly budgetBytes?: number };

/** @throws the signal's reason when cancelled */
export async function readNiftiSeries(
  series: NiftiSeries,
  { signal, onProgress, budgetBytes = Infinity }: NiftiOptions,
): Promise<ReadSeries | Refusal> {
  const { data } = series.files[0];
  const { keptEvery = 1 } = series;
  const header = await readNiftiHeader(data).catch(refusalOf);
  if (header.kind === 'read') {
    const bytes = bytesOfVolume(thinnedGrid(header.grid, keptEvery));
    if (bytes > budgetBytes) return overBudget(bytes, budgetBytes, thinnerVolume(header.grid, budgetBytes));
  }
  const image = await readNifti(data, keptEvery).catch(refusalOf);
  signal?.throwIfAborted();
  if (image.kind === 'refused') return 'code' in image ? image : refused('unreadable', image.message);
  const { grid, exportOrder } = image;
  const problem = problemOfGrid(grid);
  if (problem) return problem;
  const source = volumeOf(grid, image.values);
  const straight = isStraight(grid);
  const volume = straight ? source : source && straightened(source);
  if (!source || !volume) return tooLarge;
  const implausible = problemOfValues(source.hu);
  if (implausible) return implausible;
  onProgress?.({ done: grid.shape[0], total: grid.shape[0] });
  return {
    kind: 'read',
    volume,
    notes: [...(straight ? [] : [oblique]), ...thinningNotes(series)],
    exportOrder: straight ? exportOrder : plainOrder,
    sliceInstances: [],
  };
}

/** The least thinning that fits; null where none does that would still be read. */
function thinnerVolume(grid: Grid, budgetBytes: number): Thinner | null {
  for (let every = 2; ; every++) {
    const kept = thinnedGrid(grid, every);
    const problem = problemOfGrid(kept);
    if (problem && problem.code !== 'too-large') return null;
    const bytes = bytesOfVolume(kept);
    if (!problem && bytes <= budgetBytes) return { every, slices: kept.shape[0], bytes };
  }
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof RangeError) return tooLarge;
  if (error instanceof DOMException) {
    return refused('unreadable', 'The file cannot be read any more: it was moved or changed.');
  }
  throw error;
}

const oblique: GeometryNote = {
  code: 'oblique',
  severity: 'corrected',
  message: 'The volume lies oblique in the patient and was resampled along the body.',
};

function problemOfGrid({ shape, spacingMm }: Grid): Refusal | null {
  const { leastSlices, leastCoverageMm, mostSpacingMm, mostVoxels } = limits;
  if (shape[0] < leastSlices) {
    return refused('too-few-slices', `The file holds ${shape[0]} slices; at least ${leastSlices} are needed.`);
  }
  if (shape[0] * spacingMm[0] < leastCoverageMm - limits.sameMm) {
    return refused('too-little-coverage', `The slices cover less than ${leastCoverageMm} mm of the body.`);
  }
  if (spacingMm.some((side) => side > mostSpacingMm)) {
    return refused('slices-too-far-apart', `The slices lie more than ${mostSpacingMm} mm apart.`);
  }
  if (voxelCount(shape) > mostVoxels) return refused('too-large', 'The file holds more voxels than fit into memory.');
  return null;
}

function isStraight({ direction }: Grid): boolean {
  const least = Math.cos((limits.obliqueDegrees * Math.PI) / 180);
  return direction[0][2] >= least && direction[1][1] >= least && direction[2][0] >= least;
}

function volumeOf(grid: Grid, values: NiftiValues): Volume | null {
  const hu = newVolume(values.length);
  if (!hu) return null;
  for (let i = 0; i < values.length; i++) hu[i] = wholeHu(values[i]);
  return { grid, hu };
}

/** An oblique volume along the body: its slices are a stack like any other. */
function straightened({ grid, hu }: Volume): Volume | null {
  const [normal, column, row] = grid.direction;
  const origins = Array.from({ length: grid.shape[0] }, (_, z) => voxelToLps(grid, [z, 0, 0]));
  const stack: Stack = {
    rows: grid.shape[1],
    columns: grid.shape[2],
    pixelSpacingMm: [grid.spacingMm[1], grid.spacingMm[2]],
    row,
    column,
    normal,
    origins,
    along: origins.map((origin) => dot(origin, normal)),
  };
  const upright = evenGrid(stack, grid.spacingMm[0], true);
  const into = newVolume(voxelCount(upright.shape));
  if (into) resampleStack(stack, hu, voxelSteps(grid.shape, plainOrder), upright, into);
  return into && { grid: upright, hu: into };
}
