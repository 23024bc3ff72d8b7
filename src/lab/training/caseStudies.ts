/** Training studies from a cohort: real cases, varied, with simulated disease where the lungs hold none. */
import { partSides } from '../../diagnosis/ownLungs.ts';
import type { ClassName } from '../../network/describe.ts';
import { prepareInput } from '../../network/input.ts';
import type { Plan } from '../../network/plans.ts';
import { ourPreprocessing } from '../../network/preprocessing.ts';
import { uniform } from '../../volume/random.ts';
import { resampleStudy } from '../../network/workingGrid.ts';
import { voxelToLps, type Grid, type Mask, type Volume } from '../../volume/grid.ts';
import { foundLungs, openCase, type CohortCase } from '../cohort.ts';
import { distractors } from '../../simulation/distractors.ts';
import { drawSevereBurden, type Pattern } from '../../simulation/lesionPlan.ts';
import { plantLesions, type Host } from '../../simulation/lesions.ts';
import { augment, type LabelledStudy } from './augment.ts';
import type { TrainingStudy } from './trainingStudy.ts';

export interface CaseSettings {
  readonly cohort: readonly CohortCase[];
  readonly dataFolder: string;
  /** Share of studies that are annotated cases; the rest are lungs without infection. */
  readonly annotatedShare: number;
  /** Share of annotated cases that get simulated disease beside their own; none where it is not given. */
  readonly addedShare?: number;
  /** Share of those lungs that get simulated disease. */
  readonly simulatedShare: number;
  /** Share of simulated disease that takes a fifth of the lungs and more; 0 where it is not given. */
  readonly severeShare?: number;
  /** Share of all studies that are one slice repeated (`augment.ts`). */
  readonly singleSliceShare?: number;
  /** Share of those lungs, sick or not, that get something else that is dense, dark or grainy; a third of them get two
   *  such things. */
  readonly distractorShare: number;
  /** What simulated lesions look like; what is left out of training shows what is learned beyond the simulator. */
  readonly patterns?: readonly Pattern[];
  /** Another one gives other studies; 0 where it is not given. */
  readonly seed?: number;
}

/** A case as it was read, once with the lungs that somebody drew and once with those that the page finds. */
interface OpenedCase {
  readonly trueClass: ClassName | null;
  readonly variants: readonly LabelledStudy[];
}

/** Makes study number n, always the same. Cases are read once and kept. */
export function caseStudies(plan: Plan, settings: CaseSettings): (number: number) => Promise<TrainingStudy> {
  const opened = new Map<string, Promise<OpenedCase>>();
  const open = (row: CohortCase) => {
    const known = opened.get(row.id) ?? openWithLungs(row, settings.dataFolder);
    opened.set(row.id, known);
    return known;
  };
  const annotated = settings.cohort.filter(({ lesions }) => typeof lesions === 'object');
  const healthy = settings.cohort.filter(({ lesions }) => lesions === 'none');
  // Annotated cases that are all of one class would be known by their source, not by their disease.
  const annotatedTeachClass = new Set(annotated.map(({ trueClass }) => trueClass)).size > 1;

  const { seed = 0, addedShare = 0 } = settings;
  return async (number) => {
    const random = uniform((number + 1_000_003 * seed) * 2_654_435 + 97);
    for (let i = 0; i < 3; i++) random();
    const isAnnotated = random() < settings.annotatedShare;
    const rows = isAnnotated ? annotated : healthy;
    const row = rows[Math.floor(random() * rows.length)];
    const { trueClass: caseClass, variants } = await open(row);
    const trueClass = isAnnotated ? (annotatedTeachClass ? caseClass : null) : (caseClass ?? 'nonPneumonia');
    const asRead = variants[Math.floor(random() * variants.length)];
    const host = isAnnotated ? asRead : distract(asRead, settings.distractorShare, random);
    const share = isAnnotated ? addedShare : settings.simulatedShare;
    const planted = share > 0 && random() < share ? plant(host, settings, random) : null;
    const varied = augment(planted?.labelled ?? host, random, settings.singleSliceShare);
    const givenClass = planted && !isAnnotated ? planted.disease : trueClass;
    return prepareStudy(`${row.id} ${number}`, varied, givenClass, plan);
  };
}

/** Lungs of every variant: 1 right, 2 left.
 *  @throws Error where the case has no lesion mask, or no lungs are found */
