/** From single headers to series a reader picks from: by patient, study, series, and within a series by what cannot be
 *  one stack. Two patients are never in one series, whatever the identifiers say. */
import { cross, type LpsPoint } from '../../volume/grid.ts';
import type { DicomSeries, Fit, SourceFile } from '../series.ts';
import type { FrameHeader } from './frameHeader.ts';
import { limits } from './geometryGuard.ts';
import type { DicomHeader } from './readHeader.ts';

export interface ReadFile {
  readonly file: SourceFile;
  readonly header: DicomHeader;
}

export function groupSeries(files: readonly ReadFile[]): DicomSeries[] {
  const bySeries = groupBy(files, ({ header: { patient, study, ...series } }) =>
    [
      patient.id,
      patient.name,
      patient.birthDate,
      study.instanceUid || study.date,
      series.seriesInstanceUid || `${series.seriesNumber} ${series.description}`,
      series.modality,
      series.sopClass,
    ].join('\u0000'),
  );
  return [...bySeries.values()].flatMap(splitStacks).map((stack, index) => seriesOf(stack, index));
}

/** `Map.groupBy`, which Node 20 does not have. */
function groupBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

type Stack = readonly { readonly read: ReadFile; readonly frames: readonly Omit<FrameHeader, 'file'>[] }[];

/** Pictures of different size, direction or kind, and several acquisitions of the same place, are stacks of their own. */
function splitStacks(files: readonly ReadFile[]): Stack[] {
  const entries = files.flatMap((read) =>
    read.header.frames.length > 0
      ? read.header.frames.map((frame) => ({ read, frame: frame as Omit<FrameHeader, 'file'> | null }))
      : [{ read, frame: null }],
  );
  const kinds = groupBy(entries, ({ frame }) => (frame ? kindOf(frame) : 'no picture'));
  return [...kinds.values()]
    .flatMap(splitDirections)
    .flatMap(splitAcquisitions)
    .flatMap(splitRepeats)
    .map((stack) =>
      [...groupBy(stack, ({ read }) => read)].map(([read, members]) => ({
        read,
        frames: members.map(({ frame }) => frame).filter((frame) => frame !== null),
      })),
    );
}

interface Entry {
  readonly read: ReadFile;
  readonly frame: Omit<FrameHeader, 'file'> | null;
}

const kindOf = ({ layout, imageType }: Omit<FrameHeader, 'file'>) =>
  [layout.rows, layout.columns, layout.samplesPerPixel, isLocalizer(imageType)].join(' ');

function splitDirections(entries: readonly Entry[]): Entry[][] {
  const isLike = (a: Entry, b: Entry) => {
    const [one, other] = [a.frame?.orientation, b.frame?.orientation];
    if (!one || !other) return !one && !other;
    const distance = (p: LpsPoint, q: LpsPoint) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
    return Math.max(distance(one.row, other.row), distance(one.column, other.column)) < limits.sameDirection;
  };
  const stacks: Entry[][] = [];
  for (const entry of entries) {
    const stack = stacks.find(([first]) => isLike(first, entry));
    if (stack) stack.push(entry);
    else stacks.push([entry]);
  }
  return stacks;
}

const isLocalizer = (imageType: readonly string[]) => imageType.some((part) => part.toUpperCase() === 'LOCALIZER');

/** Several acquisitions or phases are split where they show the same places again; one that goes on along the body, as
 *  some scanners number it, stays whole. */
function splitAcquisitions(stack: readonly Entry[]): (readonly Entry[])[] {
  const byAcquisition = groupBy(stack, ({ frame }) => frame?.acquisition ?? '');
  if (byAcquisition.size < 2 || repeatedShare(stack) < 0.25) return [stack];
  const parts = [...byAcquisition.values()];
  return parts.every((part) => repeatedShare(part) < 0.25) ? parts : [stack];
}

/** Several pictures of each place (phases, reconstructions) that no acquisition number tells apart: the first of every
 *  place by instance number, the second, and so on. Only where every place has as many, and none is a copy. */
