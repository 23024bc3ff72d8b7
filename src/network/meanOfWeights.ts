import type { Parameter, Weights } from './graph.ts';

/** @param states of one network, at least one; names and shapes as in the first
 *  @throws RangeError where a state has another tensor, or none, of a name */
export function meanOfWeights(states: readonly Weights[]): Map<string, Parameter> {
  const mean = ([name, { shape, data }]: readonly [string, Parameter]) => {
    const sum = new Float64Array(data.length);
    for (const state of states) {
      const other = state.get(name);
      if (other?.shape.join() !== shape.join()) throw new RangeError(`one of the states has no ${name} of that shape`);
      for (let i = 0; i < sum.length; i++) sum[i] += other.data[i];
    }
    return [name, { shape, data: Float32Array.from(sum, (value) => value / states.length) }] as const;
  };
  return new Map([...states[0]].map(mean));
}
