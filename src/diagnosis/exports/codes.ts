/** What segments are called in SNOMED CT. */
import type { Code } from '../../formats/dicom/derived.ts';

export const lungCode: Code = { value: '39607008', scheme: 'SCT', meaning: 'Lung' };
export const rightCode: Code = { value: '24028007', scheme: 'SCT', meaning: 'Right' };
export const leftCode: Code = { value: '7771000', scheme: 'SCT', meaning: 'Left' };
export const lesionCode: Code = { value: '52988006', scheme: 'SCT', meaning: 'Lesion' };
