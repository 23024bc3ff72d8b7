/** Every layer kind. Leave one out and the compiler objects. */
import type { GraphNode, LayerKind } from '../graph.ts';
import { add } from './add.ts';
import { averagePool3d } from './averagePool3d.ts';
import { concat } from './concat.ts';
import { concatVectors } from './concatVectors.ts';
import { conv3d } from './conv3d.ts';
import { convTranspose3d } from './convTranspose3d.ts';
import { evidence } from './evidence.ts';
import { gather3d } from './gather3d.ts';
import { globalAverage } from './globalAverage.ts';
import { groupNorm } from './groupNorm.ts';
import type { Layer } from './layer.ts';
import { linear } from './linear.ts';
import { maxPool3d } from './maxPool3d.ts';
import { relu } from './relu.ts';
import { scale } from './scale.ts';
import { secondOfSoftmax } from './secondOfSoftmax.ts';
import { sliceChannels } from './sliceChannels.ts';
import { stitch } from './stitch.ts';
import { upsample3d } from './upsample3d.ts';
import { weightedSum } from './weightedSum.ts';

export const layers = {
  conv3d,
  convTranspose3d,
  averagePool3d,
  maxPool3d,
  groupNorm,
  relu,
  add,
  concat,
  stitch,
  scale,
  gather3d,
  upsample3d,
  weightedSum,
  secondOfSoftmax,
  sliceChannels,
  globalAverage,
  concatVectors,
  linear,
  evidence,
} satisfies { readonly [K in LayerKind]: Layer<K> };

/** TypeScript cannot see that a node and the layer of its kind belong together. */
export function layerOf(node: GraphNode): Layer<LayerKind> {
  return layers[node.kind] as Layer<LayerKind>;
}
