/** Validation with a truth that is known to the voxel: simulated disease in lungs that training never saw. */
import { distractors } from '../../simulation/distractors.ts';
import type { Pattern } from '../../simulation/lesionPlan.ts';
import { plantLesions, type Host } from '../../simulation/lesions.ts';
import { classes } from '../../network/describe.ts';
import { uniform } from '../../volume/random.ts';
import type { Mask } from '../../volume/grid.ts';
import type { CohortStudy } from '../cohort.ts';

const distractorShare = 0.5;

/** The host with COVID-19, with CAP, with neither, and again, `count` studies in all; in half of them something that
 *  only looks like disease. The seed is the host's place in its cohort.
 *  @param patterns what the lesions look like; all where it is not given
 *  @param lungs 1 right, 2 left, on the host's grid */
export function simulatedStudies(
  host: CohortStudy,
  lungs: Mask,
  seed: number,
  count: number,
  patterns?: readonly Pattern[],
): CohortStudy[] {
  const healthy: Host = { volume: host.volume, lungs };
  const names = Object.keys(distractors);
  return Array.from({ length: count }, (_, k) => {
    const random = uniform(7_000_003 * (seed + 1) + k);
    for (let i = 0; i < 3; i++) random(); // neighbouring seeds begin alike
    const trueClass = classes[k % classes.length];
    const name = names[Math.floor(random() * names.length)];
    const around = random() < distractorShare ? distractors[name](healthy, random) : healthy;
    const planted = trueClass === 'nonPneumonia' ? null : plantLesions(around, trueClass, random, { patterns });
    const { grid } = around.volume;
    return {
      id: `${host.id} ${trueClass} ${k}`,
      patient: host.patient,
      trueClass,
      volume: planted?.volume ?? around.volume,
      drawnLungs: around.lungs,
      lesions: { grid, labels: planted?.lesions ?? new Uint8Array(around.volume.hu.length) },
      sliceLabels: [],
    };
  });
}
