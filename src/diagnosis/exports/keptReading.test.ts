/** A reading that came from a file is kept again as that file's, not as this program's. */
import { expect, test } from 'vitest';
import { dciodvfyErrors, hasDciodvfy } from '../../../scripts/dicomTools.ts';
import { framesRead } from '../../formats/dicom/framesRead.ts';
import { pixelBytes } from '../../formats/dicom/pixelBytes.ts';
import { readSeg } from '../../formats/dicom/readSeg.ts';
import { readSr } from '../../formats/dicom/readSr.ts';
import { writeNifti } from '../../formats/nifti.ts';
import { openFiles } from '../../formats/openFiles.ts';
import { readSeries } from '../../formats/readSeries.ts';
import type { SourceFile } from '../../formats/series.ts';
import { writeDicomStudy } from '../../simulation/dicomStudy.ts';
import { ownLungs, readCompanions } from '../companions.ts';
import { findingsCsv } from './findingsCsv.ts';
import { madeGrid, madeLesions, madeLungs, madeStudy, madeVolume } from './madeStudy.ts';
import { keptReading, type ReadStudy } from './readStudy.ts';
import { report } from './report.ts';
import { resultJson } from './resultJson.ts';
import { segmentation, type Segmentation } from './segmentation.ts';

const now = new Date('2026-01-02T03:04:05Z');

async function opened() {
  const [series] = (await openFiles(writeDicomStudy(madeVolume))).series;
  const read = await readSeries(series, {
    decode: async (file, frame) => new Uint16Array((await pixelBytes(file, frame)).bytes.buffer),
  });
  if (read.kind === 'refused') throw new Error(read.message);
  return { series, read };
}
const fileOf = (name: string, bytes: Uint8Array<ArrayBuffer>): SourceFile => ({ name, data: new Blob([bytes]) });

/** The study with what the files hold, in place of a diagnosis. */
async function withFiles(files: (made: Segmentation) => SourceFile[]): Promise<ReadStudy> {
  const { series, read } = await opened();
  const made = await segmentation(madeStudy(series, read), now);
  if ('kind' in made) throw new Error(made.reason);
  const knownLungs = ownLungs(madeLungs);
  const of = { ...series, frames: framesRead(series, read) };
  const request = { files: files(made), series: of, volume: madeVolume, knownLungs, take: 'all' } as const;
  const { reading } = await readCompanions(request);
  if (!reading) throw new Error('nothing was read');
  return { ...madeStudy(series, read), diagnosis: keptReading(reading) };
}
const ofSeg = () => withFiles(({ bytes }) => [fileOf('Doe Jane.dcm', bytes)]);
const ofNifti = () => withFiles(() => [fileOf('Doe lesions.nii.gz', writeNifti(madeGrid, madeLesions.labels, ''))]);

async function segmentsOf(study: ReadStudy) {
  const made = await segmentation(study, now);
  if ('kind' in made) throw new Error(made.reason);
  const seg = await readSeg(new Blob([made.bytes]));
  if (seg.kind === 'refused') throw new Error(seg.message);
  if (hasDciodvfy) expect(dciodvfyErrors(made.bytes)).toEqual([]);
  return {
    seg,
    segments: seg.segments.map(({ label, algorithmType, algorithmName }) => [label, algorithmType, algorithmName]),
  };
}

test('a SEG of a SEG names the first one’s algorithms, and this program as no more than its writer', async () => {
  const { seg, segments } = await segmentsOf(await ofSeg());
  const first = ['AUTOMATIC', 'lite-made 1.2.3, research use only'];
  const itsLungs = ['AUTOMATIC', 'deepsc-ct-viewer 0.1.0, research use only'];
  expect(segments).toEqual([
    ['Right lung', ...itsLungs],
    ['Left lung', ...itsLungs],
    ['Lesion 1', ...first],
    ['Lesion 2', ...first],
    ['Lesion parts below 0.1 ml', ...first],
  ]);
  expect(seg.made.by).toBe('DeepSC CT viewer (research), deepsc-ct-viewer');
});

test('of a mask nobody knows who drew it, and the SEG says so', async () => {
  const { segments } = await segmentsOf(await ofNifti());
  expect(segments[0]).toEqual(['Right lung', 'SEMIAUTOMATIC', 'Not known: read from another file']);
  expect(segments[2]).toEqual(['Lesion 1', 'SEMIAUTOMATIC', 'Not known: read from a NIfTI mask']);
});

test('the report speaks of the same lesions, without scores and without our model', async () => {
  const study = await ofSeg();
  const made = await report(study, now);
  if ('kind' in made) throw new Error(made.reason);
  if (hasDciodvfy) expect(dciodvfyErrors(made)).toEqual([]);
  const sr = await readSr(new Blob([made]));
  if (sr.kind === 'refused') throw new Error(sr.message);
  expect(sr.groups.map(({ trackingId }) => trackingId)).toEqual([
    'Scan',
    'Right lung',
    'Left lung',
    'Lesion 1',
    'Lesion 2',
  ]);
  expect(sr.groups[0].numbers.filter(({ concept }) => concept.meaning === 'Probability')).toEqual([]);
  expect(sr.made.by).toContain('deepsc-ct-viewer');
});

test('JSON and CSV give the numbers, no model, and the word that a file held them; neither names the file', async () => {
  const study = await ofNifti();
  const json = resultJson(study);
  expect(json).toMatchObject({ model: null, engine: null, scores: null, lesions: [{}, {}] });
  expect(json.lesionMl).toBeCloseTo(33 * 0.06, 6);
  const csv = findingsCsv(study, now);
  for (const text of [JSON.stringify(json), csv]) {
    expect(text).toContain(
      'Lesions were read from a NIfTI mask and measured anew; this program computed none of them.',
    );
    expect(text).not.toContain('Doe');
  }
});
