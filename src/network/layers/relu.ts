import { allAlike, type Layer } from './layer.ts';

export const relu: Layer<'relu'> = {
  shape: allAlike,
  forward: (_, [{ data }]) => Float32Array.from(data, (value) => Math.max(0, value)),
};
