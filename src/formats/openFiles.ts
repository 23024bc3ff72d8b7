/** What a reader's folder holds: every file is looked at, by its bytes and not its name; headers only. */
import { asPart10 } from './dicom/part10.ts';
import { groupSeries, type ReadFile } from './dicom/groupSeries.ts';
import { readHeader } from './dicom/readHeader.ts';
import { readNiftiHeader } from './nifti.ts';
import type { Fit, FileProblem, NiftiSeries, Opened, OpenProgress, Series, SourceFile } from './series.ts';
import { unzip } from './unzip.ts';

export interface OpenOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: OpenProgress) => void;
}

type Looked =
  | { readonly kind: 'dicom'; readonly read: ReadFile }
  | { readonly kind: 'nifti'; readonly series: NiftiSeries }
  | { readonly kind: 'zip' }
  | { readonly kind: 'ignored'; readonly reason: string }
  | { readonly kind: 'problem'; readonly message: string };

const dicomDirectory = '1.2.840.10008.1.3.10';
/** Headers read at a time: disks and network shares answer several questions at once. */
const atOnce = 16;
/** An archive within an archive is opened, one more level is not. */
const deepestArchive = 2;

/** @returns what can be read and what cannot, with the reason; nothing that was dropped goes unmentioned
 *  @throws the signal's reason when cancelled */
export async function openFiles(files: readonly SourceFile[], options: OpenOptions = {}): Promise<Opened> {
  const found = new Found();
  await openLevel(files, 0, found, options);
  const series = [...groupSeries(found.dicom), ...found.nifti].sort(byFit);
  return {
    series,
    problems: found.problems,
    counts: {
      files: found.files,
      dicom: found.dicom.length,
      nifti: found.nifti.length,
      ignored: [...found.ignored].map(([reason, names]) => ({ reason, count: names.length, example: names[0] })),
    },
  };
}

class Found {
  files = 0;
  readonly dicom: ReadFile[] = [];
  readonly nifti: NiftiSeries[] = [];
  readonly problems: FileProblem[] = [];
  readonly ignored = new Map<string, string[]>();

  ignore(reason: string, name: string): void {
    const names = this.ignored.get(reason);
    if (names) names.push(name);
    else this.ignored.set(reason, [name]);
  }
}

async function openLevel(
  files: readonly SourceFile[],
  level: number,
  found: Found,
  { signal, onProgress }: OpenOptions,
): Promise<void> {
  const archives: SourceFile[] = [];
  found.files += files.length;
  let done = 0;
  const looked = await inParallel(files, async (file) => {
    signal?.throwIfAborted();
    const result = await look(file);
    onProgress?.({ done: ++done, total: files.length });
    return result;
  });
  // In the order of the files, whichever was read first.
  looked.forEach((result, i) => {
    const { name } = files[i];
    if (result.kind === 'dicom') found.dicom.push(result.read);
    else if (result.kind === 'nifti') found.nifti.push(result.series);
    else if (result.kind === 'ignored') found.ignore(result.reason, name);
    else if (result.kind === 'problem') found.problems.push({ fileName: name, message: result.message });
    else if (level < deepestArchive) archives.push(files[i]);
    else found.ignore('Archives inside archives inside archives', name);
  });
  for (const archive of archives) {
    const { files: inside, problem } = await unzip(archive, signal);
    if (problem) found.problems.push({ fileName: archive.name, message: problem });
    // The archive itself is no file of the study.
    found.files--;
    await openLevel(inside, level + 1, found, { signal, onProgress });
  }
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

async function look(file: SourceFile): Promise<Looked> {
  try {
    return await lookAtBytes(file);
  } catch (error) {
    // A file that was moved or is locked; the browser says which.
    const words = error instanceof DOMException ? error.message : 'its content makes no sense';
    return { kind: 'problem', message: `This file cannot be read: ${words}.` };
  }
}

async function lookAtBytes(file: SourceFile): Promise<Looked> {
  const { name, data } = file;
  if (data.size === 0) return { kind: 'ignored', reason: 'Empty files' };
  const bytes = new Uint8Array(await data.slice(0, 4).arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5)) return { kind: 'zip' };
  const nifti = await niftiOf(file, bytes);
  if (nifti) return nifti;
  const dicom = await asPart10(data);
  if (dicom.kind === 'unreadable') return { kind: 'problem', message: dicom.message };
  if (dicom.kind === 'not-dicom') {
    return /\.(dcm|dicom|ima)$/i.test(name)
      ? { kind: 'problem', message: 'This file is called DICOM and is none.' }
      : { kind: 'ignored', reason: 'Files that are no DICOM, NIfTI or .zip' };
  }
  const header = readHeader(dicom.dataSet, dicom.transferSyntax);
  const isDirectory = header.sopClass === dicomDirectory || 'x00041220' in dicom.dataSet.elements;
  if (isDirectory) return { kind: 'ignored', reason: 'DICOM directories: an index, no pictures' };
  if (header.sopClass === '' && header.modality === '' && header.frames.length === 0) {
    return { kind: 'problem', message: 'This DICOM file holds neither a picture nor a report.' };
  }
  return { kind: 'dicom', read: { file: { name, data: dicom.data }, header } };
}

/** Masks that are stored in as many bits as a CT are known by their names alone before their voxels are read. */
export const isCalledMask = (fileName: string) => /mask|label|seg|lesion|infect/i.test(fileName);

async function niftiOf(file: SourceFile, start: Uint8Array): Promise<Looked | null> {
  const isNamed = /\.nii(\.gz)?$/i.test(file.name);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  const mayBe = isNamed || isGzip || [start[0], start[3]].some((byte) => byte === 0x5c || byte === 0x1c);
  if (!mayBe) return null;
  const header = await readNiftiHeader(file.data);
  if (header.kind === 'refused') return isNamed ? { kind: 'problem', message: header.message } : null;
  const { shape, spacingMm } = header.grid;
  const name = file.name.split('/').pop() ?? file.name;
  const fit: Fit =
    shape[0] < 3
      ? { kind: 'set-aside', reason: `Only ${shape[0] === 1 ? '1 slice' : `${shape[0]} slices`}` }
      : header.isMask
        ? { kind: 'set-aside', reason: 'A mask, no CT numbers: it is shown with the images that it belongs to' }
        : { kind: 'chest-ct', score: isCalledMask(name) ? 10 : 50 };
  return {
    kind: 'nifti',
    series: {
      source: 'nifti',
      id: `nifti ${file.name}`,
      patient: { name: '', id: '', birthDate: '', sex: '' },
      study: { instanceUid: '', date: '', description: '' },
      seriesInstanceUid: '',
      seriesNumber: null,
      description: name,
      modality: '',
      date: '',
      sliceCount: shape[0],
      thicknessMm: null,
      spacingMm: spacingMm[0],
      kernel: '',
      manufacturer: '',
      fit,
      files: [file],
    },
  };
}

/** The chest CT best suited first, what was set aside last; else as found. */
function byFit(a: Series, b: Series): number {
  const score = ({ fit }: Series) => (fit.kind === 'chest-ct' ? fit.score : -Infinity);
  const [first, second] = [score(a), score(b)];
  return first === second ? 0 : second - first;
}
