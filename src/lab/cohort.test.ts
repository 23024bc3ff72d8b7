import { describe, expect, it } from 'vitest';
import { parseCohort } from './cohort.ts';

describe('parseCohort', () => {
  it('reads columns in any order; empty cells are unknown', () => {
    const csv = 'class,id,ct,lesions,lungs\r\ncap,a,a.nii.gz,a_mask.nii.gz,\n\n# set aside\n,b,b.nii.gz,none,l.nii\n';
    expect(parseCohort(csv)).toEqual([
      { id: 'a', ct: 'a.nii.gz', lungs: 'unknown', lesions: { file: 'a_mask.nii.gz' }, trueClass: 'cap' },
      { id: 'b', ct: 'b.nii.gz', lungs: { file: 'l.nii' }, lesions: 'none', trueClass: null },
    ]);
  });

  it.each([
    ['id,ct,lungs\na,b,c', 'no column lesions, class'],
    ['id,ct,lungs,lesions,class\na,,,,', 'names no study'],
    ['id,ct,lungs,lesions,class\na,b,,,flu', 'class flu'],
  ])('says what is wrong: %j', (csv, message) => {
    expect(() => parseCohort(csv)).toThrow(message);
  });
});
