/** What lies beside a study: a segmentation or a report made of it, a reader's own lungs. */
import type { Findings, LesionLabels } from '../findings/findings.ts';
import type { Made } from '../formats/dicom/madeBy.ts';
import { asPart10 } from '../formats/dicom/part10.ts';
import { readSr, type MeasurementGroup } from '../formats/dicom/readSr.ts';
import { textOf } from '../formats/dicom/text.ts';
import { readNifti, readNiftiHeader } from '../formats/nifti.ts';
import type { FileProblem, SourceFile } from '../formats/series.ts';
import type { Grid, Mask, Volume } from '../volume/grid.ts';
import { reopenSegmentation, type Reopened, type SourceSeries } from './exports/reopen.ts';
import { lungsOfNifti } from './ownLungs.ts';

/** Lesions that a segmentation holds, measured anew. */
export interface StoredReading {
  readonly fileName: string;
  readonly made: Made;
  /** What made the segments, as the file says. */
  readonly algorithms: readonly string[];
  readonly lungs: Mask;
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
  readonly knownLungs: Mask | null;
  /** `lungs`: the files are said to hold a reader's own lungs, and nothing else is taken from them. */
  readonly take: 'all' | 'lungs';
}

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
  | { readonly kind: 'segmentation'; readonly fileName: string; readonly reopened: Reopened }
  | { readonly kind: 'report'; readonly report: StoredReport }
  | { readonly kind: 'lungs'; readonly lungs: OwnLungs }
  | { readonly kind: 'problem'; readonly problem: FileProblem }
  | { readonly kind: 'study'; readonly fileName: string };

/** Of several of a kind the one made last is taken; the others are among the problems. */
export async function readCompanions(request: CompanionRequest): Promise<Companions> {
  const lungsFirst: Read[] = [];
  let knownLungs = request.knownLungs;
  const ordered = await Promise.all(request.files.map(async (file) => ({ file, kind: await kindOf(file.data) })));
  // Lesions alone are measured in lungs that another file may hold.
  ordered.sort((a, b) => Number(b.kind === 'nifti') - Number(a.kind === 'nifti'));
  for (const { file, kind } of ordered) {
    const read = await readOne(file, kind, { ...request, knownLungs });
    lungsFirst.push(read);
    if (read.kind === 'lungs') knownLungs = read.lungs.lungs;
  }
  return chosen(lungsFirst);
}

async function readOne(
  { name, data }: SourceFile,
  kind: Awaited<ReturnType<typeof kindOf>>,
  { series, volume, knownLungs, take }: CompanionRequest,
): Promise<Read> {
  const fileName = name.split('/').pop() ?? name;
  const problem = (message: string): Read => ({ kind: 'problem', problem: { fileName, message } });
  if (kind === 'SEG') {
    const reopened = await reopenSegmentation(data, series, volume, knownLungs);
    if (reopened.kind === 'refused') return problem(reopened.message);
    if (!reopened.lungs) return problem('It holds lesions and no lungs: drop it again once the lungs are outlined.');
    if (reopened.lesions && take === 'all') return { kind: 'segmentation', fileName, reopened };
    return { kind: 'lungs', lungs: { fileName, lungs: reopened.lungs } };
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
  const own = lungsOfNifti(image, volume, take === 'lungs');
  if (own.kind === 'refused') return problem(own.message);
  if (own.kind === 'lungs') return { kind: 'lungs', lungs: { fileName, lungs: own.lungs } };
  return take === 'all' ? { kind: 'study', fileName } : problem('It holds CT numbers and no mask.');
}

function chosen(all: readonly Read[]): Companions {
  const of = <K extends Read['kind']>(kind: K) =>
    all.filter((one): one is Extract<Read, { kind: K }> => one.kind === kind);
  const readings = newestFirst(of('segmentation').map(({ fileName, reopened }) => readingOf(fileName, reopened)));
  const reports = newestFirst(of('report').map(({ report }) => report));
  const lungs = of('lungs').map((one) => one.lungs);
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

const newestFirst = <T extends { readonly made: Made }>(all: readonly T[]) =>
  [...all].sort((a, b) => b.made.on.localeCompare(a.made.on));

function readingOf(fileName: string, { made, algorithms, lungs, findings, lesions }: Reopened): StoredReading {
  if (!lungs || !findings || !lesions) throw new Error('readingOf: a segmentation without lungs or lesions');
  return { fileName, made, algorithms, lungs, findings, lesions };
}
