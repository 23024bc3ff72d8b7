import { asFeatures, fault, type Layer } from './layer.ts';

export const secondOfSoftmax: Layer<'secondOfSoftmax'> = {
  shape(node, inputs) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    if (channels !== 2) throw fault(node, `expects 2 channels, input has ${channels}`);
    return [1, ...sizes];
  },
  /** The maximum is taken off first, so that far logits stay finite. */
  forward(_, [{ data }]) {
    const voxels = data.length / 2;
    return Float32Array.from({ length: voxels }, (_, i) => {
      const [first, second] = [data[i], data[voxels + i]];
      const largest = Math.max(first, second);
      const lesion = Math.exp(second - largest);
      return lesion / (Math.exp(first - largest) + lesion);
    });
  },
};
