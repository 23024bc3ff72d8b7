/** What every object made from a study has in common: it belongs to the same patient, study and frame of reference,
 *  and says what made it. */
import dcmjs from 'dcmjs';
import type { SourceFile } from '../series.ts';
import { asPart10, explicitLittleEndian } from './part10.ts';
import { dateOf, textOf } from './text.ts';
import { randomUuid } from '../../volume/uuid.ts';

/** DICOM attributes by keyword. */
export type Attributes = Readonly<Record<string, unknown>>;

export interface Code {
  readonly value: string;
  /** SCT, DCM, UCUM … */
  readonly scheme: string;
  readonly meaning: string;
}

export interface Maker {
  readonly manufacturer: string;
  readonly modelName: string;
  /** Tells two installations apart. */
  readonly serialNumber: string;
  readonly softwareVersion: string;
}

/** What a derived object repeats of its source, and how it refers to it. */
export interface SourceHeader {
  readonly patientAndStudy: Attributes;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frameOfReferenceUid: string;
  readonly sopClassUid: string;
}

/** Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1), as far as they are repeated. */
const repeated: Readonly<Record<string, string>> = {
  x00080020: 'StudyDate',
  x00080030: 'StudyTime',
  x00080050: 'AccessionNumber',
  x00080090: 'ReferringPhysicianName',
  x00081030: 'StudyDescription',
  x00100010: 'PatientName',
  x00100020: 'PatientID',
  x00100030: 'PatientBirthDate',
  x00100040: 'PatientSex',
  x00101010: 'PatientAge',
  x0020000d: 'StudyInstanceUID',
  x00200010: 'StudyID',
};
/** Present even when empty. */
const required: readonly string[] = [
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ReferringPhysicianName',
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyID',
];

/** @returns null where the file can no longer be read */
export async function readSourceHeader({ data }: SourceFile): Promise<SourceHeader | null> {
  const part10 = await asPart10(data);
  if (part10.kind !== 'dicom') return null;
  const { dataSet } = part10;
  // A date of another form than DICOM's cannot be written, nor what stands in its place.
  const valueOf = (tag: string, name: string) =>
    name.endsWith('Date') ? dateOf(dataSet, tag).replaceAll('-', '') : textOf(dataSet, tag);
  const values = Object.entries(repeated)
    .map(([tag, name]) => [name, valueOf(tag, name)] as const)
    .filter(([name, value]) => value !== '' || required.includes(name));
  return {
    patientAndStudy: Object.fromEntries(values),
    studyInstanceUid: textOf(dataSet, 'x0020000d'),
    seriesInstanceUid: textOf(dataSet, 'x0020000e'),
    frameOfReferenceUid: textOf(dataSet, 'x00200052'),
    sopClassUid: textOf(dataSet, 'x00080016'),
  };
}

/** A UID below 2.25 (PS3.5 B.2): a random UUID as a whole number. */
export function newUid(): string {
  return `2.25.${BigInt(`0x${randomUuid()}`)}`;
}

/** A decimal string of 16 characters at most. */
export const decimal = (value: number) => String(Number(value.toFixed(Math.abs(value) < 1e6 ? 7 : 3)) + 0);

/** What makes one dimension of an object's frames (PS3.3 C.7.6.17). */
export const dimensionPointer = (organisation: string, index: number, group: number, label: string): Attributes => ({
  DimensionOrganizationUID: organisation,
  DimensionIndexPointer: index,
  FunctionalGroupPointer: group,
  DimensionDescriptionLabel: label,
});

/** The source's series, with those of its instances that were used. */
export const referencedSeries = (source: SourceHeader, instances: readonly string[]): Attributes => ({
  SeriesInstanceUID: source.seriesInstanceUid,
  ReferencedInstanceSequence: instances.map((uid) => ({
    ReferencedSOPClassUID: source.sopClassUid,
    ReferencedSOPInstanceUID: uid,
  })),
});

/** A picture that was computed from (PS3.3 C.7.6.16.2.6).
 *  @param frame its number within the instance, from 1 on, where it has several */
export const sourceImage = ({ sopClassUid }: SourceHeader, sopInstanceUid: string, frame?: number): Attributes => ({
  ReferencedSOPClassUID: sopClassUid,
  ReferencedSOPInstanceUID: sopInstanceUid,
  ...(frame === undefined ? {} : { ReferencedFrameNumber: frame }),
  PurposeOfReferenceCodeSequence: [
    codeItem({ value: '121322', scheme: 'DCM', meaning: 'Source image for image processing operation' }),
  ],
});

export function codeItem({ value, scheme, meaning }: Code): Attributes {
  return { CodeValue: value, CodingSchemeDesignator: scheme, CodeMeaning: meaning };
}

/** Of every object made here: SOP common, patient, study, series, equipment (PS3.3 C.7.5.1, C.7.5.2, C.12.1). */
export function commonAttributes(source: SourceHeader, maker: Maker, now: Date): Attributes {
  const date = now.toISOString().slice(0, 10).replaceAll('-', '');
  const time = now.toISOString().slice(11, 19).replaceAll(':', '');
  return {
    ...source.patientAndStudy,
    SpecificCharacterSet: 'ISO_IR 192',
    SOPInstanceUID: newUid(),
    SeriesInstanceUID: newUid(),
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    SeriesDate: date,
    SeriesTime: time,
    ContentDate: date,
    ContentTime: time,
    TimezoneOffsetFromUTC: '+0000',
    InstanceNumber: 1,
    Manufacturer: maker.manufacturer,
    ManufacturerModelName: maker.modelName,
    DeviceSerialNumber: maker.serialNumber,
    SoftwareVersions: maker.softwareVersion,
  };
}

const { DicomDict, DicomMetaDictionary } = dcmjs.data;
/** Names this program as the writer of a file (PS3.7 D.3.3.2). */
const implementationClassUid = '2.25.196417143204498293843716459202614937';

/** @param attributes of the data set, SOPClassUID and SOPInstanceUID among them */
export function part10Bytes(attributes: Attributes): Uint8Array<ArrayBuffer> {
  const text = (vr: string, value: unknown) => ({ vr, Value: [value] });
  const file = new DicomDict({
    '00020001': { vr: 'OB', Value: [Uint8Array.of(0, 1).buffer] },
    '00020002': text('UI', attributes.SOPClassUID),
    '00020003': text('UI', attributes.SOPInstanceUID),
    '00020010': text('UI', explicitLittleEndian),
    '00020012': text('UI', implementationClassUid),
    '00020013': text('SH', 'DEEPSC-CT'),
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset({ ...attributes });
  return new Uint8Array(file.write());
}
