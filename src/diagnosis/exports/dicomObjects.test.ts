import { expect, test } from 'vitest';
import { dciodvfyErrors, hasDciodvfy, hasPydicom, pydicom } from '../../../scripts/dicomTools.ts';
import type { Findings } from '../../findings/findings.ts';
import { measure } from '../../findings/measure.ts';
import { pixelBytes } from '../../formats/dicom/pixelBytes.ts';
import { readSeg, segOnGrid, type ReadSeg, type ReadSegFrame, type ReadSegment } from '../../formats/dicom/readSeg.ts';
import { framesRead } from '../../formats/dicom/framesRead.ts';
import { readSr } from '../../formats/dicom/readSr.ts';
import { asPart10 } from '../../formats/dicom/part10.ts';
import { numbersOf, textOf } from '../../formats/dicom/text.ts';
import { openFiles } from '../../formats/openFiles.ts';
import { readSeries } from '../../formats/readSeries.ts';
import type { DicomSeries, ReadSeries } from '../../formats/series.ts';
import { unnumberedLesion, voxelToLps, type Grid, type LpsPoint } from '../../volume/grid.ts';
import { writeDicomStudy, type DicomStudyOptions } from '../../simulation/dicomStudy.ts';
import type { Diagnosis } from '../diagnosis.ts';
import { madeDiagnosis, madeGrid, madeLungs, madeSeries, madeStudy, madeVolume } from './madeStudy.ts';
import { evidenceMap } from './evidenceMap.ts';
import { keyImage } from './keyImage.ts';
import { reopenSegmentation } from './reopen.ts';
import { reviewedReading } from './readStudy.ts';
import { report } from './report.ts';
import { segmentation, type Segmentation } from './segmentation.ts';

const now = new Date('2026-01-02T03:04:05Z');

/** The made volume, written as DICOM files and read from them. */
async function opened(
  options: DicomStudyOptions = {},
  volume = madeVolume,
): Promise<{ series: DicomSeries; read: ReadSeries }> {
  const files = writeDicomStudy(volume, {
    patientName: 'Doe^Jane',
    patientId: 'PAT-7',
    seriesNumber: 2,
    ...options,
  });
  const series = (await openFiles(files)).series[0] as DicomSeries;
  const read = await readSeries(series, {
    decode: async (file, frame) => {
      const { bytes } = await pixelBytes(file, frame);
      return new Uint16Array(bytes.buffer);
    },
  });
  if (read.kind === 'refused') throw new Error(read.message);
  return { series, read };
}

async function written(options: DicomStudyOptions = {}, diagnosis = madeDiagnosis()): Promise<Segmentation> {
  const { series, read } = await opened(options);
  const seg = await segmentation(madeStudy(series, read, diagnosis), now);
  if ('kind' in seg) throw new Error(seg.reason);
  return seg;
}
async function readBack(bytes: Uint8Array<ArrayBuffer>): Promise<ReadSeg> {
  const seg = await readSeg(new Blob([bytes]));
  if (seg.kind === 'refused') throw new Error(seg.message);
  return seg;
}

const lungOf = ({ label }: ReadSegment) => ({ 'Right lung': 1, 'Left lung': 2 })[label] ?? 0;
const lesionOf = ({ label }: ReadSegment) => {
  const number = /^Lesion (\d+)$/.exec(label)?.[1];
  return number ? Number(number) : label.startsWith('Lesion parts') ? unnumberedLesion : 0;
};
const headFirst = Array.from({ length: 20 }, (_, i) => 19 - i);

test.each<[string, DicomStudyOptions]>([
  ['one file a slice', {}],
  ['files from head to feet', { slices: headFirst }],
  ['one multi-frame file', { multiFrame: true }],
  ['a slice given twice', { slices: [...headFirst, 4] }],
])('%s: masks come back voxel for voxel', async (_, options) => {
  const seg = await readBack((await written(options)).bytes);
  const { network, lungs } = madeDiagnosis();
  expect([...segOnGrid(seg, madeGrid, lungOf)!]).toEqual([...lungs!.labels]);
  expect([...segOnGrid(seg, madeGrid, lesionOf)!]).toEqual([...network!.lesions.labels]);
});

