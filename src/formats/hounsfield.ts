/** CT numbers as every volume of this project holds them. */
import type { Refusal } from './series.ts';

/** Outside the slices, and outside what the scanner measured. */
export const airHu = -1024;

/** Values below this are no measurement but padding (RICORD's -3024, others' -2048 and -2000), and become air. */
const paddingHu = -1500;

/** Whole HU of a value, padding taken for air. */
export function wholeHu(value: number): number {
  return value < paddingHu || Number.isNaN(value) ? airHu : value > 32767 ? 32767 : Math.round(value);
}

/** Room for a volume, filled with air; the diagnosis worker reads the same memory where the page may share it.
 *  @returns null where there is not so much memory */
export function newVolume(voxels: number): Int16Array | null {
  return roomFor(voxels)?.fill(airHu) ?? null;
}

/** Some 10 ms of filling. */
const stepVoxels = 2 ** 22;

/** The same with pauses: filling a large one holds the page up for a tenth of a second. */
export async function newVolumeInSteps(voxels: number): Promise<Int16Array | null> {
  const hu = roomFor(voxels);
  for (let start = 0; hu && start < voxels; start += stepVoxels) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve));
    hu.fill(airHu, start, start + stepVoxels);
  }
  return hu;
}

function roomFor(voxels: number): Int16Array | null {
  const isShared = typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated === true;
  try {
    return new Int16Array(isShared ? new SharedArrayBuffer(2 * voxels) : new ArrayBuffer(2 * voxels));
  } catch {
    return null;
  }
}

export const tooLarge: Refusal = {
  kind: 'refused',
  code: 'too-large',
  message: 'There is not enough memory for a volume of this size.',
};

/** A CT of a body holds air and soft tissue, and little beyond what Hounsfield units reach. */
export function problemOfValues(hu: Int16Array): Refusal | null {
  // Odd, so that the sample does not run down a few columns of a matrix of 512.
  const every = Math.floor(hu.length / 200_000) | 1;
  let air = 0;
  let soft = 0;
  let beyond = 0;
  let count = 0;
  for (let i = 0; i < hu.length; i += every, count++) {
    if (hu[i] < -500) air++;
    else if (hu[i] > -200 && hu[i] < 300) soft++;
    else if (hu[i] > 8000) beyond++;
  }
  if (air >= 0.005 * count && soft >= 0.01 * count && beyond <= 0.05 * count) return null;
  return {
    kind: 'refused',
    code: 'not-hu',
    message:
      'The values are not those of a CT of the body: air and soft tissue are not where Hounsfield units have them.',
  };
}
