import { expect, test } from 'vitest';
import packageJson from '../../../package.json' with { type: 'json' };
import { figures } from '../../findings/table.ts';
import { unnumberedLesion } from '../../volume/grid.ts';
import { readNifti } from '../../formats/nifti.ts';
import { findingsCsv, lesionsCsv, table } from './findingsCsv.ts';
import { madeDiagnosis, madeGrid, madeLesions, madeLungs, madePatient, madeSeries, madeStudy } from './madeStudy.ts';
import { lesionNumbersNifti, lesionsNifti, lungsNifti, unnumberedInNifti } from './niftiMasks.ts';
import { program, reviewedReading } from './readStudy.ts';
import { resultJson } from './resultJson.ts';

const now = new Date('2026-01-02T03:04:05Z');
const study = madeStudy(madeSeries);
const { series, read, diagnosis } = study;
const withheld = madeDiagnosis(false);
const figureNames = new Set(figures.map(({ id }) => id));

test('the program names its own version', () => {
  expect(program).toEqual({ name: packageJson.name, version: packageJson.version });
});

test('result.json holds what was measured', () => {
  const result = JSON.parse(JSON.stringify(resultJson(study)));
  expect(result).toMatchObject({
    study: { instanceUid: '1.2.3', date: '2021-05-06' },
    series: { instanceUid: '1.2.3.4', date: '2021-05-06', slices: 20 },
    geometry: { sizeVoxels: [41, 33, 20], spacingMm: [4, 3, 5], corrected: false },
    engine: { kind: 'wasm' },
    model: { name: 'lite-made', version: '1.2.3', sha256: 'ab'.repeat(32), evidence: 'simulated' },
    scores: { covid19: 0.75, cap: 0.2, nonPneumonia: 0.05 },
    timingsMs: { lungs: 12, findings: 3 },
    warnings: ['The slices are 5 mm thick.'],
  });
  // 18 slices of 9 x 8 voxels of 0.06 ml in each lung; 33 lesion voxels, the one alone among them.
  expect(result.lungs.rightMl).toBeCloseTo(77.76, 8);
  expect(result.lungs.leftMl).toBeCloseTo(77.76, 8);
  expect(result.lesionMl).toBeCloseTo(33 * 0.06, 8);
  expect(result.lesionVolumeRatio).toBeCloseTo((33 * 0.06) / 155.52, 8);
  expect(result.lesions).toHaveLength(2);
  const [first] = result.lesions;
  expect(Object.keys(first)).toEqual(['number', 'volumeMl', 'boxMmLps', 'centroidMmLps', 'meanHu']);
  expect(first.volumeMl).toBeCloseTo(24 * 0.06, 8);
  expect(first.boxMmLps).toEqual({ min: [-32, -12, 212.5], max: [-16, -6, 227.5] });
  expect(first.centroidMmLps).toEqual([-24, -9, 220]);
  expect(first.meanHu).toBe(-300);
});

test('what was withheld is null or empty, with the reason', () => {
  const result = resultJson({ ...study, diagnosis: withheld });
  expect([result.scores, result.lesionMl, result.lesionVolumeRatio, result.engine]).toEqual([null, null, null, null]);
  expect(result.lesions).toEqual([]);
  expect(result.lungs?.rightMl).toBeCloseTo(77.76, 8);
  expect(result.warnings).toEqual([
    'The slices are 5 mm thick.',
    'No lesions and no scores are shown unless asked for.',
  ]);
});

test('where no lesions were looked for, the CSV has the lungs and nothing of lesions, not even zeros', () => {
  const names = findingsCsv({ ...study, diagnosis: withheld }, now)
    .split('\r\n')
    .map((row) => row.split(',')[0]);
  const figures = names.filter((name) => figureNames.has(name));
  expect(figures).toEqual(['right', 'left', 'both'].flatMap((lung) => [`${lung}.volumeMl`, `${lung}.meanHu`]));
});

test('a scan that does not fit has no scores in any file, and each says why', () => {
  const unfit = { ...study, series: { ...series, thicknessMm: 12 } };
  const reason = 'No scores: 12 mm: too thick to be read by the network.';
  const result = resultJson(unfit);
  expect(result.scores).toBe(null);
  expect(result.warnings).toContain(reason);
  expect(result.fitness).toContainEqual({
    name: 'Slices',
    verdict: 'stop',
    message: '12 mm: too thick to be read by the network.',
  });
  expect(result.fitness).toContainEqual({ name: 'Modality', verdict: 'pass' });
  expect(result.lesions).toHaveLength(2);
  const csv = findingsCsv(unfit, now);
  expect(csv).not.toMatch(/^score\./m);
  expect(csv).toContain(`warning,${reason}`);
  expect(findingsCsv(study, now)).toMatch(/^score\.covid19,0.75/m);
});