test('segments are coded, tracked and named; empty frames are left out', async () => {
  const seg = await readBack((await written()).bytes);
  expect(seg.segments.map(({ label, type, modifier }) => [label, type.value, modifier?.value])).toEqual([
    ['Right lung', '39607008', '24028007'],
    ['Left lung', '39607008', '7771000'],
    ['Lesion 1', '52988006', undefined],
    ['Lesion 2', '52988006', undefined],
    ['Lesion parts below 0.1 ml', '52988006', undefined],
  ]);
  expect(seg.segments[2].tracking?.id).toBe('Lesion 1');
  expect(seg.segments[2].algorithmName).toBe('lite-made 1.2.3, research use only');
  // 18 slices of each lung, 3 and 2 of the lesions, 1 of the part.
  expect(seg.frames).toHaveLength(18 + 18 + 3 + 2 + 1);
});

test('tilted slices: what was found in the straightened volume lies at its place in each of them', async () => {
  const { series, read } = await opened({ tiltDegrees: 12 });
  expect(read.notes.some(({ code }) => code === 'gantry-tilt')).toBe(true);
  const isInside = ([x, y, z]: LpsPoint) => ((x - 42) / 56) ** 2 + ((y - 31) / 33) ** 2 + ((z - 250) / 30) ** 2 < 1;
  const { grid } = read.volume;
  const [, rows, columns] = grid.shape;
  const labels = Uint8Array.from(read.volume.hu, (_, i) => {
    const [z, y, x] = [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns];
    return isInside(voxelToLps(grid, [z, y, x])) ? 1 : 0;
  });
  const made = await segmentation(madeStudy(series, read, { ...madeDiagnosis(false), lungs: { grid, labels } }), now);
  if ('kind' in made) throw new Error(made.reason);
  const seg = await readBack(made.bytes);
  const marked: LpsPoint[] = [];
  seg.frames.forEach((frame, k) => {
    for (let i = 0, bit = k * seg.rows * seg.columns; i < seg.rows * seg.columns; i++, bit++)
      if ((seg.bits[bit >> 3] >> (bit & 7)) & 1) marked.push(placeOf(frame, Math.floor(i / 41), i % 41));
  });
  const expected = series.frames.flatMap(({ orientation, positionMm }) =>
    Array.from({ length: 33 * 41 }, (_, i) =>
      placeOf({ ...orientation!, positionMm: positionMm! }, Math.floor(i / 41), i % 41),
    ).filter(isInside),
  );
  expect(marked.length / expected.length).toBeCloseTo(1, 1);
  middle(marked).forEach((at, axis) => expect(Math.abs(at - middle(expected)[axis])).toBeLessThan(0.5));
  expect(marked.filter(isInside).length / marked.length).toBeGreaterThan(0.93);
});

/** Where a pixel of 3 x 4 mm lies. */
function placeOf(frame: Pick<ReadSegFrame, 'positionMm' | 'row' | 'column'>, r: number, c: number): LpsPoint {
  const at = (axis: 0 | 1 | 2) => frame.positionMm[axis] + 3 * r * frame.column[axis] + 4 * c * frame.row[axis];
  return [at(0), at(1), at(2)];
}
const middle = (points: readonly LpsPoint[]) =>
  [0, 1, 2].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);

test('what cannot be written says why', async () => {
  expect(await segmentation(madeStudy(madeSeries), now)).toMatchObject({ kind: 'not-exported' });
  const { series, read } = await opened();
  const none = await segmentation(madeStudy(series, read, { ...madeDiagnosis(false), lungs: null }), now);
  expect(none).toMatchObject({ reason: expect.stringContaining('no lungs') });
});

