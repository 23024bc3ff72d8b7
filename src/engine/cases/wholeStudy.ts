/** The reference data's whole studies on the tiny plan: made by an implementation written separately from the
 *  network description. */
import { inputOnWorkingGrid, prepareInput, type NetworkInput } from '../../network/input.ts';
import { plans } from '../../network/plans.ts';
import { probabilitySteps, toStudyGrid } from '../../network/output.ts';
import { ourPreprocessing } from '../../network/preprocessing.ts';
import type { NetworkOutput } from '../runStudy.ts';
import { worstDifference } from './engineCase.ts';
import { formulaValues, type StitchScalars } from './formula.ts';
import { tolerances } from './tolerances.ts';

export const wholeStudyDepths = [5, 20, 49] as const;

/** What the JSON beside the values says. */
export interface WholeStudyTruth {
  readonly stitch: StitchScalars;
  readonly patchesRun: number;
  readonly lungVoxels: number;
  readonly inputSum: number;
  readonly scores: readonly number[];
  readonly lesionVoxels: number;
}

const ellipses = [
  { cy: 20, cx: 14, ry: 14, rx: 10 },
  { cy: 24, cx: 50, ry: 18, rx: 9 },
];

export function formulaStudy(depth: number): { intensity: Float32Array; lung: Uint8Array } {
  const { grid } = plans.tiny;
  const noise = formulaValues('study', depth * grid * grid);
  const lung = new Uint8Array(noise.length);
  const intensity = new Float32Array(noise.length);
  let at = 0;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < grid; y++)
      for (let x = 0; x < grid; x++, at++) {
        const along = ((z - (depth - 1) / 2) / (depth / 2 + 1)) ** 2;
        const isCut = z < Math.max(1, Math.floor(depth / 5)) && x >= 32;
        if (isCut || !ellipses.some(({ cy, cx, ry, rx }) => along + ((y - cy) / ry) ** 2 + ((x - cx) / rx) ** 2 <= 1))
          continue;
        lung[at] = 1;
        intensity[at] = (0.4 * (noise[at] + 1)) / 2 + ((y + x) % 16 < 8 ? 0.3 : 0);
      }
  return { intensity, lung };
}

export function formulaInput(depth: number): NetworkInput {
  const { intensity, lung } = formulaStudy(depth);
  return inputOnWorkingGrid(plans.tiny, intensity, lung);
}

/** @returns what is wrong, in words */
export function wholeStudyFaults(
  { probability, scores, evidence, patchesRun }: NetworkOutput,
  truth: WholeStudyTruth,
  expected: { readonly probability: Float32Array; readonly evidence: Float32Array },
): string[] {
  const found = Float32Array.from(probability, (steps) => steps / probabilitySteps);
  const compare = (what: string, got: ArrayLike<number>, wanted: ArrayLike<number>) => {
    const worst = worstDifference(got, wanted, tolerances.golden);
    return worst ? [`${what}: ${worst.words}`] : [];
  };
  const others = found.reduce((count, p, i) => count + (p > 0.5 === expected.probability[i] > 0.5 ? 0 : 1), 0);
  return [
    ...(patchesRun === truth.patchesRun ? [] : [`${patchesRun} patches were run, expected ${truth.patchesRun}`]),
    ...compare('scores', scores, truth.scores),
    ...compare('probability', found, expected.probability),
    ...compare('evidence', Float32Array.from(evidence.flatMap(({ data }) => [...data])), expected.evidence),
    ...(others <= tolerances.maskShare * truth.lesionVoxels ? [] : [`${others} voxels lie on the other side of 0.5`]),
  ];
}

/** Nine slices of 400 x 300: neither square nor of the working grid's size, and with a patch that is half empty. */
export function oblongStudy() {
  const [depth, rows, columns] = [9, 400, 300];
  const grid = {
    shape: [depth, rows, columns],
    spacingMm: [5, 0.8, 0.8],
    originMm: [0, 0, 0],
    direction: [
      [0, 0, 1],
      [0, 1, 0],
      [1, 0, 0],
    ],
  } as const;
  const noise = formulaValues('case.oblong', depth * rows * columns);
  const labels = new Uint8Array(noise.length);
  const hu = new Int16Array(noise.length);
  for (let i = 0; i < noise.length; i++) {
    const [y, x] = [Math.floor(i / columns) % rows, i % columns];
    const side = [80, 215].findIndex((centre) => ((y - 210) / 120) ** 2 + ((x - centre) / 55) ** 2 <= 1);
    labels[i] = side + 1;
    hu[i] = side < 0 ? 40 : -750 + 250 * noise[i] + ((y + x) % 40 < 12 ? 500 : 0);
  }
  const lungs = { grid, labels };
  return { lungs, input: prepareInput({ grid, hu }, lungs, plans.tiny, ourPreprocessing) };
}

/** Two engines' outputs for one study, and the masks they come to on the study's own grid.
 *  @returns where they differ, in words */
export function outputDifferences(
  { input, lungs }: ReturnType<typeof oblongStudy>,
  output: NetworkOutput,
  reference: NetworkOutput,
): string[] {
  const inUnits = ({ probability }: NetworkOutput) =>
    Float32Array.from(probability, (steps) => steps / probabilitySteps);
  const evidenceOf = ({ evidence }: NetworkOutput) => evidence.flatMap(({ data }) => [...data]);
  const compare = (what: string, got: ArrayLike<number>, wanted: ArrayLike<number>) => {
    const worst = worstDifference(got, wanted, tolerances.patch);
    return worst ? [`${what}: ${worst.words}`] : [];
  };
  const mask = toStudyGrid(input, output.probability, lungs).labels;
  const wanted = toStudyGrid(input, reference.probability, lungs).labels;
  const others = mask.reduce((count, label, i) => count + (label === wanted[i] ? 0 : 1), 0);
  const lesions = wanted.reduce((count, label) => count + label, 0);
  return [
    ...compare('scores', output.scores, reference.scores),
    ...compare('probability', inUnits(output), inUnits(reference)),
    ...compare('evidence', evidenceOf(output), evidenceOf(reference)),
    ...(lesions > 0 ? [] : ['the reference finds no lesion at all']),
    ...(others <= tolerances.maskShare * lesions ? [] : [`${others} of ${lesions} lesion voxels differ`]),
  ];
}
