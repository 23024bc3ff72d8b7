/** Reads a binary DICOM SEG back onto a volume: which voxels each segment holds. */
import type { DataSet } from 'dicom-parser';
import { lpsToVoxel, type Grid, type LpsPoint } from '../../volume/grid.ts';
import type { Code } from './derived.ts';
import { madeOf, type Made } from './madeBy.ts';
import { asPart10, explicitLittleEndian, implicitLittleEndian } from './part10.ts';
import { numberOf, numbersOf, textOf, uint16Of } from './text.ts';
import type { Segment } from './writeSeg.ts';

export const segmentationStorage = '1.2.840.10008.5.1.4.1.1.66.4';

export interface ReadSegment extends Pick<Segment, 'number' | 'label' | 'category' | 'type' | 'modifier' | 'tracking'> {
  readonly algorithmName: string;
  /** AUTOMATIC, SEMIAUTOMATIC, MANUAL; empty where it is not said. */
  readonly algorithmType: string;
}

export interface ReadSegFrame {
  readonly segment: number;
  readonly positionMm: LpsPoint;
  readonly row: LpsPoint;
  readonly column: LpsPoint;
  /** Between rows, between columns. */
  readonly spacingMm: readonly [number, number];
}

export interface ReadSeg {
  readonly kind: 'read';
  readonly studyInstanceUid: string;
  /** Of the images it belongs to. */
  readonly sourceSeriesUid: string;
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
    description: textOf(dataSet, 'x0008103e'),
    made: madeOf(dataSet),
    rows,
    columns,
    segments: itemsOf(dataSet, 'x00620002').map(segmentOf),
    frames,
    bits: new Uint8Array(await data.slice(pixels.dataOffset, pixels.dataOffset + length).arrayBuffer()),
  };
}

/** Puts segments on a volume, each pixel on the voxel nearest to it.
 *  @param labelOf what a segment's voxels become; 0 leaves it out. Where segments overlap, the later one stays
 *  @returns null where a frame lies off the volume: the segmentation belongs to other images */
export function segOnGrid(seg: ReadSeg, grid: Grid, labelOf: (segment: ReadSegment) => number): Uint16Array | null {
  const [depth, rows, columns] = grid.shape;
  const labels = new Uint16Array(depth * rows * columns);
  const labelOfSegment = new Map(seg.segments.map((segment) => [segment.number, labelOf(segment)]));
  const size = seg.rows * seg.columns;
  for (const [k, frame] of seg.frames.entries()) {
    const label = labelOfSegment.get(frame.segment) ?? 0;
    if (label === 0) continue;
    const { start, right, down } = stepsOf(frame, grid);
    for (let i = 0, bit = k * size; i < size; i++, bit++) {
      if (((seg.bits[bit >> 3] >> (bit & 7)) & 1) === 0) continue;
      const [r, c] = [Math.floor(i / seg.columns), i % seg.columns];
      const z = Math.round(start[0] + r * down[0] + c * right[0]);
      const y = Math.round(start[1] + r * down[1] + c * right[1]);
      const x = Math.round(start[2] + r * down[2] + c * right[2]);
      if (z < 0 || z >= depth || y < 0 || y >= rows || x < 0 || x >= columns) return null;
      labels[(z * rows + y) * columns + x] = label;
    }
  }
  return labels;
}

function stepsOf({ positionMm, row, column, spacingMm }: ReadSegFrame, grid: Grid) {
  const moved = (direction: LpsPoint, mm: number): LpsPoint => [
    positionMm[0] + mm * direction[0],
    positionMm[1] + mm * direction[1],
    positionMm[2] + mm * direction[2],
  ];
  const start = lpsToVoxel(grid, positionMm);
  const from = (point: LpsPoint) => lpsToVoxel(grid, point).map((at, axis) => at - start[axis]);
  return { start, right: from(moved(row, spacingMm[1])), down: from(moved(column, spacingMm[0])) };
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
