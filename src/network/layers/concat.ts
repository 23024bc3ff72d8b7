import { asFeatures, expectShape, sizeOf, type Layer } from './layer.ts';

/** Channels are outermost, so inputs simply follow each other. */
export const concat: Layer<'concat'> = {
  shape(node, inputs) {
    const [first, ...others] = inputs.map((shape) => asFeatures(node, shape));
    const sizes = first.slice(1);
    for (const shape of others) expectShape(node, 'an input', shape, [shape[0], ...sizes]);
    return [inputs.reduce((sum, [channels]) => sum + channels, 0), ...sizes];
  },

  forward(_, inputs, out) {
    const result = new Float32Array(sizeOf(out));
    let at = 0;
    for (const { data } of inputs) {
      result.set(data, at);
      at += data.length;
    }
    return result;
  },
};
