/** DICOM Segmentation, binary (PS3.3 A.51, C.8.20): each segment on the source's own frames, empty frames left out. */
import type { LpsPoint } from '../../volume/grid.ts';
import {
  codeItem,
  commonAttributes,
  decimal,
  dimensionPointer,
  newUid,
  part10Bytes,
  referencedSeries,
  sourceImage,
  type Attributes,
  type Code,
  type Maker,
  type SourceHeader,
} from './derived.ts';
import type { FrameHeader } from './frameHeader.ts';
import { segmentationStorage } from './readSeg.ts';

/** What made a segment (PS3.3 C.8.20.2); one drawn by hand bears no algorithm's name. */
export type SegmentAlgorithm =
  { readonly type: 'AUTOMATIC' | 'SEMIAUTOMATIC'; readonly name: string } | { readonly type: 'MANUAL' };

export interface Segment {
  /** From 1 on, without gaps. */
  readonly number: number;
  readonly label: string;
  readonly category: Code;
  readonly type: Code;
  readonly modifier?: Code;
  readonly region?: Code;
  /** Follows the thing segmented through other objects. */
  readonly tracking?: { readonly id: string; readonly uid: string };
  /** As DICOM writes it: L* 0 to 100, a* and b* -128 to 127, each over 0 to 65535. */
  readonly colourCielab: readonly [number, number, number];
  readonly algorithm: SegmentAlgorithm;
}

/** A segment's pixels on one frame of the source. */
export interface SegFrame {
  readonly segment: number;
  readonly source: FrameHeader;
  /** rows x columns, anything but 0 belongs. */
  readonly pixels: Uint8Array;
}

export interface SegContent {
  readonly source: SourceHeader;
  readonly maker: Maker;
  readonly seriesDescription: string;
  readonly seriesNumber: number;
  /** In 70 letters. */
  readonly description: string;
  readonly segments: readonly Segment[];
  readonly now: Date;
}

export interface WrittenSeg {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Takes frames one by one, packed at once: a study's segments are a gigabyte unpacked. */
export class SegWriter {
  private readonly content: SegContent;
  private readonly frames: { readonly segment: number; readonly source: FrameHeader; readonly bits: Uint8Array }[] = [];

  constructor(content: SegContent) {
    this.content = content;
  }

  /** Frames without any pixel are left out. */
  add({ segment, source, pixels }: SegFrame): void {
    if (pixels.every((pixel) => pixel === 0)) return;
    this.frames.push({ segment, source, bits: packed([pixels], pixels.length, (i, values) => values[i]) });
  }

  /** @throws RangeError where no frame holds anything: DICOM knows no empty segmentation */
  finish(): WrittenSeg {
    const frames = this.frames.sort((a, b) => a.segment - b.segment || positionOf(a.source) - positionOf(b.source));
    if (frames.length === 0) throw new RangeError('writeSeg: no frame holds a pixel');
    const { layout } = frames[0].source;
    const bits = packed(
      frames.map((frame) => frame.bits),
      layout.rows * layout.columns,
      (i, values) => (values[i >> 3] >> (i & 7)) & 1,
    );
    const common = commonAttributes(this.content.source, this.content.maker, this.content.now);
    const attributes = {
      ...common,
      ...seriesAttributes(this.content),
      ...imageAttributes(this.content, frames[0].source),
      SegmentSequence: this.content.segments.map(segmentItem),
      ...frameGroups(this.content.source, frames),
      ReferencedSeriesSequence: [referencedSeries(this.content.source, instancesOf(frames))],
      NumberOfFrames: frames.length,
      PixelData: bits.buffer,
      _vrMap: { PixelData: 'OB' },
    };
    return {
      bytes: part10Bytes(attributes),
      sopInstanceUid: common.SOPInstanceUID as string,
      seriesInstanceUid: common.SeriesInstanceUID as string,
    };
  }
}

type PackedFrame = { readonly segment: number; readonly source: FrameHeader };

/** Bits of all frames, one after the other without gaps, the first in the lowest place (PS3.5 8.1.1); an even number
 *  of bytes. */
function packed<T>(
  frames: readonly T[],
  length: number,
  bitAt: (i: number, frame: T) => number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(2 * Math.ceil((frames.length * length) / 16));
  frames.forEach((frame, k) => {
    for (let i = 0, at = k * length; i < length; i++, at++) if (bitAt(i, frame) !== 0) bytes[at >> 3] |= 1 << (at & 7);
  });
  return bytes;
}

/** Along the direction from slice to slice. */
function positionOf({ positionMm, orientation }: FrameHeader): number {
  const { row, column } = orientation!;
  const normal: LpsPoint = [
    row[1] * column[2] - row[2] * column[1],
    row[2] * column[0] - row[0] * column[2],
    row[0] * column[1] - row[1] * column[0],
  ];
  return normal.reduce((sum, part, axis) => sum + part * positionMm![axis], 0);
}

function seriesAttributes({ source, seriesDescription, seriesNumber }: SegContent): Attributes {
  return {
    SOPClassUID: segmentationStorage,
    Modality: 'SEG',
    SeriesDescription: seriesDescription,
    SeriesNumber: seriesNumber,
    FrameOfReferenceUID: source.frameOfReferenceUid,
    PositionReferenceIndicator: '',
  };
}

function imageAttributes(
  { description }: SegContent,
  { layout, orientation, pixelSpacingMm, thicknessMm }: FrameHeader,
) {
  return {
    ImageType: ['DERIVED', 'PRIMARY'],
    ContentLabel: 'SEGMENTATION',
    ContentDescription: description,
    ContentCreatorName: '',
    Rows: layout.rows,
    Columns: layout.columns,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    PixelRepresentation: 0,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    LossyImageCompression: '00',
    SegmentationType: 'BINARY',
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [
          { ImageOrientationPatient: [...orientation!.row, ...orientation!.column].map(decimal) },
        ],
        PixelMeasuresSequence: [
          {
            PixelSpacing: pixelSpacingMm!.map(decimal),
            ...(thicknessMm ? { SliceThickness: decimal(thicknessMm) } : {}),
          },
        ],
      },
    ],
  };
}

