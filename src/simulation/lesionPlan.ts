/** What disease a simulated scan has: how many lesions, how much of the lung, of which pattern, on which side. */
import { drawWeighted, normal, type Random } from '../volume/random.ts';
import type { Lung, LungSpace } from './lungSpace.ts';
import { lesionCounts, lungShareEdges, lungShares, meanLungShare, type Disease } from './published.ts';

/** How a lesion looks. The two classes have all of them, in different measure. */
export type Pattern = 'groundGlass' | 'crazyPaving' | 'mixed' | 'consolidation';

export const patterns: readonly Pattern[] = ['groundGlass', 'crazyPaving', 'mixed', 'consolidation'];

const patternShares: Record<Disease, Record<Pattern, number>> = {
  covid19: { groundGlass: 0.54, crazyPaving: 0.18, mixed: 0.22, consolidation: 0.06 },
  cap: { groundGlass: 0.2, crazyPaving: 0.05, mixed: 0.43, consolidation: 0.32 },
};

export interface LesionPlan {
  readonly pattern: Pattern;
  readonly lung: Lung;
  readonly volumeMl: number;
  /** Hugs the pleura; otherwise it lies along the bronchi, inside. */
  readonly peripheral: boolean;
  /** Stops at the oblique fissure. */
  readonly fissural: boolean;
}

export interface Burden {
  readonly count: number;
  /** Of the lungs in view. */
  readonly lungShare: number;
}

/** More lesions take more of the lung, though not much: correlation of the two ranks. */
const rankCorrelation = 0.45;

export function drawBurden(disease: Disease, random: Random): Burden {
  const draw = normal(random);
  const common = draw();
  const rank = () => cumulative(Math.sqrt(rankCorrelation) * common + Math.sqrt(1 - rankCorrelation) * draw());
  const bin = binOf(lesionCounts[disease], rank());
  return {
    count: bin.index < 9 ? bin.index + 1 : 10 + Math.floor(5 * bin.within),
    lungShare: shareAt(disease, rank()),
  };
}

/** Disease that has taken a fifth to three quarters of the lungs, as in readers' teaching cases and at the bedside; the
 *  published histograms hold next to none of it. */
export function drawSevereBurden(random: Random): Burden {
  return { count: 2 + Math.floor(9 * random()), lungShare: 0.2 + 0.55 * random() };
}

/** Standard normal distribution function (logistic stand-in, within 0.01). */
const cumulative = (z: number) => 1 / (1 + Math.exp(-1.702 * z));

/** Which bar of a histogram the rank 0 to 1 falls in, and how far into it. */
function binOf(shares: readonly number[], rank: number): { index: number; within: number } {
  const total = shares.reduce((sum, share) => sum + share, 0);
  let left = rank * total;
  let index = 0;
  while (index < shares.length - 1 && left >= shares[index]) left -= shares[index++];
  return { index, within: shares[index] > 0 ? Math.min(1, left / shares[index]) : 0 };
}

const leastShare = 0.003;
const mostShare = 0.65;

function shareAt(disease: Disease, rank: number): number {
  const shares = lungShares[disease];
  const { index, within } = binOf(shares, rank);
  const low = Math.max(leastShare, lungShareEdges[index]);
  if (index < shares.length - 1) return low + within * (lungShareEdges[index + 1] - low);
  /** The last bin ends at 1: exponential, with the mean that the published mean leaves for it. */
  const middles = shares.slice(0, -1).map((share, i) => share * ((lungShareEdges[i] + lungShareEdges[i + 1]) / 2));
  const rest = meanLungShare[disease] - middles.reduce((sum, part) => sum + part, 0);
  const excess = Math.max(0.02, rest / shares[index] - low);
  return Math.min(mostShare, low - excess * Math.log(1 - 0.995 * within));
}

/** @param allowed patterns to draw from */
export function planLesions(
  disease: Disease,
  burden: Burden,
  space: LungSpace,
  allowed: readonly Pattern[],
  random: Random,
): LesionPlan[] {
  const voxelMl = space.grid.spacingMm.reduce((product, mm) => product * mm, 1) / 1000;
  const lungMl = Object.values(space.sides).reduce((sum, { voxels }) => sum + voxels * voxelMl, 0);
  const draw = normal(random);
  const weights = Array.from({ length: burden.count }, () => Math.exp(0.75 * draw())).sort((a, b) => b - a);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const lungs = drawLungs(disease, burden.count, space, random);
  const main =
    allowed[
      drawWeighted(
        allowed.map((name) => patternShares[disease][name]),
        random,
      )
    ];
  return weights.map((weight, i) => ({
    pattern:
      i === 0 || random() < 0.6
        ? main
        : allowed[
            drawWeighted(
              allowed.map((name) => patternShares[disease][name]),
              random,
            )
          ],
    lung: lungs[i],
    volumeMl: Math.max(leastLesionMl, (burden.lungShare * lungMl * weight) / total),
    peripheral: random() < (disease === 'covid19' ? 0.65 : 0.12),
    fissural: random() < 0.5,
  }));
}

/** A little above what counts as a lesion (0.1 ml). */
const leastLesionMl = 0.25;

function drawLungs(disease: Disease, count: number, { sides }: LungSpace, random: Random): Lung[] {
  const voxels = [sides[1]?.voxels ?? 0, sides[2]?.voxels ?? 0];
  const any = (): Lung => (drawWeighted(voxels, random) === 0 ? 1 : 2);
  const first = any();
  const other: Lung = first === 1 ? 2 : 1;
  const bothThere = voxels[0] > 0 && voxels[1] > 0;
  const bilateral = bothThere && random() < (disease === 'covid19' ? 0.92 : 0.4);
  return Array.from({ length: count }, (_, i) => (i === 0 || !bilateral ? first : i === 1 ? other : any()));
}
