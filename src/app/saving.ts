/** Files that a reader can keep. DICOM objects belong to the study and carry its identity, no other file does; file
 *  names never do. */
import { findingsCsv, lesionsCsv } from '../diagnosis/exports/findingsCsv.ts';
import { lesionNumbersNifti, lesionsNifti, lungsNifti } from '../diagnosis/exports/niftiMasks.ts';
import { keptReading, reviewedReading, type Kept, type ReadStudy } from '../diagnosis/exports/readStudy.ts';
import { resultJson } from '../diagnosis/exports/resultJson.ts';
import type { NotExported } from '../diagnosis/exports/segmentation.ts';
import type { ClassName } from '../diagnosis/diagnosis.ts';
import { diagnosisOf, lesionsJudged, type AppState, type Verdicts } from './state.ts';
import { classWords } from './words.ts';

export interface SavedFile {
  readonly label: string;
  readonly fileName: string;
  readonly type: string;
  /** `reading`: as soon as there are lungs; `network`: only where lesions are shown; `evidence`: where one was run. */
  readonly needs: 'reading' | 'network' | 'evidence';
  readonly make: (study: ReadStudy, now: Date) => Made | Promise<Made | NotExported>;
}
function savedEvidence(className: ClassName): SavedFile {
  return {
    label: `Evidence for ${classWords[className]} as DICOM Parametric Map`,
    fileName: `evidence-${className}.dcm`,
    type: 'application/dicom',
    needs: 'evidence',
    make: async (study, now) =>
      (await import('../diagnosis/exports/evidenceMap.ts')).evidenceMap(study, className, now),
  };
}

type Made = string | Uint8Array<ArrayBuffer>;

export const savedFiles = {
  json: {
    label: 'Result as JSON',
    fileName: 'result.json',
    type: 'application/json',
    needs: 'reading',
    make: (study) => `${JSON.stringify(resultJson(study), null, 2)}\n`,
  },
  csv: {
    label: 'Findings as CSV',
    fileName: 'findings.csv',
    type: 'text/csv',
    needs: 'reading',
    make: findingsCsv,
  },
  'lesions-csv': {
    label: 'Lesion list as CSV',
    fileName: 'lesions.csv',
    type: 'text/csv',
    needs: 'network',
    make: lesionsCsv,
  },
  lungs: {
    label: 'Lungs as NIfTI',
    fileName: 'lungs.nii.gz',
    type: 'application/gzip',
    needs: 'reading',
    make: ({ read, diagnosis }) => lungsNifti(read, diagnosis),
  },
  lesions: {
    label: 'Lesions as NIfTI',
    fileName: 'lesions.nii.gz',
    type: 'application/gzip',
    needs: 'network',
    make: ({ read, diagnosis }) => lesionsNifti(read, diagnosis),
  },
  'lesion-numbers': {
    label: 'Lesions by number as NIfTI',
    fileName: 'lesion-numbers.nii.gz',
    type: 'application/gzip',
    needs: 'network',
    make: ({ read, diagnosis }) => lesionNumbersNifti(read, diagnosis),
  },
  // What writes DICOM is loaded when it is asked for.
  seg: {
    label: 'Lungs and lesions as DICOM SEG',
    fileName: 'segmentation.dcm',
    type: 'application/dicom',
    needs: 'reading',
    make: async (study, now) => {
      const { segmentation } = await import('../diagnosis/exports/segmentation.ts');
      const made = await segmentation(study, now);
      return 'kind' in made ? made : made.bytes;
    },
  },
  sr: {
    label: 'Findings as DICOM SR',
    fileName: 'report.dcm',
    type: 'application/dicom',
    needs: 'reading',
    make: async (study, now) => (await import('../diagnosis/exports/report.ts')).report(study, now),
  },
  'evidence-covid19': savedEvidence('covid19'),
  'evidence-cap': savedEvidence('cap'),
  'evidence-neither': savedEvidence('nonPneumonia'),
} as const satisfies Record<string, SavedFile>;
export type SavedFileName = keyof typeof savedFiles;

function readingOf(state: AppState): Kept | null {
  const { session, run } = state;
  if (session.kind !== 'viewing') return null;
  return run.kind === 'stored' ? keptReading(run.reading) : diagnosisOf(state);
}

const reviewed = new WeakMap<Verdicts, { readonly of: Kept; readonly reading: Kept }>();

/** Always the same until the reader decides anew, so that a report saved later speaks of the segmentation saved before. */
function afterVerdicts(kept: Kept, verdicts: Verdicts): Kept {
  const known = reviewed.get(verdicts);
  if (known?.of === kept) return known.reading;
  const reading = reviewedReading(kept, lesionsJudged(verdicts, 'accepted'), lesionsJudged(verdicts, 'rejected'));
  reviewed.set(verdicts, { of: kept, reading });
  return reading;
}

/** As the reader left it; null where there is nothing to keep. */
export function studyToSave(state: AppState): ReadStudy | null {
  const { session, verdicts } = state;
  const kept = readingOf(state);
  if (session.kind !== 'viewing' || !kept) return null;
  return { series: session.series, read: session.read, diagnosis: afterVerdicts(kept, verdicts) };
}

export function canSave({ needs }: SavedFile, state: AppState): boolean {
  const reading = readingOf(state);
  if (!reading?.lungs) return false;
  const { network } = reading;
  return needs === 'reading' || (network !== null && (needs === 'network' || network.evidence !== undefined));
}

/** @returns what came of it, in a reader's words */
export async function save({ fileName, type, make }: SavedFile, study: ReadStudy): Promise<string> {
  const made = await make(study, new Date());
  if (typeof made === 'object' && 'kind' in made) return made.reason;
  download(fileName, new Blob([made], { type }));
  return `Saved as ${fileName}.`;
}

/** Hands a file to the browser's downloads. */
export function download(fileName: string, blob: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = fileName;
  link.click();
  // The browser has its own hold on the data once the click is through.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
