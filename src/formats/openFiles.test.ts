import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { writeDicomStudy, type DicomStudyOptions } from '../simulation/dicomStudy.ts';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { writeNifti } from './nifti.ts';
import { openFiles } from './openFiles.ts';
import { decodeNative as decode } from './dicom/decodeNative.ts';
import { readSeries } from './readSeries.ts';
import type { Opened, Series, SourceFile } from './series.ts';

const grid = {
  shape: [20, 16, 18],
  spacingMm: [4, 1, 1],
  originMm: [-9, -8, -40],
  direction: readingDirection,
} as const;
const volume: Volume = { grid, hu: Int16Array.from({ length: 20 * 16 * 18 }, (_, i) => (i % 1500) - 1024) };
const study = (options: DicomStudyOptions = {}) => writeDicomStudy(volume, options);

const renamed = (files: readonly SourceFile[], name: (i: number) => string): SourceFile[] =>
  files.map(({ data }, i) => ({ name: name(i), data }));
const textFile = (name: string, text: string): SourceFile => ({ name, data: new Blob([text]) });
const fits = ({ series }: Opened) => series.map(({ fit }) => (fit.kind === 'set-aside' ? fit.reason : fit.kind));

async function readWhole(series: Series) {
  const result = await readSeries(series, { decode });
  if (result.kind === 'refused') throw new Error(result.message);
  return result;
}

test('any names, any nesting, anything beside', async () => {
  const opened = await openFiles([
    ...renamed(study(), (i) => `CD/${i % 3}/A/${1000 - i}`),
    textFile('CD/readme.txt', 'See the report.'),
    textFile('CD/empty', ''),
    textFile('CD/viewer.dcm', 'no DICOM at all'),
  ]);
  expect(fits(opened)).toEqual(['chest-ct']);
  expect(opened.series[0]).toMatchObject({ sliceCount: 20, spacingMm: 4, patient: { name: 'Sample Phantom' } });
  expect(opened.problems).toEqual([{ fileName: 'CD/viewer.dcm', message: 'This file is called DICOM and is none.' }]);
  expect(opened.counts).toMatchObject({ files: 23, dicom: 20, nifti: 0 });
  expect(opened.counts.ignored.map(({ reason, example }) => [reason, example])).toEqual([
    ['Files that are no DICOM, NIfTI or .zip', 'CD/readme.txt'],
    ['Empty files', 'CD/empty'],
  ]);
  expect((await readWhole(opened.series[0])).volume).toEqual(volume);
});

test.each([
  ['one file a slice', {}],
  ['from head to feet', { slices: Array.from({ length: 20 }, (_, i) => 19 - i) }],
  ['an enhanced multi-frame file', { multiFrame: true }],
  [
    'GUIDs for UIDs, no dates, no name',
    {
      attributes: {
        StudyInstanceUID: '{7f3c-11}',
        SeriesInstanceUID: '{7f3c-12}',
        StudyDate: undefined,
        SeriesDate: undefined,
        PatientName: undefined,
        PatientID: undefined,
        InstanceNumber: undefined,
      },
    },
  ],
  ['one UID for all slices', { attributes: { SOPInstanceUID: '1.2.3' } }],
] as const)('%s: the volume as it was', async (_, options) => {
  const { series } = await openFiles(study(options as DicomStudyOptions));
  expect(series).toHaveLength(1);
  const result = await readWhole(series[0]);
  expect(result.volume).toEqual(volume);
  expect(result.notes).toEqual([]);
  expect(result.sliceInstances.map(({ zMm }) => zMm)).toEqual(Array.from({ length: 20 }, (_, z) => 4 * z - 40));
});

test('a tilted gantry is straightened from end to end', async () => {
  const { series } = await openFiles(study({ tiltDegrees: 15 }));
  const result = await readWhole(series[0]);
  expect(result.notes.map(({ code }) => code)).toEqual(['gantry-tilt']);
  expect(result.notes[0].message).toContain('15.0°');
});

test('two patients are never one series, whatever their UIDs', async () => {
  const opened = await openFiles([
    ...study({ patientId: '1', patientName: 'One' }),
    ...renamed(study({ patientId: '2', patientName: 'Two' }), (i) => `other/${i}`),
  ]);
  expect(opened.series.map(({ patient, sliceCount }) => [patient.name, sliceCount])).toEqual([
    ['One', 20],
    ['Two', 20],
  ]);
});

test('a folder that is there twice is one series', async () => {
  const { series } = await openFiles([...study(), ...renamed(study(), (i) => `copy/${i}`)]);
  expect(series.map(({ sliceCount }) => sliceCount)).toEqual([20]);
  const { volume: read, notes } = await readWhole(series[0]);
  expect(read).toEqual(volume);
  expect(notes.map(({ message }) => message)).toEqual(['20 pictures are copies and were left out.']);
});

test('phases at the same places are parted by their acquisition', async () => {
  const phase = (number: number, seed: number) =>
    study({ seed, attributes: { AcquisitionNumber: number, StudyInstanceUID: '1.2', SeriesInstanceUID: '1.3' } });
  const { series } = await openFiles([...phase(1, 1), ...phase(2, 2)]);
  expect(series.map(({ sliceCount }) => sliceCount)).toEqual([20, 20]);
});

