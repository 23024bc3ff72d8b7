/** One DICOM file's header as plain values: who, what, and where each of its pictures lies. */
import type { DataSet } from 'dicom-parser';
import type { LpsPoint } from '../../volume/grid.ts';
import type { Patient, Study } from '../series.ts';
import type { FrameHeader, PixelLayout } from './frameHeader.ts';
import { dateOf, numberOf, numbersOf, personNameOf, textOf, uint16Of } from './text.ts';

export interface DicomHeader {
  readonly sopClass: string;
  readonly patient: Patient;
  readonly study: Study;
  readonly seriesInstanceUid: string;
  readonly seriesNumber: number | null;
  readonly description: string;
  readonly modality: string;
  readonly date: string;
  readonly kernel: string;
  readonly contrast: string;
  readonly manufacturer: string;
  readonly bodyPart: string;
  /** Empty where the file holds no picture. */
  readonly frames: readonly Omit<FrameHeader, 'file'>[];
}

/** More than any chest CT has. */
const mostFrames = 20_000;

export function readHeader(dataSet: DataSet, transferSyntax: string): DicomHeader {
  const studyDate = dateOf(dataSet, 'x00080020');
  return {
    sopClass: textOf(dataSet, 'x00080016'),
    patient: {
      name: personNameOf(dataSet, 'x00100010'),
      id: textOf(dataSet, 'x00100020'),
      birthDate: dateOf(dataSet, 'x00100030'),
      sex: textOf(dataSet, 'x00100040'),
    },
    study: {
      instanceUid: textOf(dataSet, 'x0020000d'),
      date: studyDate,
      description: textOf(dataSet, 'x00081030'),
    },
    seriesInstanceUid: textOf(dataSet, 'x0020000e'),
    seriesNumber: numberOf(dataSet, 'x00200011'),
    description: textOf(dataSet, 'x0008103e'),
    modality: textOf(dataSet, 'x00080060'),
    date: dateOf(dataSet, 'x00080021') || studyDate,
    kernel: textOf(dataSet, 'x00181210').replaceAll('\\', ' '),
    contrast: contrastOf(dataSet),
    manufacturer: [textOf(dataSet, 'x00080070'), textOf(dataSet, 'x00081090')].filter(Boolean).join(' '),
    bodyPart: textOf(dataSet, 'x00180015'),
    frames: framesOf(dataSet, transferSyntax),
  };
}

/** Some write into the field that there was none. */
function contrastOf(dataSet: DataSet): string {
  const agent = textOf(dataSet, 'x00180010');
  return /^(no|none|n|without\b.*|w\/?o\b.*|native|nil|[-0])$/i.test(agent) ? '' : agent;
}

function framesOf(dataSet: DataSet, transferSyntax: string): Omit<FrameHeader, 'file'>[] {
  const layout = layoutOf(dataSet, transferSyntax);
  if (!layout) return [];
  const shared = itemsOf(dataSet, 'x52009229')[0];
  const perFrame = itemsOf(dataSet, 'x52009230');
  // A number is soon written; what cannot be placed cannot be read either.
  const count = Math.min(layout.numberOfFrames, mostFrames, Math.max(1, perFrame.length));
  return Array.from({ length: count }, (_, frame) => {
    const places = [perFrame[frame], shared, dataSet].filter((place): place is DataSet => place !== undefined);
    return frameOf(dataSet, places, frame, layout);
  });
}

function layoutOf(dataSet: DataSet, transferSyntax: string): PixelLayout | null {
  const [rows, columns] = [uint16Of(dataSet, 'x00280010'), uint16Of(dataSet, 'x00280011')];
  if (!rows || !columns) return null;
  const bitsAllocated = uint16Of(dataSet, 'x00280100') ?? 16;
  return {
    transferSyntax,
    rows,
    columns,
    samplesPerPixel: uint16Of(dataSet, 'x00280002') ?? 1,
    photometricInterpretation: textOf(dataSet, 'x00280004'),
    planarConfiguration: uint16Of(dataSet, 'x00280006') ?? 0,
    bitsAllocated,
    bitsStored: uint16Of(dataSet, 'x00280101') ?? bitsAllocated,
    pixelRepresentation: uint16Of(dataSet, 'x00280103') === 1 ? 1 : 0,
    numberOfFrames: Math.max(1, Math.trunc(numberOf(dataSet, 'x00280008') ?? 1)),
  };
}

