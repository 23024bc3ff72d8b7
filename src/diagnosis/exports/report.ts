/** Findings as a DICOM SR after TID 1500, Measurement Report: one group for the scan, one for each lung and lesion. */
import { rimMm, type Findings, type Lesion, type Side } from '../../findings/findings.ts';
import { peripheralRatioAt } from '../../findings/table.ts';
import { newUid, type Code } from '../../formats/dicom/derived.ts';
import { segmentationStorage } from '../../formats/dicom/readSeg.ts';
import {
  codedItem,
  container,
  numberItem,
  segmentItem,
  textItem,
  uidItem,
  writeSr,
  type SrItem,
} from '../../formats/dicom/writeSr.ts';
import type { ClassName } from '../diagnosis.ts';
import { leftCode, lesionCode, lungCode, rightCode } from './codes.ts';
import { gatedScores } from './fitness.ts';
import { lungsOf, program, researchUse, warningsOf, type Kept, type ReadStudy } from './readStudy.ts';
import { makerOf, segmentation, type NotExported, type Segmentation } from './segmentation.ts';

const dcm = (value: string, meaning: string): Code => ({ value, scheme: 'DCM', meaning });
const sct = (value: string, meaning: string): Code => ({ value, scheme: 'SCT', meaning });
const ucum = (value: string, meaning: string): Code => ({ value, scheme: 'UCUM', meaning });
/** What no public terminology names. */
const own = (value: string, meaning: string): Code => ({ value, scheme: '99DEEPSCCT', meaning });

const ml = ucum('ml', 'milliliter');
const mm = ucum('mm', 'millimeter');
const hu = ucum("[hnsf'U]", 'Hounsfield unit');
const percent = ucum('%', 'percent');
const noUnit = ucum('1', 'no units');

const mean = [codedItem('HAS CONCEPT MOD', dcm('121401', 'Derivation'), sct('373098007', 'Mean'))];
const volume = sct('118565006', 'Volume');
const attenuation = dcm('112031', 'Attenuation Coefficient');
const laterality: Readonly<Record<Side, Code>> = { right: rightCode, left: leftCode };
const classFindings: Readonly<Record<ClassName, Code>> = {
  covid19: sct('840539006', 'COVID-19'),
  cap: sct('385093006', 'Community acquired pneumonia'),
  nonPneumonia: own('NONPNEUMONIA', 'Neither COVID-19 nor community acquired pneumonia'),
};

export async function report(study: ReadStudy, now: Date): Promise<Uint8Array<ArrayBuffer> | NotExported> {
  const { diagnosis } = study;
  const { findings } = diagnosis;
  const made = await segmentation(study, now);
  if ('kind' in made) return made;
  if (!findings) return { kind: 'not-exported', reason: 'There is nothing to report: nothing was measured.' };
  const { source } = made;
  return writeSr({
    source,
    maker: makerOf(diagnosis),
    seriesDescription: 'Findings - research use only',
    seriesNumber: 2000 + (study.series.seriesNumber ?? 0),
    root: container(
      dcm('126000', 'Imaging Measurement Report'),
      [
        codedItem('HAS CONCEPT MOD', dcm('121049', 'Language of Content Item and Descendants'), {
          value: 'en',
          scheme: 'RFC5646',
          meaning: 'English',
        }),
        ...observer(diagnosis),
        codedItem('HAS CONCEPT MOD', dcm('121058', 'Procedure reported'), sct('169069000', 'CT of chest')),
        container(dcm('126010', 'Imaging Measurements'), [
          scanGroup(study, findings),
          ...(['right', 'left'] as const)
            .filter((side) => findings.lungs[side].volumeMl > 0)
            .map((side) => lungGroup(side, study, made)),
          ...(diagnosis.network ? findings.lesions.map((lesion) => lesionGroup(lesion, diagnosis, made)) : []),
        ]),
      ],
      '1500',
    ),
    evidence: [
      {
        seriesInstanceUid: made.seriesInstanceUid,
        instances: [{ sopClassUid: segmentationStorage, sopInstanceUid: made.sopInstanceUid }],
      },
    ],
    now,
  });
}

/** The program is the observer (TID 1004); nobody has looked at what it says. */
function observer(diagnosis: Kept): SrItem[] {
  const maker = makerOf(diagnosis);
  return [
    codedItem('HAS OBS CONTEXT', dcm('121005', 'Observer Type'), dcm('121007', 'Device')),
    uidItem('HAS OBS CONTEXT', dcm('121012', 'Device Observer UID'), newUid()),
    textItem('HAS OBS CONTEXT', dcm('121013', 'Device Observer Name'), 'DeepSC CT viewer'),
    textItem('HAS OBS CONTEXT', dcm('121014', 'Device Observer Manufacturer'), maker.manufacturer),
    textItem('HAS OBS CONTEXT', dcm('121015', 'Device Observer Model Name'), maker.modelName),
    textItem('HAS OBS CONTEXT', dcm('121016', 'Device Observer Serial Number'), maker.serialNumber),
  ];
}

