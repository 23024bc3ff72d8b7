/** What lies beside a study: a segmentation or a report made of it, a reader's own lungs. */
import type { Findings, LesionLabels } from '../findings/findings.ts';
import type { Made } from '../formats/dicom/madeBy.ts';
import { asPart10 } from '../formats/dicom/part10.ts';
import { readSr, type MeasurementGroup } from '../formats/dicom/readSr.ts';
import { textOf } from '../formats/dicom/text.ts';
import { readNifti, readNiftiHeader, type NiftiImage } from '../formats/nifti.ts';
import type { FileProblem, SourceFile } from '../formats/series.ts';
import type { Grid, Mask, Volume } from '../volume/grid.ts';
import { reopenSegmentation, type Reopened, type SegmentMaker, type SourceSeries } from './exports/reopen.ts';
import { measure } from '../findings/measure.ts';
import { segmentLungs, type LungResult } from '../lungs/segmentLungs.ts';
import type { Diagnosis } from './diagnosis.ts';
import { lungsOfNifti, maskOnStudy, ownLungsNote } from './ownLungs.ts';

/** Lesions that a segmentation or a mask holds, measured anew; algorithms and their type are those of the lesions. */
export interface StoredReading extends SegmentMaker {
  readonly fileName: string;
  readonly format: 'DICOM SEG' | 'NIfTI mask';
  readonly made: Made;
  /** Whose the lungs are: the same file's, of another file, or found here. */
  readonly lungsOf: 'file' | 'own' | 'here';
  /** What made the lungs, where they are the file's. */
  readonly lungMaker?: SegmentMaker;
  readonly lungs: Mask;
  readonly lungNotes: Diagnosis['lungNotes'];
  readonly findings: Findings;
  readonly lesions: LesionLabels;
}

/** What a report states, as it states it. */
export interface StoredReport {
  readonly fileName: string;
  readonly made: Made;
  readonly isVerified: boolean;
  readonly groups: readonly MeasurementGroup[];
}

export interface OwnLungs {
  readonly fileName: string;
  readonly lungs: Mask;
}

export interface Companions {
  readonly reading: StoredReading | null;
  readonly report: StoredReport | null;
  readonly lungs: OwnLungs | null;
  /** What cannot be shown with the study, and why. */
  readonly problems: readonly FileProblem[];
  /** Files that are a study by themselves. */
  readonly studies: readonly string[];
}

export const noCompanions: Companions = { reading: null, report: null, lungs: null, problems: [], studies: [] };

export interface CompanionRequest {
  readonly files: readonly SourceFile[];
  readonly series: SourceSeries;
  readonly volume: Volume;
  /** Lungs known already, for a segmentation of lesions alone. */
  readonly knownLungs: KnownLungs | null;
  /** `lungs`: the files are said to hold a reader's own lungs, and nothing else is taken from them. */
  readonly take: 'all' | 'lungs';
}

export type KnownLungs = Pick<StoredReading, 'lungs' | 'lungsOf' | 'lungNotes'>;

/** More files than anyone drops onto an open study to go with it. */
const mostFiles = 12;

/** Whether files may go with the study on screen, by their headers alone: segmentations, reports, NIfTI of its size. */
export async function mayBeCompanions(files: readonly SourceFile[], grid: Grid): Promise<boolean> {
  if (files.length === 0 || files.length > mostFiles) return false;
  for (const { data } of files) {
    const kind = await kindOf(data).catch(() => 'other' as const);
    if (kind === 'other') return false;
    if (kind === 'nifti') {
      const header = await readNiftiHeader(data);
      if (header.kind === 'refused' || header.grid.shape.join() !== grid.shape.join()) return false;
    }
  }
  return true;
}

async function kindOf(data: Blob): Promise<'SEG' | 'SR' | 'nifti' | 'other'> {
  const part10 = await asPart10(data);
  if (part10.kind === 'dicom') {
    const modality = textOf(part10.dataSet, 'x00080060');
    return modality === 'SEG' || modality === 'SR' ? modality : 'other';
  }
  return (await readNiftiHeader(data)).kind === 'read' ? 'nifti' : 'other';
}

