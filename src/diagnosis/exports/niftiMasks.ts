/** Lungs and lesions as NIfTI on the source's own axes; where the geometry was corrected, on the corrected grid. */
import { writeNifti } from '../../formats/nifti.ts';
import type { ReadSeries } from '../../formats/series.ts';
import type { Diagnosis } from '../diagnosis.ts';

/** 1 right, 2 left; empty without lungs. */
export function lungsNifti({ volume, exportOrder }: ReadSeries, { lungs }: Diagnosis): Uint8Array<ArrayBuffer> {
  const labels = lungs?.labels ?? new Uint8Array(volume.hu.length);
  return writeNifti(volume.grid, labels, 'lungs: 1 right, 2 left', exportOrder);
}

/** 1 where there is lesion, parts too small to be counted among them; empty where none are shown. */
export function lesionsNifti({ volume, exportOrder }: ReadSeries, { network }: Diagnosis): Uint8Array<ArrayBuffer> {
  const labels = new Uint8Array(volume.hu.length);
  network?.lesions.labels.forEach((label, i) => {
    if (label !== 0) labels[i] = 1;
  });
  return writeNifti(volume.grid, labels, 'lesions; research use only', exportOrder);
}
