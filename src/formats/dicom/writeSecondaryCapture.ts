/** A picture of the screen as a DICOM Secondary Capture (PS3.3 A.8.1). */
import { commonAttributes, part10Bytes, type Maker, type SourceHeader } from './derived.ts';

export const secondaryCapture = '1.2.840.10008.5.1.4.1.1.7';

export interface Capture {
  readonly source: SourceHeader;
  readonly maker: Maker;
  readonly seriesDescription: string;
  readonly seriesNumber: number;
  /** Red, green, blue and alpha, row by row, as a canvas gives them. */
  readonly picture: { readonly width: number; readonly height: number; readonly data: Uint8ClampedArray };
  /** The images that were on screen. */
  readonly shown: readonly string[];
  readonly now: Date;
}

export function writeSecondaryCapture(capture: Capture): Uint8Array<ArrayBuffer> {
  const { source, maker, seriesDescription, seriesNumber, picture, shown, now } = capture;
  const { width, height, data } = picture;
  // An even number of bytes.
  const rgb = new Uint8Array(2 * Math.ceil((3 * width * height) / 2));
  for (let i = 0; i < width * height; i++) rgb.set(data.subarray(4 * i, 4 * i + 3), 3 * i);
  return part10Bytes({
    ...commonAttributes(source, maker, now),
    SOPClassUID: secondaryCapture,
    Modality: 'OT',
    ConversionType: 'WSD',
    SeriesDescription: seriesDescription,
    SeriesNumber: seriesNumber,
    ImageType: ['DERIVED', 'SECONDARY'],
    BodyPartExamined: 'CHEST',
    PatientOrientation: '',
    BurnedInAnnotation: 'NO',
    LossyImageCompression: '00',
    SamplesPerPixel: 3,
    PhotometricInterpretation: 'RGB',
    PlanarConfiguration: 0,
    Rows: height,
    Columns: width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    ...(shown.length > 0
      ? {
          SourceImageSequence: shown.map((uid) => ({
            ReferencedSOPClassUID: source.sopClassUid,
            ReferencedSOPInstanceUID: uid,
          })),
        }
      : {}),
    PixelData: rgb.buffer,
    _vrMap: { PixelData: 'OB' },
  });
}
