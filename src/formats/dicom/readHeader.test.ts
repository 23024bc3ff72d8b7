import { expect, test } from 'vitest';
import { part10Bytes } from './derived.ts';
import { asPart10 } from './part10.ts';
import { readHeader } from './readHeader.ts';

test.each([
  ['Omnipaque 300', 'Omnipaque 300'],
  ['APPLIED', 'APPLIED'],
  ['CE', 'CE'],
  ['NONE', ''],
  ['without contrast', ''],
  ['W/O', ''],
  ['No', ''],
  ['', ''],
])('contrast "%s" is read as "%s"', async (ContrastBolusAgent, expected) => {
  const bytes = part10Bytes({
    SOPClassUID: '1.2.840.10008.5.1.4.1.1.2',
    SOPInstanceUID: '1.2.3',
    Modality: 'CT',
    ContrastBolusAgent,
  });
  const file = await asPart10(new Blob([bytes]));
  if (file.kind !== 'dicom') throw new Error('no DICOM file');
  expect(readHeader(file.dataSet, file.transferSyntax).contrast).toBe(expected);
});
