/** DICOM Structured Report: a tree of coded items (PS3.3 C.17.3) in a Comprehensive SR. */
import {
  codeItem,
  commonAttributes,
  part10Bytes,
  type Attributes,
  type Code,
  type Maker,
  type SourceHeader,
} from './derived.ts';
import { comprehensiveSr } from './readSr.ts';

/** How an item stands to the one above it. */
export type Relation = 'CONTAINS' | 'HAS OBS CONTEXT' | 'HAS CONCEPT MOD' | 'HAS PROPERTIES';

export interface SrItem {
  readonly relation?: Relation;
  readonly attributes: Attributes;
  readonly children: readonly SrItem[];
}

const item = (
  valueType: string,
  relation: Relation,
  concept: Code | null,
  value: Attributes,
  children: readonly SrItem[] = [],
): SrItem => ({
  relation,
  attributes: {
    ValueType: valueType,
    ...(concept ? { ConceptNameCodeSequence: [codeItem(concept)] } : {}),
    ...value,
  },
  children,
});

export const textItem = (relation: Relation, concept: Code, text: string) =>
  item('TEXT', relation, concept, { TextValue: text });
export const uidItem = (relation: Relation, concept: Code, uid: string) =>
  item('UIDREF', relation, concept, { UID: uid });
export const codedItem = (relation: Relation, concept: Code, code: Code, children: readonly SrItem[] = []) =>
  item('CODE', relation, concept, { ConceptCodeSequence: [codeItem(code)] }, children);
export const numberItem = (concept: Code, value: number, unit: Code, children: readonly SrItem[] = []) =>
  item(
    'NUM',
    'CONTAINS',
    concept,
    { MeasuredValueSequence: [{ NumericValue: decimal(value), MeasurementUnitsCodeSequence: [codeItem(unit)] }] },
    children,
  );
/** A segment of a segmentation. */
export const segmentItem = (concept: Code, sopClassUid: string, sopInstanceUid: string, segment: number) =>
  item('IMAGE', 'CONTAINS', concept, {
    ReferencedSOPSequence: [
      {
        ReferencedSOPClassUID: sopClassUid,
        ReferencedSOPInstanceUID: sopInstanceUid,
        ReferencedSegmentNumber: segment,
      },
    ],
  });

/** @param template of the DICOM content mapping resource, where the container follows one */
export function container(
  concept: Code,
  children: readonly SrItem[],
  template: string | null = null,
  relation: Relation = 'CONTAINS',
): SrItem {
  const follows = template
    ? { ContentTemplateSequence: [{ MappingResource: 'DCMR', TemplateIdentifier: template }] }
    : {};
  return item('CONTAINER', relation, concept, { ContinuityOfContent: 'SEPARATE', ...follows }, children);
}

/** A decimal string of 16 characters at most. */
const decimal = (value: number) => String(Number(value.toPrecision(10)) + 0).slice(0, 16);

export interface SrContent {
  readonly source: SourceHeader;
  readonly maker: Maker;
  readonly seriesDescription: string;
  readonly seriesNumber: number;
  readonly root: SrItem;
  /** Every instance that the report names. */
  readonly evidence: readonly {
    readonly seriesInstanceUid: string;
    readonly instances: readonly { readonly sopClassUid: string; readonly sopInstanceUid: string }[];
  }[];
  readonly now: Date;
}

/** A complete report that nobody has signed. */
export function writeSr(content: SrContent): Uint8Array<ArrayBuffer> {
  const { source, maker, seriesDescription, seriesNumber, root, evidence, now } = content;
  return part10Bytes({
    ...commonAttributes(source, maker, now),
    SOPClassUID: comprehensiveSr,
    Modality: 'SR',
    SeriesDescription: seriesDescription,
    SeriesNumber: seriesNumber,
    ReferencedPerformedProcedureStepSequence: [],
    PerformedProcedureCodeSequence: [],
    CompletionFlag: 'COMPLETE',
    VerificationFlag: 'UNVERIFIED',
    CurrentRequestedProcedureEvidenceSequence: [
      {
        StudyInstanceUID: source.studyInstanceUid,
        ReferencedSeriesSequence: evidence.map(({ seriesInstanceUid, instances }) => ({
          SeriesInstanceUID: seriesInstanceUid,
          ReferencedSOPSequence: instances.map(({ sopClassUid, sopInstanceUid }) => ({
            ReferencedSOPClassUID: sopClassUid,
            ReferencedSOPInstanceUID: sopInstanceUid,
          })),
        })),
      },
    ],
    ...datasetOf({ ...root, relation: undefined }),
  });
}

function datasetOf({ relation, attributes, children }: SrItem): Attributes {
  return {
    ...(relation ? { RelationshipType: relation } : {}),
    ...attributes,
    ...(children.length > 0 ? { ContentSequence: children.map(datasetOf) } : {}),
  };
}
