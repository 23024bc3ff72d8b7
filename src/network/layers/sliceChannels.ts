import { asFeatures, fault, sizeOf, type Layer } from './layer.ts';

export const sliceChannels: Layer<'sliceChannels'> = {
  shape(node, inputs) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    const { from, to } = node;
    if (from < 0 || to > channels || from >= to) throw fault(node, `no channels [${from}, ${to}) of ${channels}`);
    return [to - from, ...sizes];
  },
  forward(node, [{ shape, data }]) {
    const voxels = sizeOf(shape.slice(1));
    return Float32Array.from(data.subarray(node.from * voxels, node.to * voxels));
  },
};
