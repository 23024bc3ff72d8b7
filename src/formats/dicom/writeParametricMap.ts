/** DICOM Parametric Map in single floats (PS3.3 A.75, C.8.32): a scalar field on a grid of its own, in the frame of
 *  reference of the study it was computed from. */
import { voxelToLps, type Grid } from '../../volume/grid.ts';
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

export const parametricMapStorage = '1.2.840.10008.5.1.4.1.1.30';

export interface ParametricMap {
  readonly source: SourceHeader;
  /** SOP instances that it was computed from. */
  readonly sourceInstances: readonly string[];
  readonly maker: Maker;
  readonly seriesDescription: string;
  readonly seriesNumber: number;
  /** In 16 capitals, digits and underscores. */
  readonly label: string;
  /** In 64 letters. */
  readonly explanation: string;
  /** What the numbers are, and in which unit. */
  readonly quantity: Code;
  readonly unit: Code;
  /** Reading order: frames from the feet to the head. */
  readonly grid: Grid;
  readonly values: Float32Array;
  readonly now: Date;
}

export function writeParametricMap(map: ParametricMap): Uint8Array<ArrayBuffer> {
  const { source, maker, grid, values, now } = map;
  const [depth, rows, columns] = grid.shape;
  const frameType = ['DERIVED', 'PRIMARY', 'VOLUME', 'RESAMPLED'];
  return part10Bytes({
    ...commonAttributes(source, maker, now),
    SOPClassUID: parametricMapStorage,
    Modality: 'OT',
    SeriesDescription: map.seriesDescription,
    SeriesNumber: map.seriesNumber,
    FrameOfReferenceUID: source.frameOfReferenceUid,
    PositionReferenceIndicator: '',
    ImageType: frameType,
    ContentLabel: map.label,
    ContentDescription: map.explanation,
    ContentCreatorName: '',
    ContentQualification: 'RESEARCH',
    BurnedInAnnotation: 'NO',
    RecognizableVisualFeatures: 'NO',
    LossyImageCompression: '00',
    PresentationLUTShape: 'IDENTITY',
    AcquisitionContextSequence: [],
    Rows: rows,
    Columns: columns,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    BitsAllocated: 32,
    NumberOfFrames: depth,
    ...sharedGroups(map, frameType),
    ...perFrameGroups(map),
    ReferencedSeriesSequence: [referencedSeries(source, map.sourceInstances)],
    FloatPixelData: values.slice().buffer,
    _vrMap: { FloatPixelData: 'OF' },
  });
}

function sharedGroups(map: ParametricMap, frameType: readonly string[]): Attributes {
  const { grid } = map;
  const range = rangeOf(map.values);
  const [, row, column] = grid.direction;
  const [sliceMm, rowMm, columnMm] = grid.spacingMm;
  // Along a row x grows, down a column y.
  return {
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: [...column, ...row].map(decimal) }],
        PixelMeasuresSequence: [
          {
            PixelSpacing: [rowMm, columnMm].map(decimal),
            SliceThickness: decimal(sliceMm),
            SpacingBetweenSlices: decimal(sliceMm),
          },
        ],
        FrameAnatomySequence: [
          {
            FrameLaterality: 'B',
            AnatomicRegionSequence: [codeItem({ value: '39607008', scheme: 'SCT', meaning: 'Lung' })],
          },
        ],
        PixelValueTransformationSequence: [{ RescaleIntercept: '0', RescaleSlope: '1', RescaleType: 'US' }],
        FrameVOILUTSequence: [windowOf(range)],
        RealWorldValueMappingSequence: [realWorldOf(map, range)],
        ParametricMapFrameTypeSequence: [{ FrameType: [...frameType] }],
      },
    ],
  };
}

/** All values, for who opens it elsewhere. */
function windowOf([least, most]: Range): Attributes {
  return { WindowCenter: decimal((least + most) / 2), WindowWidth: decimal(Math.max(most - least, 1e-6)) };
}

type Range = readonly [least: number, most: number];

function rangeOf(values: Float32Array): Range {
  return values.reduce<Range>(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
}

/** The numbers are what they say: slope 1, nothing added (PS3.3 C.7.6.16.2.11). */
function realWorldOf({ explanation, label, quantity, unit }: ParametricMap, [least, most]: Range): Attributes {
  return {
    LUTExplanation: explanation,
    LUTLabel: label,
    MeasurementUnitsCodeSequence: [codeItem(unit)],
    DoubleFloatRealWorldValueFirstValueMapped: least,
    DoubleFloatRealWorldValueLastValueMapped: most,
    RealWorldValueIntercept: 0,
    RealWorldValueSlope: 1,
    QuantityDefinitionSequence: [
      {
        ValueType: 'CODE',
        ConceptNameCodeSequence: [codeItem({ value: '246205007', scheme: 'SCT', meaning: 'Quantity' })],
        ConceptCodeSequence: [codeItem(quantity)],
      },
    ],
  };
}

/** One stack from the feet to the head (PS3.3 C.7.6.17). */
function perFrameGroups({ grid, source, sourceInstances }: ParametricMap): Attributes {
  const organisation = newUid();
  const pointer = (index: number, label: string) => dimensionPointer(organisation, index, 0x00209111, label);
  return {
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: organisation }],
    // Stack ID and In-Stack Position Number in the Frame Content.
    DimensionIndexSequence: [pointer(0x00209056, 'StackID'), pointer(0x00209057, 'InStackPositionNumber')],
    PerFrameFunctionalGroupsSequence: Array.from({ length: grid.shape[0] }, (_, z) => ({
      FrameContentSequence: [{ StackID: '1', InStackPositionNumber: z + 1, DimensionIndexValues: [1, z + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: [...voxelToLps(grid, [z, 0, 0])].map(decimal) }],
      DerivationImageSequence: [
        {
          DerivationCodeSequence: [codeItem({ value: '130401', scheme: 'DCM', meaning: 'Visual explanation' })],
          SourceImageSequence: sourceInstances.slice(0, 1).map((uid) => sourceImage(source, uid)),
        },
      ],
    })),
  };
}
