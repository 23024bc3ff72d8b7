/** The page without its page: `npm run diagnose` opens it with `?headless`, hands in files, and takes the results. */
import { DiagnosisFailure } from '../diagnosis/client.ts';
import type { Diagnosis, EngineChoice } from '../diagnosis/diagnosis.ts';
import { lesionsNifti, lungsNifti } from '../diagnosis/exports/niftiMasks.ts';
import { resultJson } from '../diagnosis/exports/resultJson.ts';
import type { Opened, ReadSeries, Series } from '../formats/series.ts';
import type { Services } from './services.ts';

export interface HeadlessOptions {
  readonly engine: EngineChoice;
  /** null takes the default. */
  readonly modelName: string | null;
  readonly showUntrained: boolean;
}

export type HeadlessOutcome =
  /** Files by name, in base64, and what to print. */
  | { readonly kind: 'done'; readonly files: Readonly<Record<string, string>>; readonly summary: readonly string[] }
  /** In a reader's words. */
  | { readonly kind: 'unusable'; readonly message: string };

declare global {
  interface Window {
    runHeadless(options: HeadlessOptions): Promise<HeadlessOutcome>;
  }
}

const unusable = (message: string): HeadlessOutcome => ({ kind: 'unusable', message });

/** Puts up two file inputs, and the function that reads what they are given. */
export function offerHeadless(services: Services, root: HTMLElement): void {
  const input = (id: string, change: (element: HTMLInputElement) => void) => {
    const element = document.createElement('input');
    element.type = 'file';
    element.id = id;
    change(element);
    root.append(element);
    return element;
  };
  const inputs = [
    input('headless-folder', (element) => (element.webkitdirectory = true)),
    input('headless-file', (element) => (element.multiple = true)),
  ];
  window.runHeadless = async (options) => {
    const files = inputs.flatMap(({ files }) => [...(files ?? [])]);
    return runHeadless(services, files, options);
  };
}

async function runHeadless(services: Services, files: File[], options: HeadlessOptions): Promise<HeadlessOutcome> {
  const { signal } = new AbortController();
  const named = files.map((file) => ({ name: file.webkitRelativePath || file.name, data: file }));
  const opened = await services.openFiles(named, { signal, onProgress: () => {} });
  const [series] = opened.series;
  if (!series || series.fit.kind === 'set-aside') return unusable(whyNothing(opened));
  const read = await services.readSeries(series, { signal, onProgress: () => {}, onPreview: () => {} });
  if (read.kind === 'refused') return unusable(read.message);
  const offered = await services.diagnosis.models();
  const model = offered.find(({ manifest, isDefault }) =>
    options.modelName === null ? isDefault : manifest.name === options.modelName,
  );
  if (!model) {
    const names = offered.map(({ manifest }) => manifest.name).join(', ');
    return unusable(`There is no model called ${options.modelName}. There are: ${names}.`);
  }
  const { engine, showUntrained } = options;
  const modelName = model.manifest.name;
  const diagnosis = await services.diagnosis
    .diagnose({ volume: read.volume, modelName, engine, showUntrained }, { signal })
    .catch((error: unknown) => {
      // Only message and stack cross to the caller.
      if (error instanceof DiagnosisFailure) throw new Error(`${error.message}\n${error.detail}`);
      throw error;
    });
  return done(series, read, diagnosis);
}

async function done(series: Series, read: ReadSeries, diagnosis: Diagnosis): Promise<HeadlessOutcome> {
  const result = resultJson({ series, read, diagnosis });
  const json = new TextEncoder().encode(`${JSON.stringify(result, null, 2)}\n`);
  const { lungs, lesionVolumeRatio, engine, warnings } = result;
  const share = lesionVolumeRatio === null ? 'not shown' : `${(100 * lesionVolumeRatio).toFixed(1)} % of the lungs`;
  return {
    kind: 'done',
    files: {
      'result.json': await base64(json),
      'lesions.nii.gz': await base64(lesionsNifti(read, diagnosis)),
      'lungs.nii.gz': await base64(lungsNifti(read, diagnosis)),
    },
    summary: [
      result.researchUseOnly,
      `Lungs: ${lungs ? `right ${lungs.rightMl.toFixed(0)} ml, left ${lungs.leftMl.toFixed(0)} ml` : 'none'}`,
      `Lesions: ${share}`,
      `Model ${diagnosis.model.name} ${diagnosis.model.version}, evidence: ${diagnosis.model.evidence}; ${engine?.label ?? 'no network was run'}`,
      ...warnings,
    ],
  };
}

function whyNothing({ series, problems, counts }: Opened): string {
  const setAside = series.flatMap(({ fit, description, modality }) =>
    fit.kind === 'set-aside' ? [`${description || modality || 'A series'}: ${fit.reason}`] : [],
  );
  const broken = problems.map(({ fileName, message }) => `${fileName}: ${message}`);
  const reasons = [...setAside, ...broken].slice(0, 5);
  return [`Among ${counts.files} files there is no chest CT that can be read.`, ...reasons].join('\n');
}

async function base64(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    reader.onload = resolve;
    reader.onerror = reject;
    reader.readAsDataURL(new Blob([bytes]));
  });
  return String(reader.result).split(',', 2)[1];
}