test('a segmentation of other images, or one cut off, is not shown', async () => {
  const { bytes } = await written();
  const seg = await readBack(bytes);
  expect(segOnGrid(seg, { ...madeGrid, originMm: [500, 0, 0] }, () => 1)).toBe(null);
  expect(await readSeg(new Blob([bytes.slice(0, bytes.length - 200)]))).toMatchObject({ kind: 'refused' });
  expect(await readSeg(new Blob([new Uint8Array(400)]))).toMatchObject({ kind: 'refused' });
});

test.skipIf(!hasDciodvfy)('dciodvfy finds no error (skipped without dicom3tools)', async () => {
  expect(dciodvfyErrors((await written()).bytes)).toEqual([]);
  expect(dciodvfyErrors((await written({ multiFrame: true })).bytes)).toEqual([]);
  expect(dciodvfyErrors((await written({}, madeDiagnosis(false))).bytes)).toEqual([]);
});

test.skipIf(!hasPydicom)('pydicom reads the same voxels, patient and references (skipped without it)', async () => {
  const script = `
frames = ds.PerFrameFunctionalGroupsSequence
bits = ds.PixelData
size = ds.Rows * ds.Columns
count = lambda k: sum((bits[i >> 3] >> (i & 7)) & 1 for i in range(k * size, (k + 1) * size))
sums = {}
for k, f in enumerate(frames):
    n = int(f.SegmentIdentificationSequence[0].ReferencedSegmentNumber)
    sums[n] = sums.get(n, 0) + count(k)
print(json.dumps({'sums': sums, 'name': str(ds.PatientName), 'study': ds.StudyInstanceUID,
  'z': sorted({float(f.PlanePositionSequence[0].ImagePositionPatient[2]) for f in frames}),
  'refs': len(ds.ReferencedSeriesSequence[0].ReferencedInstanceSequence),
  'series': ds.ReferencedSeriesSequence[0].SeriesInstanceUID}))`;
  const { series } = await opened();
  const lung = (side: number) => madeLungs.labels.filter((label) => label === side).length;
  expect(pydicom((await written()).bytes, script)).toEqual({
    sums: { 1: lung(1), 2: lung(2), 3: 24, 4: 8, 5: 1 },
    name: 'Doe^Jane',
    study: series.study.instanceUid,
    z: Array.from({ length: 18 }, (_, i) => 205 + 5 * i),
    refs: 18,
    series: series.seriesInstanceUid,
  });
});

async function reported(diagnosis = madeDiagnosis(), part: Partial<DicomSeries> = {}) {
  const { series: found, read } = await opened();
  const series: DicomSeries = { ...found, ...part };
  const study = madeStudy(series, read, diagnosis);
  const [seg, bytes] = [await segmentation(study, now), await report(study, now)];
  if ('kind' in seg || 'kind' in bytes) throw new Error('not exported');
  const sr = await readSr(new Blob([bytes]));
  if (sr.kind === 'refused') throw new Error(sr.message);
  return { seg, bytes, sr };
}

test('the report comes back with every figure, its segment and its tracking', async () => {
  const { seg, sr } = await reported();
  const { findings } = madeDiagnosis();
  expect(sr.isVerified).toBe(false);
  expect(sr.root.concept?.value).toBe('126000');
  expect(sr.groups.map(({ trackingId }) => trackingId)).toEqual([
    'Scan',
    'Right lung',
    'Left lung',
    'Lesion 1',
    'Lesion 2',
  ]);
  const lesion = sr.groups[3];
  expect(lesion.trackingUid).toBe(seg.segments[2].tracking?.uid);
  expect(lesion.segment).toEqual({ sopInstanceUid: seg.sopInstanceUid, number: 3 });
  const numbers = lesion.numbers.map(({ concept, value, unit }) => [concept.value, value, unit?.value]);
  const { volumeMl, longestDiameterMm, meanHu } = findings!.lesions[0];
  expect(numbers.map(([code, , unit]) => [code, unit])).toEqual([
    ['118565006', 'ml'],
    ['103339001', 'mm'],
    ['112031', "[hnsf'U]"],
  ]);
  [volumeMl, longestDiameterMm, meanHu].forEach((value, i) => expect(numbers[i][1]).toBeCloseTo(value, 6));
  const scan = Object.fromEntries(sr.groups[0].numbers.map(({ concept, value }) => [concept.value, value]));
  expect(scan['246206008']).toBe(2);
  expect(scan.LVR).toBeCloseTo(100 * findings!.lungs.both.lesionVolumeRatio, 6);
  expect(sr.groups[0].numbers.filter(({ concept }) => concept.value === '122157').map(({ value }) => value)).toEqual([
    0.75, 0.2, 0.05,
  ]);
});

