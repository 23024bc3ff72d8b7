import { uniform } from '../../volume/random.ts';

/** Sample deviation; null for a single value. */
export function meanAndDeviation(values: readonly number[]): { mean: number; deviation: number | null } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: values.length < 2 ? null : Math.sqrt(squares / (values.length - 1)) };
}

const draws = 2000;

/** 95 % interval of the mean over patients drawn with replacement; null for a single patient. */
export function bootstrapInterval(
  values: readonly { readonly patient: string; readonly value: number }[],
  seed: number,
): readonly [low: number, high: number] | null {
  const byPatient = new Map<string, { sum: number; count: number }>();
  for (const { patient, value } of values) {
    const { sum, count } = byPatient.get(patient) ?? { sum: 0, count: 0 };
    byPatient.set(patient, { sum: sum + value, count: count + 1 });
  }
  const patients = [...byPatient.values()];
  if (patients.length < 2) return null;
  const random = uniform(seed);
  const means = Array.from({ length: draws }, () => {
    let [sum, count] = [0, 0];
    for (let i = 0; i < patients.length; i++) {
      const drawn = patients[Math.floor(random() * patients.length)];
      sum += drawn.sum;
      count += drawn.count;
    }
    return sum / count;
  }).sort((a, b) => a - b);
  return [means[Math.floor(0.025 * draws)], means[Math.ceil(0.975 * draws) - 1]];
}
