/** Right and left lung of a chest CT by classical means; docs/lungs.md tells the method and its figures. */
import { labelComponents } from '../volume/components.ts';
import { boundingBox, cut, pasted, type Box } from '../volume/box.ts';
import { voxelVolumeMl, type Grid, type Mask, type Shape, type Volume } from '../volume/grid.ts';
import { close, select } from '../volume/morphology.ts';
import { findBowelGas } from './bowelGas.ts';
import { coarsen, cutStudy, type CoarseStudy } from './coarseStudy.ts';
import { insideBody } from './body.ts';
import { findAirways } from './airways.ts';
import { leftLung, partSides, rightLung } from './sides.ts';
import { noteOddities } from './notes.ts';
import { withHazy } from './hazyLung.ts';
import { recoverDense } from './recoverDense.ts';
import { spineColumn } from './spine.ts';
import { refine } from './refine.ts';

export type LungNoteCode =
  | 'cut-at-top'
  | 'cut-at-bottom'
  | 'cut-at-side'
  | 'right-only'
  | 'left-only'
  | 'small'
  | 'uneven'
  | 'dense-parts-added'
  | 'sides-uncertain';

/** What a reader should know about the lungs found, in a reader's words. */
export interface LungNote {
  readonly code: LungNoteCode;
  readonly message: string;
}
export interface LungsFound {
  readonly kind: 'found';
  /** On the volume's grid: 1 right, 2 left. */
  readonly lungs: Mask;
  readonly notes: readonly LungNote[];
}
export interface NoLungs {
  readonly kind: 'none';
  readonly message: string;
}
export type LungResult = LungsFound | NoLungs;

