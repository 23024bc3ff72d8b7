/** What a series will take in memory, known from its headers before anything is decoded, and what of it would fit. */
import { voxelCount, type Grid } from '../volume/grid.ts';
import { planReading, type ReadPlan } from './dicom/geometryGuard.ts';
import { thinned } from './dicom/thinned.ts';
import type { DicomSeries, Refusal, Thinner } from './series.ts';

const gigabyte = 2 ** 30;

/** Of a voxel of a study on screen, page, graphics card and worker together: CT numbers 2, the same as a texture 2, lungs 1
 *  and lesions 2, and 3 while the worker looks for lungs. Measured with a thousand slices: 9.9 (docs/reliability.md). */
const bytesPerVoxel = 10;
/** Of a voxel as recorded, where the volume is another one. */
const bytesOfSource = 2;
/** Browsers end a page that takes much more than this, whatever the machine has. */
const mostBytes = 3 * gigabyte;

/** What a page may take.
 *  @param deviceMemoryGb as the browser rounds it (8 stands for 8 and more); unknown where it does not say */
export function memoryBudget(deviceMemoryGb?: number): number {
  return Math.min(mostBytes, ((deviceMemoryGb ?? 8) / 2) * gigabyte);
}

export function bytesOfPlan({ isExact, stackGrid, grid }: ReadPlan): number {
  return bytesOfVolume(grid) + (isExact ? 0 : bytesOfSource * voxelCount(stackGrid.shape));
}

export const bytesOfVolume = ({ shape }: Grid): number => bytesPerVoxel * voxelCount(shape);

/** The least thinning that fits; null where none does that would still be read. */
export function thinnerReading(series: DicomSeries, budgetBytes: number): Thinner | null {
  let left = series.frames.length;
  for (let every = 2; ; every++) {
    const { frames } = thinned(series, every);
    // Pictures without a place are never left out.
    if (frames.length === left) return null;
    left = frames.length;
    const plan = planReading(frames);
    if (plan.kind === 'refused' && plan.code !== 'too-large') return null;
    if (plan.kind === 'refused') continue;
    const bytes = bytesOfPlan(plan);
    if (bytes <= budgetBytes) return { every, slices: plan.frames.length, bytes };
  }
}

export function overBudget(bytes: number, budgetBytes: number, thinner: Thinner | null): Refusal {
  return {
    kind: 'refused',
    code: 'too-large',
    message: `It would take about ${gigabytes(bytes)} of memory, and this page keeps to ${gigabytes(budgetBytes)}.`,
    ...(thinner ? { thinner } : {}),
  };
}

export const gigabytes = (bytes: number) => `${(bytes / gigabyte).toFixed(1)} GB`;