type Read =
  | { readonly kind: 'reading'; readonly reading: StoredReading }
  | { readonly kind: 'report'; readonly report: StoredReport }
  | { readonly kind: 'lungs'; readonly lungs: OwnLungs; readonly made: Made }
  | { readonly kind: 'problem'; readonly problem: FileProblem }
  | { readonly kind: 'study'; readonly fileName: string };

/** Of several of a kind the one made last is taken; the others are among the problems. Lesions alone are measured in the
 *  lungs that are taken, or in those known already, or in lungs found here, once. */
export async function readCompanions(request: CompanionRequest): Promise<Companions> {
  const files = await Promise.all(request.files.map(async (file) => ({ file, kind: await kindOf(file.data) })));
  const all: (Read | LesionsAlone)[] = [];
  for (const { file, kind } of files) all.push(await readOne(file, kind, request));
  const [taken] = newestLungs(all.filter((one) => typeof one !== 'function'));
  let found: LungResult | null = null;
  const lungsFor: LungsFor = () => {
    const known = taken ? ownLungs(taken.lungs.lungs) : request.knownLungs;
    if (known) return known;
    found ??= segmentLungs(request.volume);
    return found.kind === 'none' ? null : { lungs: found.lungs, lungsOf: 'here', lungNotes: found.notes };
  };
  const read: Read[] = [];
  for (const one of all) read.push(typeof one === 'function' ? await one(lungsFor) : one);
  return chosen(read);
}

type LungsFor = () => KnownLungs | null;
/** Is read to the end once the lungs are chosen. */
type LesionsAlone = (lungsFor: LungsFor) => Promise<Read>;

/** A reader's own mask. */
export const ownLungs = (lungs: Mask): KnownLungs => ({ lungs, lungsOf: 'own', lungNotes: [ownLungsNote] });

const noLungsFor = 'It holds lesions and no lungs, and none were found in these images to measure them in.';
/** The study's own lungs are the file's where it has some. */
const ofFile = [{ code: 'from-file', message: 'The lungs were read from a file and not checked.' }] as const;

async function readOne(
  { name, data }: SourceFile,
  kind: Awaited<ReturnType<typeof kindOf>>,
  { series, volume, take }: CompanionRequest,
): Promise<Read | LesionsAlone> {
  const fileName = name.split('/').pop() ?? name;
  const problem = (message: string): Read => ({ kind: 'problem', problem: { fileName, message } });
  if (kind === 'SEG') {
    const reopened = await reopenSegmentation(data, series, volume);
    if (reopened.kind === 'refused') return problem(reopened.message);
    const { lungs, lesions, made, lungMaker } = reopened;
    if (lungs && (!lesions || take === 'lungs')) return { kind: 'lungs', lungs: { fileName, lungs }, made };
    const ofSelf = { lungsOf: 'file', lungNotes: ofFile, lungMaker } as const;
    if (lungs) return segReading(fileName, reopened, ofSelf) ?? problem(noLungsFor);
    if (take === 'lungs') return problem('It holds lesions and no lungs.');
    return async (lungsFor) => {
      const known = lungsFor();
      if (!known) return problem(noLungsFor);
      const { lungs, lungsOf, lungNotes } = known;
      const measured = await reopenSegmentation(data, series, volume, lungs);
      if (measured.kind === 'refused') return problem(measured.message);
      return segReading(fileName, measured, { lungsOf, lungNotes }) ?? problem(noLungsFor);
    };
  }
  if (kind === 'SR' && take === 'all') {
    const report = await readSr(data);
    if (report.kind === 'refused') return problem(report.message);
    if (report.studyInstanceUid !== series.study.instanceUid) return problem('The report belongs to another study.');
    const { made, isVerified, groups } = report;
    return { kind: 'report', report: { fileName, made, isVerified, groups } };
  }
  if (kind !== 'nifti') return problem('It holds no mask of the lungs: a DICOM SEG or a NIfTI file is needed.');
  const image = await readNifti(data);
  if (image.kind === 'refused') return problem(image.message);
  if (take === 'all' && isCalledLesions(name)) return lesionsOf(fileName, image, volume);
  const own = lungsOfNifti(image, volume, take === 'lungs');
  if (own.kind === 'refused') return problem(own.message);
  if (own.kind === 'lungs') return { kind: 'lungs', lungs: { fileName, lungs: own.lungs }, made: nobody };
  return take === 'all' ? { kind: 'study', fileName } : problem('It holds CT numbers and no mask.');
}

