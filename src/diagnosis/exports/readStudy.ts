import type { Lesion } from '../../findings/findings.ts';
import { withoutLesions } from '../../findings/withoutLesions.ts';
import type { Maker } from '../../formats/dicom/derived.ts';
import type { ReadSeries, Series } from '../../formats/series.ts';
import type { StoredReading } from '../companions.ts';
import { ownLungsNote } from '../ownLungs.ts';
import type { Diagnosis, ModelFacts, NetworkReading } from '../diagnosis.ts';
import { gatedScores } from './fitness.ts';

/** A reading as it is kept: a diagnosis is one, and so are lungs and lesions that were read from a file. */
export interface Kept extends Omit<Diagnosis, 'model' | 'network'> {
  /** null where no model made the lesions, but a file held them. */
  readonly model: ModelFacts | null;
  readonly network: (Pick<NetworkReading, 'scores' | 'lesions'> & Partial<Pick<NetworkReading, 'evidence'>>) | null;
  /** What the file is, and who made the lesions by its own words. */
  readonly fromFile?: Pick<StoredReading, 'format' | 'made' | 'algorithms' | 'algorithmType' | 'lungsOf' | 'lungMaker'>;
  /** What the reader decided of the lesions; absent where nothing was decided. */
  readonly reader?: ReaderDecision;
}

export interface ReaderDecision {
  /** Numbers. */
  readonly accepted: readonly number[];
  /** In no figure and in no mask of the reading. */
  readonly rejected: readonly Lesion[];
}

/** Whose the lungs are: of the file that held the lesions, a reader's own, or found here. */
export const lungsOf = ({ fromFile, lungNotes }: Kept): StoredReading['lungsOf'] =>
  fromFile?.lungsOf ?? (lungNotes.some(({ code }) => code === ownLungsNote.code) ? 'own' : 'here');

/** Everything an export is made from. */
export interface ReadStudy {
  readonly series: Series;
  readonly read: ReadSeries;
  readonly diagnosis: Kept;
}

/** Stands in every file. */
export const researchUse = 'Research use only. Not for use in diagnostic procedures.';

export const program = { name: 'deepsc-ct-viewer', version: '0.1.0' } as const;

/** Of what no model made. */
export const programMaker: Maker = {
  manufacturer: 'DeepSC CT viewer (research)',
  modelName: program.name,
  serialNumber: program.version,
  softwareVersion: program.version,
};

const known = new WeakMap<StoredReading, Kept>();

/** Always the same of one reading, so that a report saved later speaks of the segmentation saved before. */
export function keptReading(reading: StoredReading): Kept {
  const { format, made, algorithms, algorithmType, lungsOf, lungMaker, lungs, lungNotes, lesions, findings } = reading;
  const on = made.on && ` of ${made.on}`;
  // Without the file's name and free text: files that bear no patient carry this too.
  const message = `Lesions were read from a ${format}${on} and measured anew; this program computed none of them.`;
  const kept: Kept = known.get(reading) ?? {
    model: null,
    engine: null,
    lungs,
    lungNotes,
    network: { scores: null, lesions },
    findings,
    warnings: [
      { code: 'from-file', message },
      ...lungNotes.map((note) => ({ code: 'lungs', message: note.message }) as const),
    ],
    timingsMs: {},
    fromFile: { format, made, algorithms, algorithmType, lungsOf, lungMaker },
  };
  known.set(reading, kept);
  return kept;
}

/** A reading after the reader's decisions: rejected lesions are in no figure and in no mask, the others keep their
 *  numbers. Evidence and scores stay as computed. */
export function reviewedReading(kept: Kept, accepted: readonly number[], rejected: readonly number[]): Kept {
  const { findings, network } = kept;
  if (!findings || !network || accepted.length + rejected.length === 0) return kept;
  const out = new Set(rejected);
  const { grid, labels } = network.lesions;
  const left = out.size === 0 ? labels : labels.map((label) => (out.has(label) ? 0 : label));
  return {
    ...kept,
    network: { ...network, lesions: { grid, labels: left } },
    findings: withoutLesions(findings, (lesion) => out.has(lesion)),
    reader: { accepted, rejected: findings.lesions.filter(({ number }) => out.has(number)) },
    warnings: [...kept.warnings, { code: 'reader', message: readerWords(accepted, rejected) }],
  };
}

function readerWords(accepted: readonly number[], rejected: readonly number[]): string {
  const named = (lesions: readonly number[]) => `lesion${lesions.length === 1 ? '' : 's'} ${lesions.join(', ')}`;
  const parts = [
    ...(accepted.length > 0 ? [`accepted ${named(accepted)}`] : []),
    ...(rejected.length > 0 ? [`rejected ${named(rejected)}, left out of all figures and masks here`] : []),
  ];
  return `The reader ${parts.join(' and ')}.`;
}

/** What a reader must know of the result: geometry first. */
export function warningsOf(study: ReadStudy): { readonly code: string; readonly message: string }[] {
  const { read, diagnosis } = study;
  const { heldBack } = gatedScores(study);
  const geometry = read.notes
    .filter((note) => note.severity !== 'info')
    .map(({ message }) => ({ code: 'geometry', message }));
  return [...geometry, ...diagnosis.warnings, ...(heldBack ? [{ code: 'unfit', message: heldBack }] : [])];
}
