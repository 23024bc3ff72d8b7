/** Numbers in [0, 1). */
export type Random = () => number;

/** Numbers in [0, 1) that the same seed always gives (mulberry32). */
export function uniform(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normal numbers out of uniform ones (Box and Muller). */
export function normal(random: Random): () => number {
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function gaussian(seed: number): () => number {
  return normal(uniform(seed));
}

/** A seed for a generator of one's own, so that what is drawn there does not shift what is drawn here. */
export function drawSeed(random: Random): number {
  return Math.floor(random() * 2 ** 32);
}

/** An index, drawn in proportion to the weights; they need not add up to 1. */
export function drawWeighted(weights: ArrayLike<number>, random: Random): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i];
  let left = random() * total;
  for (let i = 0; i < weights.length - 1; i++) {
    left -= weights[i];
    if (left < 0) return i;
  }
  return weights.length - 1;
}
