import { expect, test } from 'vitest';
import { framesRead } from '../formats/dicom/framesRead.ts';
import { pixelBytes } from '../formats/dicom/pixelBytes.ts';
import { writeNifti } from '../formats/nifti.ts';
import { openFiles } from '../formats/openFiles.ts';
import { readSeries } from '../formats/readSeries.ts';
import type { SourceFile } from '../formats/series.ts';
import { writeDicomStudy } from '../simulation/dicomStudy.ts';
import { mayBeCompanions, ownLungs, readCompanions, type CompanionRequest } from './companions.ts';
import { madeDiagnosis, madeGrid, madeLesions, madeLungs, madeStudy, madeVolume } from './exports/madeStudy.ts';
import { report } from './exports/report.ts';
import { segmentation } from './exports/segmentation.ts';

async function kept(withNetwork = true, now = new Date('2026-01-02T03:04:05Z'), lungs = madeLungs) {
  const files = writeDicomStudy(madeVolume);
  const [series] = (await openFiles(files)).series;
  const read = await readSeries(series, {
    decode: async (file, frame) => new Uint16Array((await pixelBytes(file, frame)).bytes.buffer),
  });
  if (read.kind === 'refused') throw new Error(read.message);
  const study = madeStudy(series, read, { ...madeDiagnosis(withNetwork), lungs });
  const [seg, sr] = [await segmentation(study, now), await report(study, now)];
  if ('kind' in seg || 'kind' in sr) throw new Error('not written');
  const file = (name: string, bytes: Uint8Array<ArrayBuffer>): SourceFile => ({ name, data: new Blob([bytes]) });
  const request = (files: SourceFile[], part: Partial<CompanionRequest> = {}): CompanionRequest => ({
    files,
    series: { ...series, frames: framesRead(series, read) },
    volume: madeVolume,
    knownLungs: null,
    take: 'all',
    ...part,
  });
  return { files, seg: file('kept/seg.dcm', seg.bytes), sr: file('kept/sr.dcm', sr), request, file };
}
const nifti = (name: string, values: Uint8Array | Int16Array): SourceFile => ({
  name,
  data: new Blob([writeNifti(madeGrid, values, '')]),
});

test('segmentation and report: the same lesions, and who says so', async () => {
  const { seg, sr, request } = await kept();
  const { reading, report, lungs, problems } = await readCompanions(request([sr, seg]));
  const { network, findings } = madeDiagnosis();
  expect(reading?.lesions.labels).toEqual(network!.lesions.labels);
  expect(reading?.findings).toEqual(findings);
  expect(reading).toMatchObject({ fileName: 'seg.dcm', algorithms: ['lite-made 1.2.3, research use only'] });
  expect(report).toMatchObject({ fileName: 'sr.dcm', isVerified: false, made: { on: '2026-01-02 03:04 UTC' } });
  const scan = report!.groups[0].numbers.map(({ concept, finding, value }) => [
    finding?.meaning ?? concept.meaning,
    value,
  ]);
  expect(scan).toContainEqual(['COVID-19', 0.75]);
  expect([lungs, problems]).toEqual([null, []]);
});

test('of two segmentations the later one is shown, and that is said', async () => {
  const { seg, request, file } = await kept();
  const later = await kept(true, new Date('2026-02-02T00:00:00Z'));
  // Of the same study, with another date.
  const same = (await later.seg.data.arrayBuffer()) as ArrayBuffer;
  const { reading, problems } = await readCompanions(request([seg, file('later.dcm', new Uint8Array(same))]));
  expect(reading?.fileName).toBe('later.dcm');
  expect(problems).toEqual([{ fileName: 'seg.dcm', message: 'Another file of its kind is shown.' }]);
});

test('a segmentation of lungs alone is a lung mask; one of lungs and lesions is when lungs are asked for', async () => {
  const alone = await kept(false);
  const { lungs, reading } = await readCompanions(alone.request([alone.seg]));
  expect([lungs?.lungs.labels, reading]).toEqual([madeLungs.labels, null]);
  const both = await kept();
  const asked = await readCompanions(both.request([both.seg], { take: 'lungs' }));
  expect([asked.lungs?.lungs.labels, asked.reading]).toEqual([madeLungs.labels, null]);
});

test('a mask of lungs is taken, one of lesions is refused in words, CT numbers are a study', async () => {
  const { request } = await kept();
  const { lungs, problems, studies } = await readCompanions(
    request(
      [
        nifti('lungs.nii.gz', madeLungs.labels),
        nifti('l.nii.gz', madeLesions.labels),
        nifti('ct.nii.gz', madeVolume.hu),
      ],
      {
        take: 'all',
      },
    ),
  );
  // 18 slices of 9 rows and 16 columns hold 0.156 l: too little for lungs that nobody called so.
  expect(lungs).toBe(null);
  expect(problems.map(({ fileName }) => fileName)).toEqual(['lungs.nii.gz', 'l.nii.gz']);
  expect(studies).toEqual(['ct.nii.gz']);
  const said = await readCompanions(request([nifti('lungs.nii.gz', madeLungs.labels)], { take: 'lungs' }));
  expect(said.lungs).toEqual({ fileName: 'lungs.nii.gz', lungs: madeLungs });
});