test('phases under one acquisition number are parted by their instance numbers', async () => {
  const all = Array.from({ length: 20 }, (_, z) => z);
  const oneAfterTheOther = await openFiles(study({ slices: [...all, ...all] }));
  const inTurn = await openFiles(study({ slices: all.flatMap((z) => [z, z]) }));
  for (const { series } of [oneAfterTheOther, inTurn]) {
    expect(series.map(({ sliceCount }) => sliceCount)).toEqual([20, 20]);
    for (const one of series) {
      const { notes, volume: read } = await readWhole(one);
      expect(notes).toEqual([]);
      expect(read).toEqual(volume);
    }
  }
  const numbers = (one: Series) => one.source === 'dicom' && one.frames.map(({ instanceNumber }) => instanceNumber);
  expect(numbers(oneAfterTheOther.series[1])).toEqual(all.map((z) => z + 21));
  expect(numbers(inTurn.series[0])).toEqual(all.map((z) => 2 * z + 1));
});

test('what is no chest CT is set aside with its reason, and last', async () => {
  const single = (attributes: Record<string, unknown>, seed: number) =>
    study({ seed, attributes, slices: [0, 1, 2, 3] });
  const opened = await openFiles([
    ...single({ ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'] }, 2),
    ...single({ Modality: 'MR' }, 3),
    ...single({ SOPClassUID: '1.2.840.10008.5.1.4.1.1.7' }, 4),
    ...single({ SeriesDescription: 'Dose Report' }, 5),
    ...single({ ImageType: ['DERIVED', 'SECONDARY', 'MIP'] }, 6),
    ...study({ seed: 7, slices: [0, 1] }),
    ...study(),
  ]);
  expect(fits(opened)).toEqual([
    'chest-ct',
    'A localizer (scout view): one projection, not slices',
    'Magnetic resonance',
    'A picture made from a CT (secondary capture): its values are not HU',
    'A dose report, not a CT',
    'A projection through many slices (MIP): its values are not those of one place',
    'Only 2 slices',
  ]);
  const refused = await readSeries(opened.series[1], { decode });
  expect(refused).toMatchObject({ kind: 'refused', code: 'set-aside' });
});

test('a localizer under the same series UID is no slice of it', async () => {
  const same = { StudyInstanceUID: '1.2', SeriesInstanceUID: '1.3' };
  const scout = study({
    slices: [4],
    attributes: {
      ...same,
      ImageType: ['ORIGINAL', 'PRIMARY', 'LOCALIZER'],
      ImageOrientationPatient: [1, 0, 0, 0, 0, -1],
    },
  });
  const opened = await openFiles([...scout, ...study({ attributes: same })]);
  expect(fits(opened)).toEqual(['chest-ct', 'A localizer (scout view): one projection, not slices']);
  expect((await readWhole(opened.series[0])).volume).toEqual(volume);
});

test('the thin chest comes before the thick one and before the head', async () => {
  const labelled = (seed: number, SeriesDescription: string, slices: number[], SliceThickness: number) =>
    study({ seed, slices, attributes: { SeriesDescription, SliceThickness, BodyPartExamined: '' } });
  const all = Array.from({ length: 20 }, (_, i) => i);
  const { series } = await openFiles([
    ...labelled(1, 'Head', all, 1),
    ...labelled(
      2,
      'Chest thick',
      all.filter((i) => i % 2 === 0),
      8,
    ),
    ...labelled(3, 'Chest thin', all, 1),
  ]);
  expect(series.map(({ description }) => description)).toEqual(['Chest thin', 'Chest thick', 'Head']);
});

test('archives are opened, one inside another too', async () => {
  const entries = Object.fromEntries(
    await Promise.all(study().map(async ({ name, data }) => [`st/${name}`, new Uint8Array(await data.arrayBuffer())])),
  ) as Record<string, Uint8Array>;
  const inner = zipSync({ ...entries, '../../../etc/passwd': strToU8('root') });
  const outer = zipSync({ 'inner.zip': inner, 'notes.txt': strToU8('none') });
  const file = (bytes: Uint8Array) => ({ name: 'study.zip', data: new Blob([bytes as Uint8Array<ArrayBuffer>]) });

  const opened = await openFiles([file(outer)]);
  expect((await readWhole(opened.series[0])).volume).toEqual(volume);
  expect(opened.problems).toEqual([]);
  expect(opened.counts.ignored).toEqual([
    { reason: 'Files that are no DICOM, NIfTI or .zip', count: 2, example: 'study.zip/notes.txt' },
  ]);

  const half = await openFiles([file(inner.subarray(0, inner.length / 2))]);
  expect(half.series[0].sliceCount).toBeGreaterThan(3);
  expect(half.problems).toEqual([
    { fileName: 'study.zip', message: 'Part of the archive could not be unpacked: it ends too early.' },
  ]);
});

test('an archive that unpacks without end is left', async () => {
  const bomb = zipSync({ 'a.dcm': new Uint8Array(2 ** 25) }, { level: 1 });
  expect(bomb.length).toBeLessThan(2 ** 18);
  const { problems, series } = await openFiles([{ name: 'b.zip', data: new Blob([bomb as Uint8Array<ArrayBuffer>]) }]);
  expect(series).toEqual([]);
  expect(problems[0].message).toBe('Part of the archive could not be unpacked: it holds far more than a study does.');
});

test('a NIfTI file is a series of its own', async () => {
  const bytes = writeNifti(grid, volume.hu, 'made');
  const opened = await openFiles([{ name: 'ct.nii.gz', data: new Blob([bytes]) }]);
  expect(opened.series).toMatchObject([{ source: 'nifti', sliceCount: 20, spacingMm: 4, description: 'ct.nii.gz' }]);
  const { volume: read, sliceInstances } = await readWhole(opened.series[0]);
  expect([...read.hu]).toEqual([...volume.hu]);
  expect(sliceInstances).toEqual([]);
});

test('opening ends when it is cancelled', async () => {
  const cancel = new AbortController();
  const opening = openFiles(study(), { signal: cancel.signal, onProgress: () => cancel.abort() });
  await expect(opening).rejects.toThrow(/aborted/);
});