const itemsOf = (dataSet: DataSet, tag: string): DataSet[] =>
  (dataSet.elements[tag]?.items ?? [])
    .map((item) => item.dataSet)
    .filter((item): item is DataSet => item !== undefined);

/** A value from the frame's own functional group, the shared one, or the header itself. */
function firstOf<T>(places: readonly DataSet[], group: string, read: (place: DataSet) => T | null): T | null {
  for (const place of places) {
    // The main header holds the values of a single-frame file itself.
    const value = read(itemsOf(place, group)[0] ?? place);
    if (value !== null) return value;
  }
  return null;
}

const point = (dataSet: DataSet, tag: string, from = 0): LpsPoint | null => {
  const numbers = numbersOf(dataSet, tag);
  return numbers.length >= from + 3 ? [numbers[from], numbers[from + 1], numbers[from + 2]] : null;
};

/** Pixel Padding Value, and the other end of its range where one is named (PS3.3 C.7.5.1.1.2); of the values' own sign,
 *  whatever the element says. */
function paddingOf(dataSet: DataSet, { pixelRepresentation }: PixelLayout): Pick<FrameHeader, 'padding'> {
  const ofSign = (value: number) => (pixelRepresentation === 1 ? (value << 16) >> 16 : value);
  const value = uint16Of(dataSet, 'x00280120');
  if (value === undefined) return {};
  const ends = [ofSign(value), ofSign(uint16Of(dataSet, 'x00280121') ?? value)];
  return { padding: { least: Math.min(...ends), most: Math.max(...ends) } };
}

function frameOf(
  dataSet: DataSet,
  places: readonly DataSet[],
  frame: number,
  layout: PixelLayout,
): Omit<FrameHeader, 'file'> {
  const type = firstOf(
    places,
    'x00189329',
    (place) => textOf(place, 'x00080008') || textOf(place, 'x00089007') || null,
  );
  const content = firstOf(places, 'x00209111', (place) => numberOf(place, 'x00209057') ?? numberOf(place, 'x00200013'));
  const isEnhanced = places.length > 1;
  return {
    frame,
    sopInstanceUid: textOf(dataSet, 'x00080018'),
    imageType: (textOf(dataSet, 'x00080008') || (type ?? '')).split('\\').map((part) => part.trim()),
    instanceNumber: isEnhanced ? (content ?? frame + 1) : numberOf(dataSet, 'x00200013'),
    acquisition: [textOf(dataSet, 'x00200012'), textOf(dataSet, 'x00200100')].filter(Boolean).join('/'),
    positionMm: firstOf(places, 'x00209113', (place) => point(place, 'x00200032')),
    orientation: firstOf(places, 'x00209116', (place) => {
      const row = point(place, 'x00200037');
      const column = point(place, 'x00200037', 3);
      return row && column ? { row, column } : null;
    }),
    pixelSpacingMm: firstOf(places, 'x00289110', (place) => {
      const [rows, columns] = numbersOf(place, 'x00280030');
      return rows !== undefined && columns !== undefined ? ([rows, columns] as const) : null;
    }),
    thicknessMm: firstOf(places, 'x00289110', (place) => numberOf(place, 'x00180050')),
    gantryTiltDegrees: firstOf(places, 'x00189304', (place) => numberOf(place, 'x00181120')),
    rescale: firstOf(places, 'x00289145', (place) => {
      const [slope, intercept] = [numberOf(place, 'x00281053'), numberOf(place, 'x00281052')];
      return slope !== null && intercept !== null ? { slope, intercept } : null;
    }),
    rescaleType: firstOf(places, 'x00289145', (place) => textOf(place, 'x00281054') || null) ?? '',
    window: firstOf(places, 'x00289132', (place) => {
      const [levelHu, widthHu] = [numberOf(place, 'x00281050'), numberOf(place, 'x00281051')];
      return levelHu !== null && widthHu !== null && widthHu > 0 ? { levelHu, widthHu } : null;
    }),
    lossy: textOf(dataSet, 'x00282110') === '01',
    ...paddingOf(dataSet, layout),
    ...(itemsOf(dataSet, 'x00283000').length > 0 ? { hasModalityTable: true } : {}),
    layout,
  };
}
