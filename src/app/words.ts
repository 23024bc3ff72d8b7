/** Numbers and names as the page writes them. */
import type { ClassName, Diagnosis } from '../diagnosis/diagnosis.ts';
import type { Patient, Series } from '../formats/series.ts';

export const classWords: Readonly<Record<ClassName, string>> = {
  covid19: 'COVID-19',
  cap: 'Community-acquired pneumonia',
  nonPneumonia: 'Non-pneumonia',
};
export const classNames = Object.keys(classWords) as ClassName[];

type EvidenceLevel = Diagnosis['model']['evidence'];
export const evidenceWords: Readonly<Record<EvidenceLevel, string>> = {
  none: 'Not validated',
  simulated: 'Tested on simulated studies only',
  annotated: 'Tested on annotated scans, not in clinical use',
  clinical: 'Tested in a clinical study',
};

export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export const percent = (ratio: number, digits = 1) => `${(100 * ratio).toFixed(digits)} %`;
export const millilitres = (ml: number) => (ml < 10 ? ml.toFixed(1) : ml.toFixed(0));
export const count = (n: number, one: string, many = `${one}s`) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

export function patientWords({ name, id, birthDate, sex }: Patient): string {
  return [name || 'No name', id, birthDate && `born ${birthDate}`, sex].filter(Boolean).join(' · ');
}

/** Two lines for every picture; only the second one where identity is hidden. */
export function bannerLines(series: Series, identityHidden: boolean): string[] {
  const { patient, study, date } = series;
  const who = identityHidden ? 'Identity hidden' : [patient.name || 'No name', patient.id].filter(Boolean).join(' · ');
  const when = identityHidden ? '' : date || study.date;
  return [who, [when, seriesName(series, identityHidden)].filter(Boolean).join(' · ')];
}

/** Of a NIfTI file it is the file's own name, which may be a patient's. */
export function seriesName({ source, description, modality }: Series, identityHidden = false): string {
  if (identityHidden && source === 'nifti') return 'NIfTI file';
  return description || `Unnamed ${modality} series`;
}
