/** Where the network found evidence for a class, as a DICOM Parametric Map: all scales together, on its own grid. */
import { readSourceHeader, type Code } from '../../formats/dicom/derived.ts';
import { framesRead } from '../../formats/dicom/framesRead.ts';
import { writeParametricMap } from '../../formats/dicom/writeParametricMap.ts';
import type { ClassName } from '../diagnosis.ts';
import { researchUse, type ReadStudy } from './readStudy.ts';
import { makerOf, noPlaces, type NotExported } from './segmentation.ts';

const classLabels: Readonly<Record<ClassName, readonly [label: string, words: string]>> = {
  covid19: ['EVIDENCE_COVID19', 'COVID-19'],
  cap: ['EVIDENCE_CAP', 'community acquired pneumonia'],
  nonPneumonia: ['EVIDENCE_NEITHER', 'neither'],
};
/** What was relevant to a classification, made visible (PS3.16, CID 7180 and around). */
const activation: Code = { value: '130402', scheme: 'DCM', meaning: 'Class activation' };
const noUnit: Code = { value: '1', scheme: 'UCUM', meaning: 'no units' };

export async function evidenceMap(
  study: ReadStudy,
  className: ClassName,
  now: Date,
): Promise<Uint8Array<ArrayBuffer> | NotExported> {
  const { series, read, diagnosis } = study;
  const evidence = diagnosis.network?.evidence?.[className].all;
  if (!evidence) return { kind: 'not-exported', reason: 'There is no evidence to save: no network was run.' };
  if (series.source !== 'dicom')
    return { kind: 'not-exported', reason: 'The study is no DICOM study: a Parametric Map has nothing to belong to.' };
  const frames = framesRead(series, read);
  if (frames.length === 0) return { kind: 'not-exported', reason: noPlaces };
  const source = await readSourceHeader(series.files[frames[0].file]);
  if (!source) return { kind: 'not-exported', reason: 'The study’s files cannot be read any more.' };
  const [label, words] = classLabels[className];
  return writeParametricMap({
    source,
    sourceInstances: [...new Set(frames.map(({ sopInstanceUid }) => sopInstanceUid))],
    maker: makerOf(diagnosis),
    seriesDescription: `Evidence for ${words} - research use only`.slice(0, 64),
    seriesNumber: 4000 + (series.seriesNumber ?? 0),
    label,
    explanation: researchUse,
    quantity: activation,
    unit: noUnit,
    grid: evidence.grid,
    values: evidence.values,
    now,
  });
}