function segmentItem(segment: Segment): Attributes {
  const { algorithm, number, label, category, type, modifier, region, tracking, colourCielab } = segment;
  return {
    SegmentNumber: number,
    SegmentLabel: label,
    SegmentAlgorithmType: algorithm.type,
    ...(algorithm.type === 'MANUAL' ? {} : { SegmentAlgorithmName: algorithm.name }),
    SegmentedPropertyCategoryCodeSequence: [codeItem(category)],
    SegmentedPropertyTypeCodeSequence: [
      {
        ...codeItem(type),
        ...(modifier ? { SegmentedPropertyTypeModifierCodeSequence: [codeItem(modifier)] } : {}),
      },
    ],
    ...(region ? { AnatomicRegionSequence: [codeItem(region)] } : {}),
    ...(tracking ? { TrackingID: tracking.id, TrackingUID: tracking.uid } : {}),
    RecommendedDisplayCIELabValue: [...colourCielab],
  };
}

/** Frames by segment and by place (PS3.3 C.7.6.17). */
function frameGroups(source: SourceHeader, frames: readonly PackedFrame[]): Attributes {
  const organisation = newUid();
  const places = [...new Set(frames.map(({ source }) => positionOf(source)))].sort((a, b) => a - b);
  const pointer = (index: number, group: number, label: string) => dimensionPointer(organisation, index, group, label);
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organisation }],
    DimensionIndexSequence: [
      // Referenced Segment Number in its sequence; Image Position (Patient) in its.
      pointer(0x0062000b, 0x0062000a, 'ReferencedSegmentNumber'),
      pointer(0x00200032, 0x00209113, 'ImagePositionPatient'),
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ segment, source: frame }) => ({
      DerivationImageSequence: [derivation(source, frame)],
      FrameContentSequence: [{ DimensionIndexValues: [segment, places.indexOf(positionOf(frame)) + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: frame.positionMm!.map(decimal) }],
      SegmentIdentificationSequence: [{ ReferencedSegmentNumber: segment }],
    })),
  };
}

/** The frame that was looked at (PS3.3 C.7.6.16.2.6). */
function derivation(source: SourceHeader, { sopInstanceUid, frame, layout }: FrameHeader): Attributes {
  return {
    DerivationCodeSequence: [codeItem({ value: '113076', scheme: 'DCM', meaning: 'Segmentation' })],
    SourceImageSequence: [sourceImage(source, sopInstanceUid, layout.numberOfFrames > 1 ? frame + 1 : undefined)],
  };
}

const instancesOf = (frames: readonly PackedFrame[]) => [...new Set(frames.map(({ source }) => source.sopInstanceUid))];