const lesionWords = /lesion|infect|opacit|consolid|ground.?glass|ggo/i;

/** A mask says not what it is of: its name does, or the folder nearest to it that names lungs or lesions. */
function isCalledLesions(path: string): boolean {
  const parts = path.split('/').reverse();
  const named = parts.find((part) => /lung/i.test(part) || lesionWords.test(part)) ?? '';
  return lesionWords.test(named) && !/lungs?.?and/i.test(named);
}

const nobody: Made = { by: '', on: '' };

function lesionsOf(fileName: string, image: NiftiImage, volume: Volume): Read | LesionsAlone {
  const problem = (message: string): Read => ({ kind: 'problem', problem: { fileName, message } });
  const mask = maskOnStudy(image, volume.grid);
  if (mask.kind === 'no-mask') return { kind: 'study', fileName };
  if (mask.kind === 'refused') return problem(mask.message);
  return async (lungsFor) => {
    const whose = lungsFor();
    if (!whose) return problem(noLungsFor);
    const { findings, lesionLabels: lesions } = measure(volume, whose.lungs, mask.mask);
    if (!lesions) return problem(noLungsFor);
    const maker = { made: nobody, algorithms: [], algorithmType: 'SEMIAUTOMATIC' } as const;
    return { kind: 'reading', reading: { fileName, format: 'NIfTI mask', ...maker, ...whose, findings, lesions } };
  };
}

/** @param whose the lungs are
 *  @returns null where lesions or lungs are not there */
function segReading(
  fileName: string,
  { made, algorithms, algorithmType, lungs, findings, lesions }: Reopened,
  whose: Pick<StoredReading, 'lungsOf' | 'lungNotes' | 'lungMaker'>,
): Read | null {
  if (!lungs || !findings || !lesions) return null;
  const maker = { made, algorithms, algorithmType };
  return { kind: 'reading', reading: { fileName, format: 'DICOM SEG', ...maker, ...whose, lungs, findings, lesions } };
}

function chosen(all: readonly Read[]): Companions {
  const of = <K extends Read['kind']>(kind: K) =>
    all.filter((one): one is Extract<Read, { kind: K }> => one.kind === kind);
  const readings = newestFirst(of('reading').map(({ reading }) => reading));
  const reports = newestFirst(of('report').map(({ report }) => report));
  const lungs = newestLungs(all).map((one) => one.lungs);
  const left = [...readings.slice(1), ...reports.slice(1), ...lungs.slice(1)];
  return {
    reading: readings[0] ?? null,
    report: reports[0] ?? null,
    lungs: lungs[0] ?? null,
    problems: [
      ...of('problem').map(({ problem }) => problem),
      ...left.map(({ fileName }) => ({ fileName, message: 'Another file of its kind is shown.' })),
    ],
    studies: of('study').map(({ fileName }) => fileName),
  };
}

const newestLungs = (all: readonly Read[]) =>
  newestFirst(all.filter((one): one is Extract<Read, { kind: 'lungs' }> => one.kind === 'lungs'));

const newestFirst = <T extends { readonly made: Made }>(all: readonly T[]) =>
  [...all].sort((a, b) => b.made.on.localeCompare(a.made.on));
