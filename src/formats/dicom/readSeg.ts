/** Reads a binary DICOM SEG back onto a volume: which voxels each segment holds. */
import type { DataSet } from 'dicom-parser';
import { cross, dot, voxelCount, voxelToLps, type Grid, type LpsPoint } from '../../volume/grid.ts';
import type { Code } from './derived.ts';
import type { PlacedFrame } from './framesRead.ts';
import { madeOf, type Made } from './madeBy.ts';
import { asPart10, explicitLittleEndian, implicitLittleEndian } from './part10.ts';
import { numberOf, numbersOf, textOf, uint16Of } from './text.ts';
import { voxelsUnder, type PicturePlace } from './voxelsUnder.ts';
import type { Segment } from './writeSeg.ts';

export const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';

export interface ReadSegment extends Pick<Segment, 'number' | 'label' | 'category' | 'type' | 'modifier' | 'tracking'> {
  readonly algorithmName: string;
  /** AUTOMATIC, SEMIAUTOMATIC, MANUAL; empty where it is not said. */
  readonly algorithmType: string;
}

export interface ReadSegFrame extends PicturePlace {
  readonly segment: number;
}

export interface ReadSeg {
  readonly kind: 'read';
  readonly studyInstanceUid: string;
  /** Of the images it belongs to. */
  readonly sourceSeriesUid: string;
  /** The images themselves, by SOP Instance UID; empty where it names none. */
  readonly instances: ReadonlySet<string>;
  readonly description: string;
  readonly made: Made;
  readonly rows: number;
  readonly columns: number;
  readonly segments: readonly ReadSegment[];
  readonly frames: readonly ReadSegFrame[];
  /** One bit a pixel, frame after frame, the first in the lowest place. */
  readonly bits: Uint8Array;
}
export interface SegRefusal {
  readonly kind: 'refused';
  /** In a reader's words. */
  readonly message: string;
}

const refused = (message: string): SegRefusal => ({ kind: 'refused', message });

export async function readSeg(file: Blob): Promise<ReadSeg | SegRefusal> {
  const part10 = await asPart10(file);
  if (part10.kind !== 'dicom') return refused('This is no DICOM file.');
  const { dataSet, data, transferSyntax } = part10;
  if (textOf(dataSet, 'x00080016') !== segmentationStorage) return refused('This DICOM file is no segmentation.');
  if (textOf(dataSet, 'x00620001') !== 'BINARY') return refused('Only binary segmentations can be shown.');
  if (transferSyntax !== explicitLittleEndian && transferSyntax !== implicitLittleEndian)
    return refused('The segmentation is compressed in a way that cannot be read here.');
  const [rows, columns] = [uint16Of(dataSet, 'x00280010') ?? 0, uint16Of(dataSet, 'x00280011') ?? 0];
  const frames = framesOf(dataSet);
  const pixels = dataSet.elements.x7fe00010;
  if (!frames || rows * columns === 0 || !pixels) return refused('The segmentation does not say where its frames lie.');
  const length = Math.ceil((frames.length * rows * columns) / 8);
  if (pixels.length < length || pixels.dataOffset + length > data.size)
    return refused('The segmentation ends before its last frame.');
  const referenced = itemsOf(dataSet, 'x00081115')[0];
  return {
    kind: 'read',
    studyInstanceUid: textOf(dataSet, 'x0020000d'),
    sourceSeriesUid: referenced ? textOf(referenced, 'x0020000e') : '',
    instances: new Set(referenced ? itemsOf(referenced, 'x0008114a').map((one) => textOf(one, 'x00081155')) : []),
    description: textOf(dataSet, 'x0008103e'),
    made: madeOf(dataSet),
    rows,
    columns,
    segments: itemsOf(dataSet, 'x00620002').map(segmentOf),
    frames,
    bits: new Uint8Array(await data.slice(pixels.dataOffset, pixels.dataOffset + length).arrayBuffer()),
  };
}

/** A picture that the volume was made from. */
export type SourceFrame = Pick<PlacedFrame, 'sopInstanceUid' | 'positionMm' | 'orientation'>;

