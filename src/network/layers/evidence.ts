import { asFeatures, fault, sizeOf, type Layer } from './layer.ts';

export const evidence: Layer<'evidence'> = {
  shape(node, inputs, parameterShape) {
    const [channels, ...sizes] = asFeatures(node, inputs[0]);
    const [classes, columns] = parameterShape(node.weight);
    if (node.offset + channels > columns) {
      throw fault(node, `weight has ${columns} columns, asked for [${node.offset}, ${node.offset + channels})`);
    }
    return [classes, ...sizes];
  },

  forward(node, [{ shape, data }], out, parameter) {
    const channels = shape[0];
    const { data: weight, shape: weightShape } = parameter(node.weight);
    const [classes, ...sizes] = out;
    const voxels = sizeOf(sizes);
    const result = new Float32Array(sizeOf(out));
    for (let j = 0; j < classes; j++)
      for (let i = 0; i < voxels; i++) {
        let sum = 0;
        for (let c = 0; c < channels; c++) sum += weight[j * weightShape[1] + node.offset + c] * data[c * voxels + i];
        result[j * voxels + i] = sum;
      }
    return result;
  },
};
