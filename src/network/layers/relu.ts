import { allAlike, type Layer } from './layer.ts';

export const relu: Layer<'relu'> = {
  shape: allAlike,
  forward: (_, [{ data }]) => new Float32Array(data).map((value) => Math.max(0, value)),
};