/** Puts segments on a volume.
 *  @param labelOf what a segment's voxels become; 0 leaves it out. Where segments overlap, the later one stays
 *  @param source where the segmentation's frames are those of the volume's own pictures, each voxel takes the pixel nearest
 *    to it, so that a volume of more voxels than there are pixels (slices bridged, tilt straightened) has no holes
 *  @returns null where a frame lies off the volume: the segmentation belongs to other images */
export function segOnGrid(
  seg: ReadSeg,
  grid: Grid,
  labelOf: (segment: ReadSegment) => number,
  source: readonly SourceFrame[] = [],
): Uint16Array | null {
  const labelOfSegment = new Map(seg.segments.map((segment) => [segment.number, labelOf(segment)]));
  const wanted = seg.frames.flatMap((frame, k): WantedFrame[] => {
    const label = labelOfSegment.get(frame.segment) ?? 0;
    return label === 0 ? [] : [{ ...frame, label, firstBit: k * seg.rows * seg.columns }];
  });
  const planes = planesOf(wanted, source);
  return planes ? pulled(seg, grid, planes) : pushed(seg, grid, wanted);
}

interface WantedFrame extends ReadSegFrame {
  readonly label: number;
  readonly firstBit: number;
}
/** Programs round places as they write them. */
const nearMm = 0.05;

/** Where a source picture lies along their common normal, and the segmentation's frames that lie there. */
interface Planes {
  readonly normal: LpsPoint;
  /** Ascending. */
  readonly atMm: readonly number[];
  readonly frames: readonly (readonly WantedFrame[])[];
}

/** @returns null where a frame lies in none of the source's planes */
function planesOf(frames: readonly WantedFrame[], source: readonly SourceFrame[]): Planes | null {
  if (source.length < 2) return null;
  const { row, column } = source[0].orientation;
  const normal = cross(row, column);
  const atMm = source.map(({ positionMm }) => dot(positionMm, normal)).sort((a, b) => a - b);
  const held: WantedFrame[][] = atMm.map(() => []);
  for (const frame of frames) {
    const at = dot(frame.positionMm, normal);
    const plane = nearest(atMm, at, 0);
    const isParallel = dot(frame.row, row) > 1 - 1e-6 && dot(frame.column, column) > 1 - 1e-6;
    if (!isParallel || Math.abs(at - atMm[plane]) > nearMm) return null;
    held[plane].push(frame);
  }
  return { normal, atMm, frames: held };
}

/** @param from where to begin: the answer for a point close by */
function nearest(ascending: readonly number[], at: number, from: number): number {
  const away = (n: number) => Math.abs(ascending[n] - at);
  let n = from;
  while (n + 1 < ascending.length && away(n + 1) < away(n)) n++;
  while (n > 0 && away(n - 1) < away(n)) n--;
  return n;
}

/** Each voxel takes the nearest pixel of the plane nearest to it. */
function pulled(seg: ReadSeg, grid: Grid, { normal, atMm, frames }: Planes): Uint16Array {
  const [depth, rows, columns] = grid.shape;
  const labels = new Uint16Array(depth * rows * columns);
  const last = atMm.length - 1;
  // Beyond the ends as far as half the way to a next one.
  const least = atMm[0] - (atMm[1] - atMm[0]) / 2 - nearMm;
  const most = atMm[last] + (atMm[last] - atMm[last - 1]) / 2 + nearMm;
  const height = linear(grid, (point) => dot(point, normal));
  const pixels = frames.map((held) => held.map((frame) => pixelAt(frame, grid)));
  let plane = 0;
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++) {
        const at = valueAt(height, z, y, x);
        if (at < least || at > most) continue;
        plane = nearest(atMm, at, plane);
        for (const { row, column, firstBit, label } of pixels[plane]) {
          const [r, c] = [Math.round(valueAt(row, z, y, x)), Math.round(valueAt(column, z, y, x))];
          if (r >= 0 && r < seg.rows && c >= 0 && c < seg.columns && isSet(seg.bits, firstBit + r * seg.columns + c))
            labels[i] = label;
        }
      }
  return labels;
}