test('a rejected lesion has no segment and no group; the others keep their numbers', async () => {
  const { series, read } = await opened();
  const study = { series, read, diagnosis: reviewedReading(madeDiagnosis(), [], [1]) };
  const seg = await segmentation(study, now);
  const sr = await report(study, now);
  if ('kind' in seg || 'kind' in sr) throw new Error('not written');
  const labels = (await readBack(seg.bytes)).segments.map(({ label }) => label);
  expect(labels).toEqual(['Right lung', 'Left lung', 'Lesion 2', 'Lesion parts below 0.1 ml']);
  const text = new TextDecoder('latin1').decode(sr);
  expect(text).toContain('The reader rejected lesion 1, left out of all figures and masks here.');
  expect(text).toContain('Lesion 2');
  expect(text).not.toContain('Lesion 1');
});

test('a report without the network speaks of lungs alone', async () => {
  const { sr } = await reported(madeDiagnosis(false));
  expect(sr.groups.map(({ trackingId }) => trackingId)).toEqual(['Scan', 'Right lung', 'Left lung']);
  expect(sr.groups[0].numbers.map(({ concept }) => concept.value)).toEqual(['118565006']);
});

test('a report of a scan that does not fit gives no probability, and says why', async () => {
  const { sr } = await reported(madeDiagnosis(), { thicknessMm: 12 });
  expect(sr.groups[0].numbers.map(({ concept }) => concept.value)).not.toContain('122157');
  const comment = sr.root.children
    .flatMap(({ children }) => children)
    .flatMap(({ children }) => children)
    .find(({ concept }) => concept?.value === '121106');
  expect(comment?.text).toContain('No scores: 12 mm: too thick');
});

test.skipIf(!hasDciodvfy)('dciodvfy finds no error in the report (skipped without dicom3tools)', async () => {
  expect(dciodvfyErrors((await reported()).bytes)).toEqual([]);
});

test.skipIf(!hasPydicom)('pydicom reads the report’s lesions (skipped without it)', async () => {
  const script = `
groups = []
def walk(item):
    for child in item.get('ContentSequence', []):
        if child.ValueType == 'CONTAINER' and child.ConceptNameCodeSequence[0].CodeValue == '125007':
            groups.append([c.TextValue for c in child.ContentSequence if c.ValueType == 'TEXT'][0])
        walk(child)
walk(ds)
print(json.dumps({'groups': groups, 'flag': ds.VerificationFlag, 'name': str(ds.PatientName)}))`;
  expect(pydicom((await reported()).bytes, script)).toEqual({
    groups: ['Scan', 'Right lung', 'Left lung', 'Lesion 1', 'Lesion 2'],
    flag: 'UNVERIFIED',
    name: 'Doe^Jane',
  });
});

/** 3 x 1 pixels: red, green, blue. */
const picture = {
  width: 3,
  height: 1,
  data: Uint8ClampedArray.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255),
};
async function captured() {
  const { series } = await opened();
  const bytes = await keyImage(series, picture, [series.frames[3].sopInstanceUid], now);
  if ('kind' in bytes) throw new Error(bytes.reason);
  return { bytes, series };
}