function splitRepeats(stack: readonly Entry[]): (readonly Entry[])[] {
  const places = [...groupBy(stack, ({ frame }) => placeOf(frame)).values()];
  const count = places[0].length;
  const tellsApart = (place: readonly Entry[], of: (frame: NonNullable<Entry['frame']>) => string | number | null) =>
    new Set(place.map(({ frame }) => frame && of(frame))).size === count;
  const isSplit =
    count > 1 &&
    places.length >= limits.leastSlices &&
    places.every((place) => place.length === count) &&
    places.every((place) => tellsApart(place, (frame) => frame.instanceNumber)) &&
    places.every((place) => tellsApart(place, (frame) => `${frame.sopInstanceUid} ${frame.frame}`));
  if (!isSplit) return [stack];
  const ordered = places.map((place) =>
    [...place].sort((a, b) => (a.frame?.instanceNumber ?? 0) - (b.frame?.instanceNumber ?? 0)),
  );
  return Array.from({ length: count }, (_, i) => ordered.map((place) => place[i]));
}

const repeatedShare = (stack: readonly Entry[]) => 1 - placesOf(stack.map(({ frame }) => frame)) / stack.length;

/** How many places the pictures show. */
function placesOf(frames: readonly (Pick<FrameHeader, 'positionMm'> | null)[]): number {
  return new Set(frames.map(placeOf)).size;
}

const placeOf = (frame: Pick<FrameHeader, 'positionMm'> | null) =>
  frame?.positionMm?.map((mm) => mm.toFixed(2)).join() ?? '';

/** Copies and phases of a slice are one; where a header names no place, each picture counts. */
const sliceCountOf = (frames: readonly FrameHeader[]) =>
  frames.some(({ positionMm }) => !positionMm) ? frames.length : placesOf(frames);

function seriesOf(stack: Stack, index: number): DicomSeries {
  const { header } = stack[0].read;
  const frames = stack.flatMap(({ frames }, file) => frames.map((frame): FrameHeader => ({ ...frame, file })));
  const spacingMm = typicalSpacing(frames);
  const thicknessMm = frames[0]?.thicknessMm ?? null;
  const facts = { header, frames, spacingMm, thicknessMm };
  return {
    source: 'dicom',
    id: `${header.seriesInstanceUid || 'series'} ${index}`,
    patient: header.patient,
    study: header.study,
    seriesInstanceUid: header.seriesInstanceUid,
    seriesNumber: header.seriesNumber,
    description: header.description,
    modality: header.modality,
    date: header.date,
    sliceCount: sliceCountOf(frames),
    thicknessMm,
    spacingMm,
    kernel: header.kernel,
    contrast: header.contrast,
    manufacturer: header.manufacturer,
    fit: fitOf(facts),
    files: stack.map(({ read }) => read.file),
    frames,
  };
}

interface StackFacts {
  readonly header: DicomHeader;
  readonly frames: readonly FrameHeader[];
  readonly spacingMm: number | null;
  readonly thicknessMm: number | null;
}

/** Direction from slice to slice that the headers agree on; null where they name none. */
export function normalOf({ orientation }: FrameHeader): LpsPoint | null {
  return orientation && cross(orientation.row, orientation.column);
}

/** Median distance between neighbouring slices; null below two places. */
function typicalSpacing(frames: readonly FrameHeader[]): number | null {
  const normal = frames[0] && normalOf(frames[0]);
  if (!normal) return null;
  const along = frames
    .flatMap(({ positionMm: p }) => (p ? [p[0] * normal[0] + p[1] * normal[1] + p[2] * normal[2]] : []))
    .sort((a, b) => a - b);
  const steps = along
    .slice(1)
    .map((place, i) => place - along[i])
    .filter((step) => step > 0.01)
    .sort((a, b) => a - b);
  return steps.length > 0 ? steps[Math.floor(steps.length / 2)] : null;
}

