import { allAlike, type Layer } from './layer.ts';

export const add: Layer<'add'> = {
  shape: allAlike,
  forward: (_, [a, b]) => Float32Array.from(a.data, (value, i) => value + b.data[i]),
};
