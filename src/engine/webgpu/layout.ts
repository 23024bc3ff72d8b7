/** How features lie in memory: blocks of four channels, [ceil(C / 4), D, H, W] of vec4f, so that every load brings
 *  four channels of one voxel and neighbouring voxels are neighbours. One channel alone is plain f32. Channels that
 *  fill up the last block are zero, and stay zero under every kernel. */

export type Lanes = 1 | 4;
export const lanesOf = (channels: number): Lanes => (channels === 1 ? 1 : 4);
export const blocksOf = (channels: number) => Math.ceil(channels / 4);
export const bytesOf = (channels: number, voxels: number) => 4 * lanesOf(channels) * blocksOf(channels) * voxels;
export const elementOf = (channels: number) => (channels === 1 ? 'f32' : 'vec4f');

/** [C, voxels] to blocks. */
export function toBlocks(values: Float32Array, channels: number): Float32Array {
  if (channels === 1) return values;
  const voxels = values.length / channels;
  const blocks = new Float32Array(4 * blocksOf(channels) * voxels);
  for (let c = 0; c < channels; c++) {
    let at = (c >> 2) * 4 * voxels + (c & 3);
    for (let i = c * voxels; i < (c + 1) * voxels; i++, at += 4) blocks[at] = values[i];
  }
  return blocks;
}

/** Blocks back to [C, voxels]. */
export function fromBlocks(blocks: Float32Array, channels: number): Float32Array {
  if (channels === 1) return blocks;
  const voxels = blocks.length / (4 * blocksOf(channels));
  const values = new Float32Array(channels * voxels);
  for (let c = 0; c < channels; c++) {
    let at = (c >> 2) * 4 * voxels + (c & 3);
    for (let i = c * voxels; i < (c + 1) * voxels; i++, at += 4) values[i] = blocks[at];
  }
  return values;
}