const ctClasses = new Set(['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.2.1', '1.2.840.10008.5.1.4.1.1.2.2']);
/** What a series is called that is no CT, by its modality. */
const modalityNames: Readonly<Record<string, string>> = {
  MR: 'magnetic resonance',
  PT: 'positron emission tomography',
  NM: 'nuclear medicine',
  CR: 'radiograph',
  DX: 'radiograph',
  US: 'ultrasound',
  SR: 'a structured report: it is shown with the study it was made of',
  SEG: 'a segmentation: it is shown with the images it was made of',
  PR: 'a presentation state, no pictures',
  KO: 'a key object selection, no pictures',
  DOC: 'a document, no pictures',
  RTSTRUCT: 'radiotherapy contours, no pictures',
  RTPLAN: 'a radiotherapy plan, no pictures',
  RTDOSE: 'a radiotherapy dose, not a CT',
  OT: 'not said to be a CT',
  SC: 'a secondary capture: a picture of a picture, its values are not HU',
};

function fitOf({ header, frames, spacingMm, thicknessMm }: StackFacts): Fit {
  const reason = reasonAgainst(header, frames);
  return reason
    ? { kind: 'set-aside', reason }
    : { kind: 'chest-ct', score: scoreOf(header, frames, spacingMm, thicknessMm) };
}

function reasonAgainst(
  { modality, sopClass, description }: DicomHeader,
  frames: readonly FrameHeader[],
): string | null {
  if (/dose.*(report|info|protocol)|patient protocol/i.test(description)) return 'A dose report, not a CT';
  if (modality !== 'CT') {
    const name = modalityNames[modality];
    if (name) return capital(name);
    return /^[A-Z]{2,16}$/.test(modality) ? `${modality}, not a CT` : 'The header does not say that this is a CT';
  }
  if (frames.length === 0) return 'It holds no pictures';
  if (!ctClasses.has(sopClass)) return 'A picture made from a CT (secondary capture): its values are not HU';
  const [{ imageType, layout }] = frames;
  if (isLocalizer(imageType)) return 'A localizer (scout view): one projection, not slices';
  if (layout.samplesPerPixel !== 1) return 'Colour pictures: their values are not HU';
  if (imageType.some((part) => /^(MIP|MINIP|MIN_IP|PROJECTION.*)$/i.test(part))) {
    return 'A projection through many slices (MIP): its values are not those of one place';
  }
  const count = sliceCountOf(frames);
  if (count < limits.leastSlices) return count === 1 ? 'Only 1 slice' : `Only ${count} slices`;
  return null;
}

const capital = (text: string) => text[0].toUpperCase() + text.slice(1);

/** Greater is better suited: what covers a chest, thin, axial, of a lung or soft kernel. */
function scoreOf(
  { description, bodyPart, kernel, study }: DicomHeader,
  frames: readonly FrameHeader[],
  spacingMm: number | null,
  thicknessMm: number | null,
): number {
  const words = `${description} ${bodyPart} ${study.description}`;
  const normal = normalOf(frames[0]);
  const isAxial = normal !== null && Math.abs(normal[2]) > 0.7;
  const coverageMm = (spacingMm ?? 0) * (sliceCountOf(frames) - 1);
  const thickness = thicknessMm ?? spacingMm ?? 10;
  return (
    (isAxial ? 40 : 0) +
    30 * Math.min(1, coverageMm / 250) +
    (thickness <= 1.5 ? 18 : thickness <= 3 ? 20 : thickness <= 5 ? 12 : 4) +
    (/chest|thora|lung|pulm|pulmo|torax/i.test(words) ? 10 : 0) -
    (/head|brain|skull|neck|sinus|extrem|knee|spine/i.test(words) ? 25 : 0) +
    (/lung|^b[56]\d|^br[56]|^d$|yc|fc5/i.test(kernel) ? 4 : 0) -
    (frames[0].imageType.some((part) => part.toUpperCase() === 'DERIVED') ? 8 : 0)
  );
}
