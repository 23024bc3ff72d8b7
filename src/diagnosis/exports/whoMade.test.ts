/** SEG and SR name who made the lungs, and who the lesions, each by itself. */
import { expect, test } from 'vitest';
import { framesRead } from '../../formats/dicom/framesRead.ts';
import { pixelBytes } from '../../formats/dicom/pixelBytes.ts';
import { readSeg } from '../../formats/dicom/readSeg.ts';
import { writeNifti } from '../../formats/nifti.ts';
import { openFiles } from '../../formats/openFiles.ts';
import { readSeries } from '../../formats/readSeries.ts';
import { writeDicomStudy } from '../../simulation/dicomStudy.ts';
import { ownLungs, readCompanions } from '../companions.ts';
import { ownLungsNote } from '../ownLungs.ts';
import { madeDiagnosis, madeGrid, madeLesions, madeLungs, madeStudy, madeVolume } from './madeStudy.ts';
import { keptReading, warningsOf, type Kept, type ReadStudy } from './readStudy.ts';
import { report } from './report.ts';
import { segmentation } from './segmentation.ts';

const now = new Date('2026-01-02T03:04:05Z');
const byNetwork = ['AUTOMATIC', 'lite-made 1.2.3, research use only'];
const byProgram = ['AUTOMATIC', 'deepsc-ct-viewer 0.1.0, research use only'];
const notKnown = ['SEMIAUTOMATIC', 'Not known: read from another file'];
const byHand = ['MANUAL', ''];

async function studyOf(diagnosis: Kept): Promise<ReadStudy> {
  const [series] = (await openFiles(writeDicomStudy(madeVolume))).series;
  const read = await readSeries(series, {
    decode: async (file, frame) => new Uint16Array((await pixelBytes(file, frame)).bytes.buffer),
  });
  if (read.kind === 'refused') throw new Error(read.message);
  return { ...madeStudy(series, read), diagnosis };
}

async function written(study: ReadStudy) {
  const [seg, sr] = [await segmentation(study, now), await report(study, now)];
  if ('kind' in seg || 'kind' in sr) throw new Error('not written');
  const back = await readSeg(new Blob([seg.bytes]));
  if (back.kind === 'refused') throw new Error(back.message);
  const [rightLung, leftLung, lesion] = back.segments.map((one) => [one.algorithmType, one.algorithmName]);
  expect(leftLung).toEqual(rightLung);
  const text = new TextDecoder('latin1').decode(sr);
  /** Of groups in the report, those that name an algorithm so. */
  const groups = (name: string) => text.split(`${name}, research use only`).length - 1;
  const ofReport = { program: groups('deepsc-ct-viewer'), network: groups('lite-made') };
  return { lungs: rightLung, lesions: lesion, ofReport, file: { name: 'seg.dcm', data: new Blob([seg.bytes]) } };
}

/** The study with a file in place of a diagnosis. */
async function reopened(study: ReadStudy, file: { name: string; data: Blob }): Promise<ReadStudy> {
  const series = { ...study.series, frames: framesRead(study.series, study.read) };
  const request = { files: [file], series, volume: madeVolume, knownLungs: ownLungs(madeLungs), take: 'all' } as const;
  const { reading } = await readCompanions(request);
  if (!reading) throw new Error('nothing was read');
  return { ...study, diagnosis: keptReading(reading) };
}

test('lungs found here are the program’s, lesions the network’s; so they stay when the file is read again', async () => {
  const study = await studyOf(madeDiagnosis());
  const first = await written(study);
  expect(first).toMatchObject({ lungs: byProgram, lesions: byNetwork, ofReport: { program: 2, network: 3 } });
  const again = await written(await reopened(study, first.file));
  expect(again).toMatchObject({ lungs: byProgram, lesions: byNetwork });
});

test('a reader’s own lungs are nobody’s that is known here, computed lesions or not', async () => {
  const own = await written(await studyOf({ ...madeDiagnosis(), lungNotes: [ownLungsNote] }));
  expect(own).toMatchObject({ lungs: notKnown, lesions: byNetwork, ofReport: { program: 0, network: 3 } });
  const alone = await written(await studyOf({ ...madeDiagnosis(false), lungNotes: [ownLungsNote] }));
  expect(alone).toMatchObject({ lungs: notKnown, ofReport: { program: 0, network: 0 } });
});

test('lungs found by a program beside lesions drawn by hand: each keeps its own', async () => {
  const drawn = { format: 'DICOM SEG', made: { by: '', on: '' }, algorithms: [], algorithmType: 'MANUAL' } as const;
  const study = await studyOf({ ...madeDiagnosis(), model: null, fromFile: { ...drawn, lungsOf: 'here' } });
  const first = await written(study);
  expect(first).toMatchObject({ lungs: byProgram, lesions: byHand, ofReport: { program: 2, network: 0 } });
  const again = await written(await reopened(study, first.file));
  expect(again).toMatchObject({ lungs: byProgram, lesions: byHand });
});

test('what is to be said of the lungs is among the warnings of a stored reading too', async () => {
  const lesions = { name: 'lesions.nii.gz', data: new Blob([writeNifti(madeGrid, madeLesions.labels, '')]) };
  const study = await reopened(await studyOf(madeDiagnosis()), lesions);
  expect(warningsOf(study)).toContainEqual({ code: 'lungs', message: ownLungsNote.message });
});