test('what the reader rejected is in no figure and no mask, and every file says so', async () => {
  const reviewed = { ...study, diagnosis: reviewedReading(diagnosis, [1], [2]) };
  const result = resultJson(reviewed);
  expect(result.lesions.map(({ number }) => number)).toEqual([1]);
  expect(result.reader).toEqual({ accepted: [1], rejected: [2] });
  // The part that is too small to be counted stays.
  expect(result.lesionMl).toBeCloseTo((24 + 1) * 0.06, 8);
  const words = 'The reader accepted lesion 1 and rejected lesion 2, left out of all figures and masks here.';
  expect(result.warnings).toContain(words);
  expect(findingsCsv(reviewed, now)).toContain(`warning,"${words}"`);
  expect(findingsCsv(reviewed, now)).toContain('left.lesionCount,0,count,"Lesions, left lung"');
  const rows = lesionsCsv(reviewed).trimEnd().split('\r\n');
  expect(rows.map((row) => [row.split(',')[0], row.split(',').at(-1)])).toEqual([
    ['number', 'reader'],
    ['1', 'accepted'],
    ['2', 'rejected'],
  ]);
  const mask = await readNifti(lesionsNifti(read, reviewed.diagnosis));
  if (mask.kind === 'refused') throw new Error(mask.message);
  expect(mask.values.filter((value) => value !== 0)).toHaveLength(25);
  expect(resultJson(study).reader).toBe(null);
  expect(reviewedReading(diagnosis, [], [])).toBe(diagnosis);
});

test('no export names the patient', () => {
  const texts = [JSON.stringify(resultJson(study)), findingsCsv(study, now), lesionsCsv(study)];
  for (const text of texts)
    for (const part of [...madePatient.name.split(' '), madePatient.id, madePatient.birthDate])
      expect(text).not.toContain(part);
});

test('no file without identity repeats free text, a file’s name or the age of a child', () => {
  const named = {
    ...series,
    description: 'Doe_Jane_20130203.nii.gz',
    study: { ...series.study, description: 'Thorax Doe' },
    patient: { ...madePatient, birthDate: '2013-02-03' },
  };
  const ofChild = { ...study, series: named };
  const result = resultJson(ofChild);
  expect(result.fitness.find(({ name }) => name === 'Age')?.verdict).toBe('caution');
  for (const text of [JSON.stringify(result), findingsCsv(ofChild, now), lesionsCsv(ofChild)])
    expect(text).not.toMatch(/Doe|Thorax|\b8 years/);
});

test('CSV: one figure a row, one lesion a row, quoted where needed', () => {
  const lines = findingsCsv(study, now).split('\r\n');
  expect(lines[0]).toBe('name,value,unit,label');
  expect(lines).toContain('model,lite-made 1.2.3,,');
  expect(lines).toContain('right.lesionCount,1,count,"Lesions, right lung"');
  expect(lines).toContain('score.covid19,0.75,,Pattern likelihood from CT alone');
  const lesions = lesionsCsv(study).trimEnd().split('\r\n');
  expect(lesions).toHaveLength(3);
  expect(lesions[0].split(',')).toHaveLength(lesions[1].split(',').length);
  expect(lesions[2].split(',').slice(0, 2)).toEqual(['2', 'left']);
  expect(table(['a', 'b'], [['say "no", twice', null], [1]])).toBe('a,b\r\n"say ""no"", twice",\r\n1,\r\n');
});

test('masks come back voxel for voxel on the source’s own axes', async () => {
  const readBack = async (bytes: Uint8Array) => {
    const image = await readNifti(bytes);
    if (image.kind === 'refused') throw new Error(image.message);
    expect(image.grid).toEqual(madeGrid);
    expect(image.exportOrder).toEqual(study.read.exportOrder);
    return Array.from(image.values);
  };
  expect(await readBack(lungsNifti(read, diagnosis))).toEqual([...madeLungs.labels]);
  expect(await readBack(lesionsNifti(read, diagnosis))).toEqual([...madeLesions.labels]);
  const numbers = [...(study.diagnosis.network?.lesions.labels ?? [])];
  expect(await readBack(lesionNumbersNifti(read, diagnosis))).toEqual(
    numbers.map((number) => (number === unnumberedLesion ? unnumberedInNifti : number)),
  );
  expect((await readBack(lesionsNifti(read, withheld))).every((value) => value === 0)).toBe(true);
});