test('a mask that is called lesions is measured anew in the lungs that are known', async () => {
  const { request } = await kept();
  const lesions = nifti('my-lesions.nii.gz', madeLesions.labels);
  const { reading, problems, studies } = await readCompanions(request([lesions], { knownLungs: ownLungs(madeLungs) }));
  const { network, findings } = madeDiagnosis();
  expect(reading?.lesions.labels).toEqual(network!.lesions.labels);
  expect(reading?.findings).toEqual(findings);
  expect(reading).toMatchObject({
    fileName: 'my-lesions.nii.gz',
    format: 'NIfTI mask',
    lungsOf: 'own',
    algorithms: [],
  });
  expect([problems, studies]).toEqual([[], []]);
  // Numbered lesions, as this program writes them, are a mask too.
  const numbers = Int16Array.from(network!.lesions.labels, (label) => Math.min(label, 32767));
  const again = await readCompanions(
    request([nifti('lesion-numbers.nii.gz', numbers)], { knownLungs: ownLungs(madeLungs) }),
  );
  expect(again.reading?.findings).toEqual(findings);
});

test('lesions are measured in the lungs that are dropped with them, whatever the format and the order', async () => {
  const { seg, request } = await kept(false);
  const lesions = nifti('lesions.nii.gz', madeLesions.labels);
  for (const files of [
    [lesions, seg],
    [seg, lesions],
  ]) {
    const { reading, lungs } = await readCompanions(request(files));
    expect([lungs?.fileName, reading?.lungsOf]).toEqual(['seg.dcm', 'own']);
    expect(reading?.lungs.labels).toEqual(madeLungs.labels);
  }
});

test('of two files of lungs one is chosen, the later one, for the screen and for the lesions', async () => {
  const right = { grid: madeGrid, labels: madeLungs.labels.map((label) => (label === 1 ? 1 : 0)) };
  const early = await kept(false);
  const late = await kept(false, new Date('2026-02-02T00:00:00Z'), right);
  const one = { ...late.seg, name: 'late.dcm' };
  const lesions = nifti('lesions.nii.gz', madeLesions.labels);
  for (const files of [
    [early.seg, one, lesions],
    [lesions, one, early.seg],
  ]) {
    const { reading, lungs, problems } = await readCompanions(early.request(files));
    expect(lungs?.fileName).toBe('late.dcm');
    expect(reading?.lungs.labels).toEqual(right.labels);
    expect(problems).toEqual([{ fileName: 'seg.dcm', message: 'Another file of its kind is shown.' }]);
  }
});

test.each([
  ['Infection_Mask/case_001.nii.gz', 'lesions'],
  ['lesions/ct-1/lungs.nii.gz', 'lungs'],
  ['Lung_and_Infection_Mask/case_001.nii.gz', 'lungs'],
  ['lungs/lung-lesions.nii.gz', 'lesions'],
])('%s is taken for %s: the folder counts where the file’s own name says nothing', async (name, what) => {
  const { request } = await kept();
  // Too little for lungs that nobody called so: refused as lungs.
  const { reading, problems } = await readCompanions(request([nifti(name, madeLungs.labels)]));
  expect(reading ? 'lesions' : 'lungs').toBe(what);
  expect(problems).toHaveLength(reading ? 0 : 1);
});

test('lesions alone are no lungs, even where lungs are known', async () => {
  const { request, seg } = await kept(true, undefined, {
    grid: madeGrid,
    labels: new Uint8Array(madeVolume.hu.length),
  });
  const asked = { take: 'lungs', knownLungs: ownLungs(madeLungs) } as const;
  const { lungs, problems } = await readCompanions(request([seg], asked));
  expect([lungs, problems[0].message]).toEqual([null, 'It holds lesions and no lungs.']);
});

test('lesions without lungs, an empty mask, CT numbers under such a name: words or a study, never a number', async () => {
  const { request } = await kept();
  const none = nifti('no-lesions.nii.gz', new Uint8Array(madeLesions.labels.length));
  const ct = nifti('ct-of-lesions.nii.gz', madeVolume.hu);
  const alone = nifti('lesions.nii.gz', madeLesions.labels);
  const known = await readCompanions(request([none, ct], { knownLungs: ownLungs(madeLungs) }));
  expect([known.reading, known.problems.map(({ message }) => message), known.studies]).toEqual([
    null,
    ['The mask is empty.'],
    ['ct-of-lesions.nii.gz'],
  ]);
  const here = await readCompanions(request([alone]));
  expect(here.reading).toMatchObject({ lungsOf: 'here' });
  const airless = { ...madeVolume, hu: new Int16Array(madeVolume.hu.length).fill(40) };
  const { reading, problems } = await readCompanions(request([alone], { volume: airless }));
  expect([reading, problems[0].message]).toEqual([null, expect.stringContaining('no lungs')]);
});

test('of another study: refused in words', async () => {
  const { seg, sr, request } = await kept();
  const series = { study: { instanceUid: '9.9', date: '', description: '' }, seriesInstanceUid: '9.9.1', frames: [] };
  const { reading, report, problems } = await readCompanions(request([seg, sr], { series }));
  expect([reading, report]).toEqual([null, null]);
  expect(problems.map(({ message }) => message)).toEqual([
    'The segmentation belongs to another study.',
    'The report belongs to another study.',
  ]);
});

test('a few segmentations, reports and masks of its size may go with a study; images never', async () => {
  const { files, seg, sr } = await kept();
  const mask = nifti('mask.nii.gz', madeLungs.labels);
  expect(await mayBeCompanions([seg, sr, mask], madeGrid)).toBe(true);
  expect(await mayBeCompanions([seg, files[0]], madeGrid)).toBe(false);
  expect(await mayBeCompanions([mask], { ...madeGrid, shape: [19, 33, 41] })).toBe(false);
  expect(await mayBeCompanions([{ name: 'x', data: new Blob(['Dear colleague']) }], madeGrid)).toBe(false);
  expect(await mayBeCompanions([], madeGrid)).toBe(false);
});
