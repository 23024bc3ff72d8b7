/** Two ellipsoids of noise for lungs and bright balls for lesions: enough to see that training learns, on any
 *  machine and in seconds. Nothing here looks like a patient. */
import { classes } from '../../network/describe.ts';
import type { Plan } from '../../network/plans.ts';
import { uniform } from '../../volume/random.ts';
import type { StudySource, TrainingStudy } from './trainingStudy.ts';

interface Ball {
  readonly centre: readonly [z: number, y: number, x: number];
  readonly radius: number;
}
/** COVID-19: several small, outside; CAP: one large, inside; non-pneumonia: none. */
const ballsOf = { covid19: { count: 5, size: 0.07, out: 0.8 }, cap: { count: 1, size: 0.16, out: 0.2 } } as const;

export function toyStudies(plan: Plan): StudySource {
  return {
    description: 'toy studies: balls in noise',
    study: (number) => Promise.resolve(makeToyStudy(number, plan)),
  };
}

function makeToyStudy(number: number, plan: Plan): TrainingStudy {
  const random = uniform(number * 7919 + 13);
  const trueClass = classes[number % classes.length];
  const depth = plan.slices + Math.floor(random() * plan.slices);
  const { grid } = plan;
  const intensity = new Float32Array(depth * grid * grid);
  const lung = new Uint8Array(intensity.length);
  const lesion = new Uint8Array(intensity.length);
  const balls = trueClass === 'nonPneumonia' ? [] : makeBalls(trueClass, depth, grid, random);
  for (let i = 0; i < intensity.length; i++) {
    const [z, y, x] = [Math.floor(i / (grid * grid)), Math.floor(i / grid) % grid, i % grid];
    if (!inLungs(z / depth, y / grid, x / grid)) continue;
    const inBall = balls.some(({ centre, radius }) => Math.hypot(z - centre[0], y - centre[1], x - centre[2]) < radius);
    lung[i] = 1;
    lesion[i] = inBall ? 1 : 0;
    intensity[i] = (inBall ? 0.55 : 0.3) + 0.2 * (random() - 0.5);
  }
  return { id: `toy ${number}`, depth, trueClass, intensity, lung, lesion };
}

const lungCentres = [0.28, 0.72];

function inLungs(z: number, y: number, x: number): boolean {
  return lungCentres.some((cx) => ((z - 0.5) / 0.48) ** 2 + ((y - 0.5) / 0.38) ** 2 + ((x - cx) / 0.2) ** 2 <= 1);
}

function makeBalls(kind: keyof typeof ballsOf, depth: number, grid: number, random: () => number): Ball[] {
  const { count, size, out } = ballsOf[kind];
  return Array.from({ length: count }, () => {
    const cx = lungCentres[random() < 0.5 ? 0 : 1];
    const angle = 2 * Math.PI * random();
    return {
      centre: [
        depth * (0.3 + 0.4 * random()),
        grid * (0.5 + 0.38 * out * Math.sin(angle)),
        grid * (cx + 0.2 * out * Math.cos(angle)),
      ],
      radius: grid * size * (0.8 + 0.4 * random()),
    };
  });
}