test.skipIf(!hasDciodvfy)('dciodvfy finds no error in a key image (skipped without dicom3tools)', async () => {
  expect(dciodvfyErrors((await captured()).bytes)).toEqual([]);
});

test.skipIf(!hasPydicom)('pydicom reads a key image’s colours and what it shows (skipped without it)', async () => {
  const { bytes, series } = await captured();
  const script = `print(json.dumps({'pixels': list(ds.PixelData[:9]), 'of': ds.SourceImageSequence[0].ReferencedSOPInstanceUID}))`;
  expect(pydicom(bytes, script)).toEqual({
    pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255],
    of: series.frames[3].sopInstanceUid,
  });
});

test('a key image of no DICOM study is not written', async () => {
  expect(await keyImage(madeSeries, picture, [], now)).toMatchObject({ kind: 'not-exported' });
});

test('dropped with its study, a segmentation gives the same lungs, lesions and findings again', async () => {
  const { series, read } = await opened({ slices: headFirst });
  const diagnosis = madeDiagnosis();
  const made = await segmentation(madeStudy(series, read, diagnosis), now);
  if ('kind' in made) throw new Error(made.reason);
  const again = await reopenSegmentation(new Blob([made.bytes]), ofRead(series, read), read.volume);
  if (again.kind === 'refused') throw new Error(again.message);
  expect(again.algorithms).toEqual(['lite-made 1.2.3, research use only']);
  expect(again.made).toEqual({ by: 'DeepSC CT viewer (research), lite-made 1.2.3', on: '2026-01-02 03:04 UTC' });
  expect(again.lungs?.labels).toEqual(diagnosis.lungs?.labels);
  expect(again.lesions?.labels).toEqual(diagnosis.network?.lesions.labels);
  expect(again.findings).toEqual(diagnosis.findings);
  const other = { ...ofRead(series, read), seriesInstanceUid: '1.2.3' };
  expect(await reopenSegmentation(new Blob([made.bytes]), other, read.volume)).toMatchObject({ kind: 'refused' });
  const otherPhase = ofRead(series, read).frames.map((frame) => ({ ...frame, sopInstanceUid: '1.2.3' }));
  expect(
    await reopenSegmentation(new Blob([made.bytes]), { ...series, frames: otherPhase }, read.volume),
  ).toMatchObject({ kind: 'refused', message: expect.stringContaining('another phase') });
});

const ofRead = (series: DicomSeries, read: ReadSeries) => ({ ...series, frames: framesRead(series, read) });

/** Balls: lungs with two lesions, at their places in the patient whatever the grid. */
function ballsIn({ volume }: ReadSeries): Diagnosis {
  const { grid } = volume;
  const [, rows, columns] = grid.shape;
  const ball = (centre: LpsPoint, radiusMm: number) => (i: number) => {
    const at = voxelToLps(grid, [Math.floor(i / (rows * columns)), Math.floor(i / columns) % rows, i % columns]);
    return Math.hypot(at[0] - centre[0], at[1] - centre[1], at[2] - centre[2]) < radiusMm;
  };
  const middle = voxelToLps(grid, [(grid.shape[0] - 1) / 2, (rows - 1) / 2, (columns - 1) / 2]);
  const isLung = ball(middle, 34);
  const isLesion = [-16, 16].map((x) => ball([middle[0] + x, middle[1], middle[2]], 13));
  const lungs = { grid, labels: Uint8Array.from(volume.hu, (_, i) => (isLung(i) ? 1 : 0)) };
  const mask = { grid, labels: Uint8Array.from(volume.hu, (_, i) => (isLesion.some((is) => is(i)) ? 1 : 0)) };
  const { findings, lesionLabels } = measure(volume, lungs, mask);
  const diagnosis = madeDiagnosis();
  return { ...diagnosis, lungs, findings, network: { ...diagnosis.network!, lesions: lesionLabels! } };
}