export async function openWithLungs(row: CohortCase, dataFolder: string): Promise<OpenedCase> {
  const { volume, drawnLungs, lesions, trueClass } = await openCase(row, dataFolder);
  if (!lesions) throw new Error(`${row.id}: nobody says where its lesions are`);
  const found = foundLungs({ id: row.id, volume });
  // Drawn masks hold both lungs as 1; what is planted must know right from left.
  const variants = drawnLungs ? [partSides(drawnLungs), found] : [found];
  const box = inPlaneBox(variants);
  const lesionsInBox = { grid: cropped(volume.grid, box), labels: crop(lesions.labels, volume.grid, box) };
  const { grid } = lesionsInBox;
  const inBox: Volume = { grid, hu: crop(volume.hu, volume.grid, box) };
  return {
    trueClass,
    variants: variants.map(({ labels }) => ({
      volume: inBox,
      lungs: { grid, labels: crop(labels, volume.grid, box) },
      lesions: lesionsInBox,
    })),
  };
}

interface InPlaneBox {
  readonly rows: readonly [first: number, end: number];
  readonly columns: readonly [first: number, end: number];
}

/** Around the lungs there is half a body that no patch sees. */
const marginMm = 20;

function inPlaneBox(masks: readonly Mask[]): InPlaneBox {
  const { shape, spacingMm } = masks[0].grid;
  let [y0, y1, x0, x1] = [shape[1], 0, shape[2], 0];
  for (const { labels } of masks)
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0) continue;
      const [y, x] = [Math.floor(i / shape[2]) % shape[1], i % shape[2]];
      [y0, y1, x0, x1] = [Math.min(y0, y), Math.max(y1, y + 1), Math.min(x0, x), Math.max(x1, x + 1)];
    }
  const [my, mx] = [Math.ceil(marginMm / spacingMm[1]), Math.ceil(marginMm / spacingMm[2])];
  return {
    rows: [Math.max(0, y0 - my), Math.min(shape[1], y1 + my)],
    columns: [Math.max(0, x0 - mx), Math.min(shape[2], x1 + mx)],
  };
}

const cropped = (grid: Grid, { rows, columns }: InPlaneBox): Grid => ({
  ...grid,
  shape: [grid.shape[0], rows[1] - rows[0], columns[1] - columns[0]],
  originMm: voxelToLps(grid, [0, rows[0], columns[0]]),
});

function crop<T extends Int16Array | Uint8Array>(values: T, grid: Grid, { rows, columns }: InPlaneBox): T {
  const lines = Array.from({ length: grid.shape[0] * (rows[1] - rows[0]) }, (_, i) => {
    const [z, y] = [Math.floor(i / (rows[1] - rows[0])), rows[0] + (i % (rows[1] - rows[0]))];
    return (z * grid.shape[1] + y) * grid.shape[2];
  });
  const width = columns[1] - columns[0];
  const result = new (values.constructor as new (length: number) => T)(lines.length * width);
  lines.forEach((at, i) => result.set(values.subarray(at + columns[0], at + columns[1]), i * width));
  return result;
}

/** How many of the lungs with something else were breathed out: it goes with all the rest. */
const breathedOutShare = 0.35;

/** Nothing of it is a lesion, though some of it takes room from the lungs. */
function distract(healthy: LabelledStudy, share: number, random: () => number): LabelledStudy {
  if (random() >= share) return healthy;
  const names = Object.keys(distractors);
  let host: Host = random() < breathedOutShare ? distractors.expiration(healthy, random) : healthy;
  for (let left = random() < 1 / 3 ? 2 : 1; left > 0; left--) {
    host = distractors[names[Math.floor(random() * names.length)]](host, random);
  }
  return { ...healthy, ...host };
}

/** Beside the lesions that the host has. */
function plant(
  host: LabelledStudy,
  { patterns, severeShare = 0 }: CaseSettings,
  random: () => number,
): { labelled: LabelledStudy; disease: ClassName } {
  const disease = random() < 0.5 ? 'covid19' : 'cap';
  const burden = random() < severeShare ? drawSevereBurden(random) : undefined;
  const { volume, lesions } = plantLesions(host, disease, random, { burden, patterns });
  const labels = lesions.map((label, i) => label || host.lesions.labels[i]);
  return { labelled: { ...host, volume, lesions: { grid: volume.grid, labels } }, disease };
}

/** On the working grid, exactly as the page prepares a study; the lesion mask goes the way of the lung mask. */
export function prepareStudy(
  id: string,
  { volume, lungs, lesions }: LabelledStudy,
  trueClass: ClassName | null,
  plan: Plan,
): TrainingStudy {
  const { frame, grid, preprocessing } = prepareInput(volume, lungs, plan, ourPreprocessing);
  const lesion = resampleStudy(volume, lesions, frame, preprocessing).lung;
  const whole = [0, grid.size] as const;
  const intensity = new Float32Array(grid.lung.length);
  for (let z = 0; z < grid.depth; z++) intensity.set(grid.read(z, whole, whole), z * grid.size ** 2);
  return { id, depth: grid.depth, trueClass, intensity, lung: grid.lung, lesion };
}