/** Row and column of a frame that lie nearest to a voxel, in fractions. */
function pixelAt({ positionMm, row, column, spacingMm, firstBit, label }: WantedFrame, grid: Grid) {
  const [start, across] = [dot(positionMm, column), dot(positionMm, row)];
  return {
    firstBit,
    label,
    row: linear(grid, (point) => (dot(point, column) - start) / spacingMm[0]),
    column: linear(grid, (point) => (dot(point, row) - across) / spacingMm[1]),
  };
}

/** A linear function of a place as one of a voxel's indices. */
function linear(grid: Grid, of: (point: LpsPoint) => number): readonly [at: number, z: number, y: number, x: number] {
  const at = (z: number, y: number, x: number) => of(voxelToLps(grid, [z, y, x]));
  const start = at(0, 0, 0);
  return [start, at(1, 0, 0) - start, at(0, 1, 0) - start, at(0, 0, 1) - start];
}
const valueAt = (of: ReturnType<typeof linear>, z: number, y: number, x: number) =>
  of[0] + z * of[1] + y * of[2] + x * of[3];

const isSet = (bits: Uint8Array, bit: number) => ((bits[bit >> 3] >> (bit & 7)) & 1) === 1;

/** Each pixel lands on the voxel nearest to it. */
function pushed(seg: ReadSeg, grid: Grid, frames: readonly WantedFrame[]): Uint16Array | null {
  const labels = new Uint16Array(voxelCount(grid.shape));
  for (const frame of frames) {
    const voxels = voxelsUnder(frame, seg, grid);
    for (let i = 0; i < voxels.length; i++) {
      if (!isSet(seg.bits, frame.firstBit + i)) continue;
      if (voxels[i] < 0) return null;
      labels[voxels[i]] = frame.label;
    }
  }
  return labels;
}

const itemsOf = (dataSet: DataSet, tag: string): DataSet[] =>
  (dataSet.elements[tag]?.items ?? []).map(({ dataSet }) => dataSet).filter((item) => item !== undefined);

function framesOf(dataSet: DataSet): ReadSegFrame[] | null {
  const shared = itemsOf(dataSet, 'x52009229')[0];
  const frames = itemsOf(dataSet, 'x52009230').map((own): ReadSegFrame | null => {
    const group = (tag: string) => itemsOf(own, tag)[0] ?? (shared && itemsOf(shared, tag)[0]);
    const numbers = (tag: string, attribute: string) => {
      const place = group(tag);
      return place ? numbersOf(place, attribute) : [];
    };
    const position = numbers('x00209113', 'x00200032');
    const orientation = numbers('x00209116', 'x00200037');
    const spacing = numbers('x00289110', 'x00280030');
    const segmentGroup = group('x0062000a');
    const segment = segmentGroup && uint16Of(segmentGroup, 'x0062000b');
    if (position.length !== 3 || orientation.length !== 6 || spacing.length !== 2 || !segment) return null;
    return {
      segment,
      positionMm: [position[0], position[1], position[2]],
      row: [orientation[0], orientation[1], orientation[2]],
      column: [orientation[3], orientation[4], orientation[5]],
      spacingMm: [spacing[0], spacing[1]],
    };
  });
  const count = numberOf(dataSet, 'x00280008');
  const known = frames.filter((frame) => frame !== null);
  return known.length === count && count > 0 ? known : null;
}

function segmentOf(item: DataSet): ReadSegment {
  const type = itemsOf(item, 'x0062000f')[0];
  const modifier = type && itemsOf(type, 'x00620011')[0];
  const [id, uid] = [textOf(item, 'x00620020'), textOf(item, 'x00620021')];
  return {
    number: uint16Of(item, 'x00620004') ?? 0,
    label: textOf(item, 'x00620005'),
    algorithmName: textOf(item, 'x00620009'),
    algorithmType: textOf(item, 'x00620008'),
    category: codeOf(itemsOf(item, 'x00620003')[0]),
    type: codeOf(type),
    ...(modifier ? { modifier: codeOf(modifier) } : {}),
    ...(uid ? { tracking: { id, uid } } : {}),
  };
}

function codeOf(item: DataSet | undefined): Code {
  return item
    ? { value: textOf(item, 'x00080100'), scheme: textOf(item, 'x00080102'), meaning: textOf(item, 'x00080104') }
    : { value: '', scheme: '', meaning: '' };
}