test.each<[string, DicomStudyOptions]>([
  ['a slice missing', { slices: headFirst.filter((slice) => slice !== 10) }],
  ['two slices missing', { slices: headFirst.filter((slice) => slice !== 8 && slice !== 11) }],
  ['tilted slices', { tiltDegrees: 15 }],
])('%s: a segmentation that comes back has no holes', async (_, options) => {
  const { series, read } = await opened(options);
  expect(read.notes.some(({ severity }) => severity === 'corrected')).toBe(true);
  const kept = ballsIn(read);
  const made = await segmentation(madeStudy(series, read, kept), now);
  if ('kind' in made) throw new Error(made.reason);
  const again = await reopenSegmentation(new Blob([made.bytes]), ofRead(series, read), read.volume);
  if (again.kind === 'refused') throw new Error(again.message);
  expect(again.findings!.lesions).toHaveLength(2);
  const ratio = (of: (findings: Findings) => number) => of(again.findings!) / of(kept.findings!);
  expect(Math.abs(ratio(({ lungs }) => lungs.both.lesionMl) - 1)).toBeLessThan(0.1);
  expect(Math.abs(ratio(({ lungs }) => lungs.both.volumeMl) - 1)).toBeLessThan(0.02);
  // Holes would count as the lungs' edge.
  const [before, after] = [kept, again].map(({ findings }) => findings!.peripheral.ratio!);
  after.forEach((ratio, i) => expect(Math.abs(ratio - before[i])).toBeLessThan(0.05));
});

test('of pictures that are not axial too', async () => {
  // Coronal pictures of the same numbers, from front to back, each from the head down.
  const grid: Grid = {
    ...madeGrid,
    direction: [
      [0, 1, 0],
      [0, 0, -1],
      [1, 0, 0],
    ],
  };
  const { series, read } = await opened({}, { grid, hu: madeVolume.hu });
  const kept = ballsIn(read);
  const made = await segmentation(madeStudy(series, read, kept), now);
  if ('kind' in made) throw new Error(made.reason);
  const again = await reopenSegmentation(new Blob([made.bytes]), ofRead(series, read), read.volume);
  if (again.kind === 'refused') throw new Error(again.message);
  expect(again.findings).toEqual(kept.findings);
  expect(await report(madeStudy(series, read, kept), now)).toBeInstanceOf(Uint8Array);
  expect(await evidenceMap(madeStudy(series, read, kept), 'cap', now)).toBeInstanceOf(Uint8Array);
});

/** A date of any length in a file of explicit little endian. */
async function withDate(data: Blob, [group, element]: readonly [number, number], text: string): Promise<Blob> {
  const bytes = new Uint8Array(await data.arrayBuffer());
  const tag = [group & 255, group >> 8, element & 255, element >> 8, 0x44, 0x41];
  const at = bytes.findIndex((_, i) => tag.every((byte, n) => bytes[i + n] === byte));
  const value = new TextEncoder().encode(text.length % 2 ? `${text} ` : text);
  const former = bytes[at + 6];
  return new Blob([bytes.slice(0, at), Uint8Array.of(...tag, value.length, 0), value, bytes.slice(at + 8 + former)]);
}

test.each(['2021.05.06', '2021-05-06', 'ANONYMIZED', ''])(
  'dates written as "%s" are repeated as DICOM writes them',
  async (text) => {
    const { series, read } = await opened({ attributes: { PatientBirthDate: '19600203' } });
    const files = series.files.map(async ({ name, data }) => ({
      name,
      data: await withDate(await withDate(data, [0x0008, 0x0020], text), [0x0010, 0x0030], text),
    }));
    const study = madeStudy({ ...series, files: await Promise.all(files) }, read, madeDiagnosis());
    const made = await segmentation(study, now);
    if ('kind' in made) throw new Error(made.reason);
    const part10 = await asPart10(new Blob([made.bytes]));
    if (part10.kind !== 'dicom') throw new Error('no DICOM file');
    const expected = text.startsWith('2021') ? '20210506' : '';
    expect(['x00080020', 'x00100030'].map((tag) => textOf(part10.dataSet, tag))).toEqual([expected, expected]);
  },
);