export interface LungOptions {
  /** From 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

const noLungs: NoLungs = {
  kind: 'none',
  message: 'No lungs were found: the pictures show no large air space inside a body.',
};

/** Denser than this is no aerated lung. */
const aerationHu = -350;
/** Smaller than this, even the largest air space is no lung. */
const smallestLungMl = 40;
/** Of the largest; a lung that has collapsed to less lies beside it and counts as a piece of it. */
const largeShare = 0.1;
const smallestPieceMl = 8;
/** A piece with more of it at the edge of the field of view is a layer of air around the body. */
const flatShare = 0.1;
/** Next to nothing in a small piece of diseased lung is as empty as this; in the smallest piece of colon there is. */
const emptyHu = -920;
/** Vessels narrower than twice this belong to the lung. */
const vesselsMm = 8;
/** Half of a bowel's gas is emptier than this; of a lung, even an emphysematous one, less. */
const gasHu = -965;

/** @param volume in reading order */
export function segmentLungs(volume: Volume, options: LungOptions = {}): LungResult {
  const progress = options.onProgress ?? (() => undefined);
  const whole = coarsen(volume);
  progress(0.2);
  const body = insideBody(whole);
  progress(0.35);
  const airBox = boxAround(
    select(whole.hu, (value, i) => body[i] !== 0 && value < aerationHu),
    whole.grid,
  );
  if (airBox === null) return noLungs;
  const { lung, airways } = aeratedLung(
    cutStudy(whole, airBox),
    cut(body, whole.grid.shape, airBox),
    cut(sideEdges(whole.grid.shape), whole.grid.shape, airBox),
  );
  const lungBox = boxAround(pasted(lung, whole.grid.shape, airBox), whole.grid);
  if (lungBox === null) return noLungs;
  progress(0.5);
  const study = cutStudy(whole, lungBox);
  const moved = (part: Uint8Array) => cut(pasted(part, whole.grid.shape, airBox), whole.grid.shape, lungBox);
  const inside = cut(body, whole.grid.shape, lungBox);
  const notLung = moved(airways);
  const spine = spineColumn(study, inside);
  const { sides, parted } = partSides(study, moved(lung), spine);
  progress(0.6);
  const hazed = withHazy(study, inside, sides, notLung);
  const recovered = recoverDense(study, hazed, spine, notLung);
  const closed = closeSides(study, recovered, notLung);
  progress(0.8);
  const back = (part: Uint8Array) => pasted(part, whole.grid.shape, lungBox);
  const [coarseSides, coarseAirways] = [back(closed), back(notLung)];
  const taken = back(select(closed, (side, i) => side !== 0 && sides[i] === 0));
  const labels = refine(volume, whole, coarseSides, taken, coarseAirways);
  const dense = back(select(recovered, (side, i) => side !== 0 && sides[i] === 0 && study.hu[i] > denseHu));
  const notes = noteOddities(whole, coarseSides, dense, parted);
  progress(1);
  return { kind: 'found', lungs: { grid: volume.grid, labels }, notes };
}

/** Consolidation and fluid. */
const denseHu = -200;
/** Room for the chest wall to be seen around the lungs. */
const marginMm = 20;

function boxAround(picture: Uint8Array, { shape, spacingMm }: Grid): Box | null {
  const voxels = (axis: 0 | 1 | 2) => Math.ceil(marginMm / spacingMm[axis]);
  return boundingBox(picture, shape, [voxels(0), voxels(1), voxels(2)]);
}

/** @returns lung all 0 where there is none */
function aeratedLung(
  study: CoarseStudy,
  inside: Uint8Array,
  edges: Uint8Array,
): { lung: Uint8Array; airways: Uint8Array } {
  const { hu } = study;
  const airways = findAirways(study, inside);
  const air = select(hu, (value, i) => inside[i] !== 0 && airways[i] === 0 && value < aerationHu);
  const bowel = findBowelGas(study, air);
  for (let i = 0; i < air.length; i++) if (bowel[i] !== 0) air[i] = 0;
  return { lung: lungPieces(study, air, edges), airways };
}

/** The large pieces of air that are no gas, and smaller ones beside them: what consolidation has cut off. */
function lungPieces({ grid, hu }: CoarseStudy, air: Uint8Array, edges: Uint8Array): Uint8Array {
  const { labels, sizes } = labelComponents(air, grid.shape, 6);
  const gas = new Uint32Array(sizes.length);
  const empty = new Uint32Array(sizes.length);
  const atEdge = new Uint32Array(sizes.length);
  for (let i = 0; i < labels.length; i++) {
    if (hu[i] < gasHu) gas[labels[i]]++;
    if (hu[i] < emptyHu) empty[labels[i]]++;
    if (edges[i] !== 0) atEdge[labels[i]]++;
  }
  const ml = (label: number) => sizes[label] * voxelVolumeMl(grid);
  const aerated = sizes.map((size, label) => label > 0 && gas[label] * 2 < size && atEdge[label] < flatShare * size);
  const largest = aerated.indexOf(true);
  if (largest < 0 || ml(largest) < smallestLungMl) return new Uint8Array(labels.length);
  const isLarge = aerated.map((is, label) => is && ml(label) > Math.max(smallestLungMl, largeShare * ml(largest)));
  const box = boundingBox(
    select(labels, (label) => isLarge[label]),
    grid.shape,
    [0, 0, 0],
  )!;
  const within = countWithin(labels, sizes.length, grid.shape, box);
  const isLung = aerated.map(
    (is, label) =>
      isLarge[label] ||
      (is && ml(label) > smallestPieceMl && empty[label] < 0.05 * sizes[label] && within[label] > 0.9 * sizes[label]),
  );
  return select(labels, (label) => isLung[label]);
}

/** 1 at the front, back, right and left edge of every slice. */
function sideEdges([depth, rows, columns]: Shape): Uint8Array {
  const edges = new Uint8Array(depth * rows * columns);
  for (let z = 0, i = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++)
        if (x === 0 || y === 0 || x === columns - 1 || y === rows - 1) edges[i] = 1;
  return edges;
}

function countWithin(labels: Int32Array, count: number, shape: Shape, { start, end }: Box): Uint32Array {
  const within = new Uint32Array(count);
  for (let z = start[0]; z < end[0]; z++)
    for (let y = start[1]; y < end[1]; y++)
      for (let x = start[2]; x < end[2]; x++) within[labels[(z * shape[1] + y) * shape[2] + x]]++;
  return within;
}

/** Takes vessels and bronchi into each lung. */
function closeSides({ grid }: CoarseStudy, sides: Uint8Array, airways: Uint8Array): Uint8Array {
  const closed = sides.slice();
  for (const side of [rightLung, leftLung]) {
    const lung = select(sides, (value) => value === side);
    const closing = close(lung, grid.shape, grid.spacingMm, vesselsMm);
    for (let i = 0; i < closed.length; i++)
      if (closing[i] !== 0 && closed[i] === 0 && airways[i] === 0) closed[i] = side;
  }
  return closed;
}
