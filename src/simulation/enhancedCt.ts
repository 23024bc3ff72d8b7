/** The attributes of one Enhanced CT Image Storage file (PS3.3 A.38): what a classic series says once goes to shared
 *  functional groups, what differs by slice to the frames. */

/** By keyword, as dcmjs takes them. */
export type Attributes = Readonly<Record<string, unknown>>;

/** Where a slice lies, as a classic file says it. */
export interface Place {
  readonly ImagePositionPatient: readonly number[];
  readonly ImageOrientationPatient: readonly number[];
  readonly SliceLocation: number;
}

const enhancedCtImage = '1.2.840.10008.5.1.4.1.1.2.1';
const frameType = ['ORIGINAL', 'PRIMARY', 'VOLUME', 'NONE'];
const pixels = {
  PixelPresentation: 'MONOCHROME',
  VolumetricProperties: 'VOLUME',
  VolumeBasedCalculationTechnique: 'NONE',
};

/** These stand in functional groups, not beside them. */
const moved = [
  ['SliceThickness', 'PixelSpacing', 'RescaleIntercept', 'RescaleSlope', 'RescaleType', 'WindowCenter', 'WindowWidth'],
  ['WindowCenterWidthExplanation', 'KVP', 'XRayTubeCurrent', 'DataCollectionDiameter', 'ReconstructionDiameter'],
  ['GantryDetectorTilt', 'TableHeight', 'ConvolutionKernel', 'AcquisitionDate', 'AcquisitionTime', 'BodyPartExamined'],
].flat();

/** @param series attributes of a classic series (all text and numbers, no pixels)
 *  @param places of the frames, in their order */
export function enhancedCt(series: Attributes, places: readonly Place[], uids: (use: string) => string): Attributes {
  const dimensions = uids('dimensions');
  const kept = Object.fromEntries(Object.entries(series).filter(([keyword]) => !moved.includes(keyword)));
  return {
    ...kept,
    ...pixels,
    SOPClassUID: enhancedCtImage,
    SOPInstanceUID: uids('multi-frame'),
    InstanceNumber: 1,
    ImageType: frameType,
    AcquisitionDateTime: `${series.AcquisitionDate}${series.AcquisitionTime}`,
    AcquisitionDuration: 8,
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    ContentQualification: 'RESEARCH',
    PresentationLUTShape: 'IDENTITY',
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
    NumberOfFrames: places.length,
    AcquisitionContextSequence: [],
    DimensionOrganizationSequence: [{ DimensionOrganizationUID: dimensions }],
    DimensionIndexSequence: [
      {
        DimensionOrganizationUID: dimensions,
        DimensionIndexPointer: '00209057',
        FunctionalGroupPointer: '00209111',
        DimensionDescriptionLabel: 'In-stack position',
      },
    ],
    SharedFunctionalGroupsSequence: [sharedGroups(series, places[0], uids)],
    PerFrameFunctionalGroupsSequence: places.map((place, i) => frameGroups(series, place, i)),
  };
}

function sharedGroups(
  series: Attributes,
  { ImageOrientationPatient }: Place,
  uids: (use: string) => string,
): Attributes {
  const diameter = series.ReconstructionDiameter;
  return {
    PixelMeasuresSequence: [{ PixelSpacing: series.PixelSpacing, SliceThickness: series.SliceThickness }],
    PlaneOrientationSequence: [{ ImageOrientationPatient }],
    PixelValueTransformationSequence: [
      { RescaleIntercept: series.RescaleIntercept, RescaleSlope: series.RescaleSlope, RescaleType: 'HU' },
    ],
    FrameVOILUTSequence: [{ WindowCenter: -600, WindowWidth: 1500 }],
    FrameAnatomySequence: [
      {
        FrameLaterality: 'U',
        AnatomicRegionSequence: [{ CodeValue: '51185008', CodingSchemeDesignator: 'SCT', CodeMeaning: 'Chest' }],
      },
    ],
    IrradiationEventIdentificationSequence: [{ IrradiationEventUID: uids('irradiation') }],
    CTImageFrameTypeSequence: [{ FrameType: frameType, ...pixels }],
    CTAcquisitionTypeSequence: [{ AcquisitionType: 'SPIRAL', ConstantVolumeFlag: 'NO', FluoroscopyFlag: 'NO' }],
    CTAcquisitionDetailsSequence: [
      {
        RotationDirection: 'CW',
        RevolutionTime: 0.5,
        SingleCollimationWidth: 0.6,
        TotalCollimationWidth: 38.4,
        TableHeight: series.TableHeight,
        GantryDetectorTilt: series.GantryDetectorTilt,
        DataCollectionDiameter: series.DataCollectionDiameter,
      },
    ],
    CTTableDynamicsSequence: [{ TableSpeed: 60, TableFeedPerRotation: 30, SpiralPitchFactor: 0.8 }],
    CTGeometrySequence: [{ DistanceSourceToDetector: 1085, DistanceSourceToDataCollectionCenter: 595 }],
    CTReconstructionSequence: [
      {
        ReconstructionAlgorithm: 'FILTER_BACK_PROJ',
        ConvolutionKernel: series.ConvolutionKernel,
        ConvolutionKernelGroup: 'LUNG',
        ReconstructionDiameter: diameter,
        ReconstructionPixelSpacing: series.PixelSpacing,
        ReconstructionAngle: 360,
        ImageFilter: 'NONE',
      },
    ],
    CTExposureSequence: [
      {
        ExposureTimeInms: 500,
        XRayTubeCurrentInmA: series.XRayTubeCurrent,
        ExposureInmAs: 90,
        ExposureModulationType: 'NONE',
      },
    ],
    CTXRayDetailsSequence: [{ KVP: series.KVP, FocalSpots: 1, FilterType: 'FLAT', FilterMaterial: 'MIXED' }],
  };
}

function frameGroups(series: Attributes, { ImagePositionPatient, SliceLocation }: Place, i: number): Attributes {
  const moment = `${series.AcquisitionDate}${series.AcquisitionTime}`;
  return {
    FrameContentSequence: [
      {
        FrameAcquisitionNumber: 1,
        FrameReferenceDateTime: moment,
        FrameAcquisitionDateTime: moment,
        FrameAcquisitionDuration: 500,
        StackID: '1',
        InStackPositionNumber: i + 1,
        DimensionIndexValues: [i + 1],
      },
    ],
    PlanePositionSequence: [{ ImagePositionPatient }],
    CTPositionSequence: [
      {
        TablePosition: SliceLocation,
        DataCollectionCenterPatient: [0, 0, SliceLocation],
        ReconstructionTargetCenterPatient: [0, 0, SliceLocation],
      },
    ],
  };
}