async function writtenEvidence(options: DicomStudyOptions = {}): Promise<Uint8Array<ArrayBuffer>> {
  const { series, read } = await opened(options);
  const made = await evidenceMap(madeStudy(series, read, withEvidence()), 'cap', now);
  if ('kind' in made) throw new Error(made.reason);
  return made;
}
/** Of a grid of its own: 3 slices of 2 rows and 4 columns, numbers that tell their places. */
function withEvidence() {
  const diagnosis = madeDiagnosis();
  const grid = { ...madeGrid, shape: [3, 2, 4] as const, spacingMm: [20, 16, 12] as const };
  const map = { grid, values: Float32Array.from({ length: 24 }, (_, i) => i / 10 - 1) };
  const evidence = { ...diagnosis.network!.evidence, cap: { all: map, scales: { 1: map, 2: map, 3: map } } };
  return { ...diagnosis, network: { ...diagnosis.network!, evidence } };
}

test('the evidence is a Parametric Map of floats: numbers, places and unit as they are', async () => {
  const part10 = await asPart10(new Blob([await writtenEvidence()]));
  if (part10.kind !== 'dicom') throw new Error('no DICOM file');
  const { dataSet, data } = part10;
  expect(textOf(dataSet, 'x00080016')).toBe('1.2.840.10008.5.1.4.1.1.30');
  const pixels = dataSet.elements.x7fe00008;
  expect([pixels.vr, pixels.length]).toEqual(['OF', 4 * 24]);
  const bytes = await data.slice(pixels.dataOffset, pixels.dataOffset + pixels.length).arrayBuffer();
  expect(new Float32Array(bytes)).toEqual(withEvidence().network.evidence.cap.all.values);
  const shared = dataSet.elements.x52009229.items![0].dataSet!;
  const mapping = shared.elements.x00409096.items![0].dataSet!;
  expect([mapping.double('x00409214'), mapping.double('x00409213')].map((value) => value?.toFixed(3))).toEqual([
    '-1.000',
    '1.300',
  ]);
  const frames = dataSet.elements.x52009230.items!.map(({ dataSet: frame }) =>
    numbersOf(frame!.elements.x00209113.items![0].dataSet!, 'x00200032'),
  );
  expect(frames).toEqual(
    [0, 1, 2].map((z) => [...voxelToLps(withEvidence().network.evidence.cap.all.grid, [z, 0, 0])]),
  );
});

test.skipIf(!hasDciodvfy)('dciodvfy finds no error in a Parametric Map (skipped without dicom3tools)', async () => {
  expect(dciodvfyErrors(await writtenEvidence())).toEqual([]);
  expect(dciodvfyErrors(await writtenEvidence({ multiFrame: true }))).toEqual([]);
});

test.skipIf(!hasPydicom)('pydicom reads the same floats (skipped without it)', async () => {
  const script = `
import struct
n = ds.NumberOfFrames * ds.Rows * ds.Columns
print(json.dumps([ds.Rows, ds.Columns, ds.NumberOfFrames, [round(v, 3) for v in struct.unpack('<%df' % n, ds.FloatPixelData)], str(ds.PatientID)]))`;
  const values = Array.from({ length: 24 }, (_, i) => Number((i / 10 - 1).toFixed(3)));
  expect(pydicom(await writtenEvidence(), script)).toEqual([2, 4, 3, values, 'PAT-7']);
});

test('evidence of a study that is no DICOM study, or of none, is not written', async () => {
  expect(await evidenceMap(madeStudy(madeSeries), 'cap', now)).toMatchObject({
    reason: expect.stringContaining('no DICOM'),
  });
  const { series, read } = await opened();
  expect(await evidenceMap(madeStudy(series, read, madeDiagnosis(false)), 'cap', now)).toMatchObject({
    reason: expect.stringContaining('no evidence'),
  });
});