const tracking = (id: string, uid: string) => [
  textItem('HAS OBS CONTEXT', dcm('112039', 'Tracking Identifier'), id),
  uidItem('HAS OBS CONTEXT', dcm('112040', 'Tracking Unique Identifier'), uid),
];
const named = (name: string, version: string) => [
  textItem('HAS CONCEPT MOD', dcm('111001', 'Algorithm Name'), name),
  textItem('HAS CONCEPT MOD', dcm('111003', 'Algorithm Version'), version),
];
/** Of what a file held: the algorithms that it names, if any. */
function storedAlgorithm(names: readonly string[] = [], format = ''): SrItem[] {
  return names.length > 0 ? named(names.join('; '), `Not known: read from a ${format}`) : [];
}
function lesionAlgorithm({ model, fromFile }: Kept): SrItem[] {
  if (model) return named(`${model.name}, research use only`, `${model.version}, SHA-256 ${model.sha256}`);
  return storedAlgorithm(fromFile?.algorithms, fromFile?.format);
}
/** Of a reader's own lungs nobody knows it. */
function lungAlgorithm(kept: Kept): SrItem[] {
  switch (lungsOf(kept)) {
    case 'here':
      return named(`${program.name}, research use only`, program.version);
    case 'own':
      return [];
    case 'file':
      return storedAlgorithm(kept.fromFile?.lungMaker?.algorithms, kept.fromFile?.format);
  }
}
const finding = (code: Code) => codedItem('CONTAINS', dcm('121071', 'Finding'), code);
const site = (side: Side | null) =>
  codedItem(
    'HAS CONCEPT MOD',
    sct('363698007', 'Finding Site'),
    lungCode,
    side ? [codedItem('HAS CONCEPT MOD', sct('272741003', 'Laterality'), laterality[side])] : [],
  );

/** Of the scan as a whole (TID 1501). */
function scanGroup(study: ReadStudy, findings: Findings): SrItem {
  const { diagnosis } = study;
  const { network } = diagnosis;
  const { both } = findings.lungs;
  const rim = peripheralRatioAt(findings, rimMm);
  const comment = [researchUse, ...warningsOf(study).map(({ message }) => message)].join(' ');
  const ofLesions = [
    numberItem(sct('246206008', 'Number of lesions'), findings.lesions.length, noUnit),
    numberItem(own('LVR', 'Lesion volume ratio of the lungs'), 100 * both.lesionVolumeRatio, percent),
    numberItem(own('LESIONVOLUME', 'Volume of all lesions'), both.lesionMl, ml),
    ...(rim === null ? [] : [numberItem(own('PLR', `Peripheral lesion ratio, ${rimMm} mm rim`), 100 * rim, percent)]),
  ];
  const scores = Object.entries(gatedScores(study).scores ?? {}).map(([name, score]) =>
    numberItem(dcm('122157', 'Probability'), score, noUnit, [
      codedItem('HAS CONCEPT MOD', dcm('121071', 'Finding'), classFindings[name as ClassName]),
    ]),
  );
  return container(
    dcm('125007', 'Measurement Group'),
    [
      ...tracking('Scan', newUid()),
      ...(network ? lesionAlgorithm(diagnosis) : lungAlgorithm(diagnosis)),
      site(null),
      numberItem(volume, both.volumeMl, ml),
      ...(network ? [...ofLesions, ...scores] : []),
      textItem('CONTAINS', dcm('121106', 'Comment'), comment),
    ],
    '1501',
  );
}

/** What a segment holds (TID 1411). */
function segmentGroup(made: Segmentation, label: string, items: readonly SrItem[], uid = newUid()): SrItem {
  const segment = made.segments.find((one) => one.label === label);
  if (!segment) throw new Error(`report: the segmentation has no segment "${label}"`);
  return container(
    dcm('125007', 'Measurement Group'),
    [
      ...tracking(label, segment.tracking?.uid ?? uid),
      ...items,
      segmentItem(dcm('121191', 'Referenced Segment'), segmentationStorage, made.sopInstanceUid, segment.number),
      uidItem('CONTAINS', dcm('121232', 'Source series for segmentation'), made.source.seriesInstanceUid),
    ],
    '1411',
  );
}

function lungGroup(side: Side, { diagnosis }: ReadStudy, made: Segmentation): SrItem {
  const { volumeMl, meanHu, lesionVolumeRatio } = diagnosis.findings!.lungs[side];
  return segmentGroup(made, side === 'right' ? 'Right lung' : 'Left lung', [
    ...lungAlgorithm(diagnosis),
    finding(lungCode),
    site(side),
    numberItem(volume, volumeMl, ml),
    ...(meanHu === null ? [] : [numberItem(attenuation, meanHu, hu, mean)]),
    ...(diagnosis.network
      ? [numberItem(own('LVR', 'Lesion volume ratio of the lung'), 100 * lesionVolumeRatio, percent)]
      : []),
  ]);
}

function lesionGroup(lesion: Lesion, diagnosis: Kept, made: Segmentation): SrItem {
  return segmentGroup(made, `Lesion ${lesion.number}`, [
    ...lesionAlgorithm(diagnosis),
    finding(lesionCode),
    site(lesion.side),
    numberItem(volume, lesion.volumeMl, ml),
    numberItem(sct('103339001', 'Long Axis'), lesion.longestDiameterMm, mm),
    numberItem(attenuation, lesion.meanHu, hu, mean),
  ]);
}
