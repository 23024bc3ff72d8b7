/** Reads a DICOM Structured Report as a tree, and the measurement groups in it (PS3.16 TID 1500). */
import type { DataSet } from 'dicom-parser';
import type { Code } from './derived.ts';
import { madeOf, type Made } from './madeBy.ts';
import { asPart10 } from './part10.ts';
import { numberOf, textOf, uint16Of } from './text.ts';

export const comprehensiveSr = '1.2.840.10008.5.1.4.1.1.88.33';

export interface ReadSrItem {
  readonly valueType: string;
  readonly concept: Code | null;
  /** Of TEXT and UIDREF. */
  readonly text: string;
  readonly code: Code | null;
  readonly number: { readonly value: number; readonly unit: Code | null } | null;
  readonly segment: { readonly sopInstanceUid: string; readonly number: number } | null;
  readonly children: readonly ReadSrItem[];
}

export interface MeasuredNumber {
  readonly concept: Code;
  readonly value: number;
  readonly unit: Code | null;
  /** The finding that it is a number of, e.g. the class of a probability. */
  readonly finding: Code | null;
}

export interface MeasurementGroup {
  readonly trackingId: string;
  readonly trackingUid: string;
  readonly segment: ReadSrItem['segment'];
  readonly numbers: readonly MeasuredNumber[];
}

export interface ReadSr {
  readonly kind: 'read';
  readonly studyInstanceUid: string;
  readonly isVerified: boolean;
  readonly made: Made;
  readonly root: ReadSrItem;
  readonly groups: readonly MeasurementGroup[];
}
export interface SrRefusal {
  readonly kind: 'refused';
  /** In a reader's words. */
  readonly message: string;
}

export async function readSr(file: Blob): Promise<ReadSr | SrRefusal> {
  const part10 = await asPart10(file);
  if (part10.kind !== 'dicom') return { kind: 'refused', message: 'This is no DICOM file.' };
  const { dataSet } = part10;
  if (textOf(dataSet, 'x00080060') !== 'SR') return { kind: 'refused', message: 'This DICOM file is no report.' };
  const root = itemOf(dataSet);
  return {
    kind: 'read',
    studyInstanceUid: textOf(dataSet, 'x0020000d'),
    isVerified: textOf(dataSet, 'x0040a493') === 'VERIFIED',
    made: madeOf(dataSet),
    root,
    groups: within(root)
      .filter(({ concept }) => concept?.value === '125007')
      .map(groupOf),
  };
}

const within = (item: ReadSrItem): ReadSrItem[] => [item, ...item.children.flatMap(within)];

function groupOf({ children }: ReadSrItem): MeasurementGroup {
  const textUnder = (value: string) => children.find(({ concept }) => concept?.value === value)?.text ?? '';
  return {
    trackingId: textUnder('112039'),
    trackingUid: textUnder('112040'),
    segment: children.find(({ segment }) => segment !== null)?.segment ?? null,
    numbers: children.flatMap(numbersOfItem),
  };
}

function numbersOfItem({ concept, number, children }: ReadSrItem): MeasuredNumber[] {
  const finding = children.find((child) => child.concept?.value === '121071')?.code ?? null;
  return concept && number ? [{ concept, ...number, finding }] : [];
}

const itemsUnder = (dataSet: DataSet, tag: string): DataSet[] =>
  (dataSet.elements[tag]?.items ?? []).map(({ dataSet }) => dataSet).filter((item) => item !== undefined);

function itemOf(dataSet: DataSet): ReadSrItem {
  const measured = itemsUnder(dataSet, 'x0040a300')[0];
  const value = measured ? numberOf(measured, 'x0040a30a') : null;
  const referenced = itemsUnder(dataSet, 'x00081199')[0];
  const segment = referenced && uint16Of(referenced, 'x0062000b');
  return {
    valueType: textOf(dataSet, 'x0040a040'),
    concept: codeUnder(dataSet, 'x0040a043'),
    text: textOf(dataSet, 'x0040a160') || textOf(dataSet, 'x0040a124'),
    code: codeUnder(dataSet, 'x0040a168'),
    number: measured && value !== null ? { value, unit: codeUnder(measured, 'x004008ea') } : null,
    segment: referenced && segment ? { sopInstanceUid: textOf(referenced, 'x00081155'), number: segment } : null,
    children: itemsUnder(dataSet, 'x0040a730').map(itemOf),
  };
}

function codeUnder(dataSet: DataSet, tag: string): Code | null {
  const item = itemsUnder(dataSet, tag)[0];
  if (!item) return null;
  return { value: textOf(item, 'x00080100'), scheme: textOf(item, 'x00080102'), meaning: textOf(item, 'x00080104') };
}
