/** Lungs and lesions as one DICOM SEG on the frames that were read, corrected geometry undone. */
import { newUid, readSourceHeader, type Code, type Maker, type SourceHeader } from '../../formats/dicom/derived.ts';
import type { FrameHeader } from '../../formats/dicom/frameHeader.ts';
import { framesRead } from '../../formats/dicom/framesRead.ts';
import { voxelsUnder } from '../../formats/dicom/voxelsUnder.ts';
import { SegWriter, type Segment, type SegmentAlgorithm, type WrittenSeg } from '../../formats/dicom/writeSeg.ts';
import { unnumberedLesion } from '../../volume/grid.ts';
import type { SegmentMaker } from './reopen.ts';
import { leftCode, lesionCode, lungCode, rightCode } from './codes.ts';
import { lungsOf, program, programMaker, researchUse, type Kept, type ReadStudy } from './readStudy.ts';

const anatomicalStructure: Code = { value: '123037004', scheme: 'SCT', meaning: 'Anatomical Structure' };
const abnormalStructure: Code = {
  value: '49755003',
  scheme: 'SCT',
  meaning: 'Morphologically Abnormal Structure',
};
/** The viewer's sky blue and red-magenta in CIELab, as DICOM writes it. */
const lungCielab = [50783, 30791, 23987] as const;
const lesionCielab = [37430, 53249, 33694] as const;

export interface Segmentation extends WrittenSeg {
  readonly source: SourceHeader;
  /** UIDs and numbers of the segments, for a report that speaks of them. */
  readonly segments: readonly Segment[];
}
export interface NotExported {
  readonly kind: 'not-exported';
  /** In a reader's words. */
  readonly reason: string;
}

export function makerOf({ model }: Kept): Maker {
  if (!model) return programMaker;
  return {
    ...programMaker,
    modelName: `${model.name} ${model.version}`,
    serialNumber: model.sha256.slice(0, 16),
  };
}

/** A diagnosis has one segmentation, so that a report saved later speaks of the file saved before. */
const made = new WeakMap<Kept, Promise<Segmentation | NotExported>>();

export function segmentation(study: ReadStudy, now: Date): Promise<Segmentation | NotExported> {
  const known = made.get(study.diagnosis) ?? make(study, now);
  made.set(study.diagnosis, known);
  return known;
}

async function make(study: ReadStudy, now: Date): Promise<Segmentation | NotExported> {
  const { series, read, diagnosis } = study;
  if (series.source !== 'dicom') return notExported('The study is no DICOM study: a SEG has nothing to belong to.');
  if (!diagnosis.lungs) return notExported('There is nothing to save: no lungs were found.');
  const frames = framesRead(series, read);
  if (frames.length === 0) return notExported(noPlaces);
  const source = await readSourceHeader(series.files[frames[0].file]);
  if (!source) return notExported('The study’s files cannot be read any more.');
  const lesions = lesionSegments(diagnosis);
  const segments = [...lungSegments(diagnosis), ...lesions.values()];
  const writer = new SegWriter({
    source,
    maker: makerOf(diagnosis),
    seriesDescription: `${diagnosis.network ? 'Lungs and lesions' : 'Lungs'} - research use only`,
    seriesNumber: 1000 + (series.seriesNumber ?? 0),
    description: researchUse,
    segments,
    now,
  });
  for (const frame of frames) {
    const place = { ...frame, ...frame.orientation, spacingMm: frame.pixelSpacingMm! };
    const voxels = voxelsUnder(place, frame.layout, read.volume.grid);
    addFrames(writer, frame, voxels, diagnosis.lungs.labels, (label) => label);
    if (diagnosis.network) {
      const numberOf = (label: number) => lesions.get(label)?.number ?? 0;
      addFrames(writer, frame, voxels, diagnosis.network.lesions.labels, numberOf);
    }
  }
  return { ...writer.finish(), source, segments };
}

/** Of a series whose pictures lie nowhere. */
export const noPlaces = 'The study’s pictures do not say where they lie.';

const notExported = (reason: string): NotExported => ({ kind: 'not-exported', reason });

function addFrames(
  writer: SegWriter,
  source: FrameHeader,
  voxels: Int32Array,
  labels: ArrayLike<number>,
  segmentOf: (label: number) => number,
): void {
  const bySegment = new Map<number, Uint8Array>();
  voxels.forEach((voxel, i) => {
    const segment = voxel < 0 || labels[voxel] === 0 ? 0 : segmentOf(labels[voxel]);
    if (segment === 0) return;
    const pixels = bySegment.get(segment) ?? new Uint8Array(voxels.length);
    pixels[i] = 1;
    bySegment.set(segment, pixels);
  });
  for (const [segment, pixels] of bySegment) writer.add({ segment, source, pixels });
}

const nameOf = ({ name, version }: { readonly name: string; readonly version: string }) =>
  `${name} ${version}, research use only`;

/** Of what a file held: what the file says made it. */
function storedAlgorithm(fromFile: Kept['fromFile'], maker: SegmentMaker | undefined): SegmentAlgorithm {
  if (!fromFile || maker?.algorithmType === 'MANUAL') return { type: 'MANUAL' };
  const name = maker?.algorithms.join('; ') || `Not known: read from a ${fromFile.format}`;
  return { type: maker?.algorithmType ?? 'SEMIAUTOMATIC', name: name.slice(0, 64) };
}

const lesionAlgorithm = ({ model, fromFile }: Kept): SegmentAlgorithm =>
  model ? { type: 'AUTOMATIC', name: nameOf(model) } : storedAlgorithm(fromFile, fromFile);

function lungAlgorithm(kept: Kept): SegmentAlgorithm {
  switch (lungsOf(kept)) {
    case 'here':
      return { type: 'AUTOMATIC', name: nameOf(program) };
    case 'own':
      return { type: 'SEMIAUTOMATIC', name: 'Not known: read from another file' };
    case 'file':
      return storedAlgorithm(kept.fromFile, kept.fromFile?.lungMaker);
  }
}

const lungLabels = [rightCode, leftCode] as const;

function lungSegments(kept: Kept): Segment[] {
  return lungLabels.map((modifier, i) => ({
    number: i + 1,
    label: `${modifier.meaning} lung`,
    category: anatomicalStructure,
    type: lungCode,
    modifier,
    colourCielab: lungCielab,
    algorithm: lungAlgorithm(kept),
  }));
}

/** By the lesion's number in the label map; what is too small to be counted is one segment, the last. */
function lesionSegments(kept: Kept): Map<number, Segment> {
  const { network, findings } = kept;
  const segments = new Map<number, Segment>();
  if (!network || !findings) return segments;
  const add = (label: number, name: string) =>
    segments.set(label, {
      number: lungLabels.length + segments.size + 1,
      label: name,
      category: abnormalStructure,
      type: lesionCode,
      region: lungCode,
      tracking: { id: name, uid: newUid() },
      colourCielab: lesionCielab,
      algorithm: lesionAlgorithm(kept),
    });
  for (const { number } of findings.lesions) add(number, `Lesion ${number}`);
  if (network.lesions.labels.includes(unnumberedLesion)) add(unnumberedLesion, 'Lesion parts below 0.1 ml');
  return segments;
}
