/** A volume as the DICOM files a scanner would send: CT Image Storage, one file a slice, or one enhanced multi-frame
 *  file; with the oddities of real folders on demand. */
import dcmjs from 'dcmjs';
import type { SourceFile } from '../formats/series.ts';
import { lpsToVoxel, type Grid, type LpsPoint, type Volume } from '../volume/grid.ts';
import { uniform } from '../volume/random.ts';
import { enhancedCt, type Attributes, type Place } from './enhancedCt.ts';

export interface DicomStudyOptions {
  /** All UIDs come from it. */
  readonly seed?: number;
  readonly patientName?: string;
  readonly patientId?: string;
  readonly studyDescription?: string;
  readonly seriesDescription?: string;
  readonly seriesNumber?: number;
  readonly kernel?: string;
  /** What the pictures are, for Image Comments. */
  readonly comment?: string;
  /** Which slices are written, in this order: leave some out, repeat some, thin them unevenly, turn them round.
   *  All, from feet to head, if absent. */
  readonly slices?: readonly number[];
  /** Slices leaning by this much, as a tilted gantry makes them, moved along z by the same steps. */
  readonly tiltDegrees?: number;
  /** One Enhanced CT file. */
  readonly multiFrame?: boolean;
  /** Anything to add, or to change; `undefined` leaves an attribute out. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

const { DicomDict, DicomMetaDictionary } = dcmjs.data;
const explicitLittleEndian = '1.2.840.10008.1.2.1';
const ctImage = '1.2.840.10008.5.1.4.1.1.2';
const offsetHu = 1024;
const date = '20260101';
const time = '120000';

export function writeDicomStudy(volume: Volume, options: DicomStudyOptions = {}): SourceFile[] {
  const tilted = options.tiltDegrees ? tilt(volume, options.tiltDegrees) : volume;
  const slices = options.slices ?? Array.from({ length: volume.grid.shape[0] }, (_, z) => z);
  const uids = uidsFrom(options.seed ?? 1);
  const series = { ...seriesAttributes(tilted.grid, options, uids), ...options.attributes };
  if (options.multiFrame) {
    const places = slices.map((z) => place(tilted.grid, z));
    const pixels = { PixelData: stored(tilted, slices), _vrMap: { PixelData: 'OW' } };
    return [part10('IM0001.dcm', { ...enhancedCt(series, places, uids), ...pixels })];
  }
  return slices.map((z, i) => {
    const name = `IM${String(i + 1).padStart(4, '0')}.dcm`;
    return part10(name, { ...series, ...imageAttributes(tilted, z, i, uids), ...options.attributes });
  });
}

/** UIDs below 2.25, from the seed. */
function uidsFrom(seed: number): (use: string) => string {
  return (use) => {
    let hash = seed >>> 0;
    for (const character of use) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
    const random = uniform(hash);
    const parts = [0, 1, 2, 3].map(() => BigInt(Math.floor(random() * 2 ** 30)));
    return `2.25.${parts.reduce((sum, part) => (sum << 30n) + part, 1n)}`;
  };
}

function seriesAttributes(grid: Grid, options: DicomStudyOptions, uids: (use: string) => string): Attributes {
  const [spacingZ, spacingY, spacingX] = grid.spacingMm;
  const [, rows, columns] = grid.shape;
  return {
    SpecificCharacterSet: 'ISO_IR 100',
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    SOPClassUID: ctImage,
    StudyDate: date,
    SeriesDate: date,
    AcquisitionDate: date,
    ContentDate: date,
    StudyTime: time,
    SeriesTime: time,
    AcquisitionTime: time,
    ContentTime: time,
    AccessionNumber: '',
    Modality: 'CT',
    Manufacturer: 'Simulated',
    ManufacturerModelName: 'Thorax phantom',
    ReferringPhysicianName: '',
    StudyDescription: options.studyDescription ?? 'Simulated chest CT, no patient',
    SeriesDescription: options.seriesDescription ?? 'Simulated chest',
    ImageComments: options.comment ?? 'Made by a computer. Shows no patient.',
    PatientName: options.patientName ?? 'Sample^Phantom',
    PatientID: options.patientId ?? `SYNTHETIC-${options.seed ?? 1}`,
    PatientBirthDate: '',
    PatientSex: 'O',
    BodyPartExamined: 'CHEST',
    SliceThickness: rounded(spacingZ),
    KVP: 120,
    XRayTubeCurrent: 180,
    DataCollectionDiameter: 500,
    ReconstructionDiameter: rounded(columns * spacingX),
    GantryDetectorTilt: options.tiltDegrees ?? 0,
    TableHeight: 150,
    ConvolutionKernel: options.kernel ?? 'LUNG',
    PatientPosition: 'HFS',
    StudyInstanceUID: uids('study'),
    SeriesInstanceUID: uids('series'),
    FrameOfReferenceUID: uids('frame of reference'),
    PositionReferenceIndicator: '',
    StudyID: '1',
    SeriesNumber: options.seriesNumber ?? 1,
    AcquisitionNumber: 1,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [rounded(spacingY), rounded(spacingX)],
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleIntercept: -offsetHu,
    RescaleSlope: 1,
    RescaleType: 'HU',
    WindowCenter: [-600, 40],
    WindowWidth: [1500, 400],
    WindowCenterWidthExplanation: ['LUNG', 'MEDIASTINUM'],
  };
}

function imageAttributes(volume: Volume, z: number, i: number, uids: (use: string) => string) {
  return {
    SOPInstanceUID: uids(`image ${i}`),
    InstanceNumber: i + 1,
    ...place(volume.grid, z),
    PixelData: stored(volume, [z]),
    _vrMap: { PixelData: 'OW' },
  };
}

function place(grid: Grid, z: number): Place {
  const position = [0, 1, 2].map((axis) => grid.originMm[axis] + z * grid.spacingMm[0] * grid.direction[0][axis]);
  return {
    ImagePositionPatient: position.map(rounded),
    ImageOrientationPatient: [...grid.direction[2], ...grid.direction[1]].map(rounded),
    SliceLocation: rounded(position[2]),
  };
}

/** A decimal string holds 16 characters. */
const rounded = (value: number) => Number(value.toFixed(6));

function stored({ grid, hu }: Volume, slices: readonly number[]): ArrayBuffer {
  const size = grid.shape[1] * grid.shape[2];
  const values = new Uint16Array(size * slices.length);
  slices.forEach((z, k) => {
    for (let i = 0; i < size; i++) values[k * size + i] = Math.min(4095, Math.max(0, hu[z * size + i] + offsetHu));
  });
  return values.buffer;
}

function part10(name: string, attributes: Attributes): SourceFile {
  const present = Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
  const text = (vr: string, value: unknown) => ({ vr, Value: [value] });
  const file = new DicomDict({
    '00020001': { vr: 'OB', Value: [Uint8Array.of(0, 1).buffer] },
    '00020002': text('UI', present.SOPClassUID),
    '00020003': text('UI', present.SOPInstanceUID),
    '00020010': text('UI', explicitLittleEndian),
    '00020012': text('UI', '2.25.196417143204498293843716459202614937'),
    '00020013': text('SH', 'DEEPSC-CT'),
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset(present);
  return { name, data: new Blob([file.write()], { type: 'application/dicom' }) };
}

/** The same patient cut by planes that lean about the x axis, their middle rows where they were. */
function tilt(volume: Volume, degrees: number): Volume {
  const { grid, hu } = volume;
  const [depth, rows, columns] = grid.shape;
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [toHead, toBack] = [grid.direction[0], grid.direction[1]];
  const leaning = toBack.map((_, axis) => cos * toBack[axis] + sin * toHead[axis]);
  const down: LpsPoint = [leaning[0], leaning[1], leaning[2]];
  const half = ((rows - 1) / 2) * grid.spacingMm[1];
  const moved = grid.originMm.map((value, axis) => value + half * (toBack[axis] - down[axis]));
  const origin: LpsPoint = [moved[0], moved[1], moved[2]];
  const result = new Int16Array(hu.length);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const along = [0, 1, 2].map((axis) => z * grid.spacingMm[0] * toHead[axis] + y * grid.spacingMm[1] * down[axis]);
      const at = lpsToVoxel(grid, [origin[0] + along[0], origin[1] + along[1], origin[2] + along[2]]);
      const row = (z * rows + y) * columns;
      for (let x = 0; x < columns; x++) result[row + x] = sampleColumn(volume, at[0], at[1], x);
    }
  return { grid: { ...grid, originMm: origin, direction: [toHead, down, grid.direction[2]] }, hu: result };
}

/** Linear between slices and rows; air outside. */
function sampleColumn({ grid, hu }: Volume, z: number, y: number, x: number): number {
  const [depth, rows, columns] = grid.shape;
  const [z0, y0] = [Math.floor(z), Math.floor(y)];
  const value = (iz: number, iy: number) =>
    iz < 0 || iy < 0 || iz >= depth || iy >= rows ? -1024 : hu[(iz * rows + iy) * columns + x];
  const low = value(z0, y0) + (y - y0) * (value(z0, y0 + 1) - value(z0, y0));
  const high = value(z0 + 1, y0) + (y - y0) * (value(z0 + 1, y0 + 1) - value(z0 + 1, y0));
  return Math.round(low + (z - z0) * (high - low));
}
