/** The sample that anybody may open: a phantom with simulated pneumonia, as the DICOM files of a study. */
import type { SourceFile } from '../formats/series.ts';
import type { Mask } from '../volume/grid.ts';
import { drawSeed, uniform } from '../volume/random.ts';
import { writeDicomStudy, type DicomStudyOptions } from './dicomStudy.ts';
import type { Burden, Pattern } from './lesionPlan.ts';
import { plantLesions, type Planted } from './lesions.ts';
import { abdomenRangeMm, makePhantom, type Phantom, type PhantomOptions } from './phantom.ts';
import type { Disease } from './published.ts';

export interface SampleOptions extends Partial<PhantomOptions> {
  /** COVID-19 if absent. */
  readonly disease?: Disease | 'none';
  readonly burden?: Burden;
  readonly patterns?: readonly Pattern[];
  /** An upper abdomen without a lung, for whoever must notice. */
  readonly abdomenOnly?: boolean;
  readonly dicom?: DicomStudyOptions;
}

export interface Sample {
  readonly phantom: Phantom;
  readonly lesions: Mask;
  /** Volume with disease; the phantom's own is healthy. */
  readonly volume: Phantom['volume'];
}

/** A study that shows what the page can do: several foci of ground glass and consolidation in both lungs. */
const shownSeed = 3;
const shownBurden: Burden = { count: 6, lungShare: 0.11 };

/** The sample as volumes and masks, for tests that know the answer. */
export function makeSample(options: SampleOptions = {}): Sample {
  const { seed = shownSeed } = options;
  const rangeMm = options.abdomenOnly ? abdomenRangeMm : options.rangeMm;
  const phantom = makePhantom({ ...options, seed, rangeMm });
  const { volume, lungs } = phantom;
  const disease = options.abdomenOnly ? 'none' : (options.disease ?? 'covid19');
  if (disease === 'none') {
    const nothing = { grid: volume.grid, labels: new Uint8Array(volume.hu.length) };
    return { phantom, lesions: nothing, volume };
  }
  const { burden = shownBurden, patterns } = options;
  const planted: Planted = plantLesions({ volume, lungs }, disease, uniform(drawSeed(uniform(seed))), {
    burden,
    patterns,
  });
  return { phantom, lesions: { grid: volume.grid, labels: planted.lesions }, volume: planted.volume };
}

/** DICOM files in memory; the same options give the same bytes. */
export function makeSampleStudy(options: SampleOptions = {}): SourceFile[] {
  const { volume } = makeSample(options);
  return writeDicomStudy(volume, { seed: options.seed ?? shownSeed, ...options.dicom });
}
