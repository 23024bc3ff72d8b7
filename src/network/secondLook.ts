/** Test-time augmentation: the study once more, left and right exchanged and half a patch nearer the head, so that every
 *  voxel lies elsewhere in another patch, beside other neighbours and under other norms. What the network sees in both
 *  looks is rarely noise. The lesion probability is their mean; scores and evidence are of the first look alone. */
import { patchesWithLung, type NetworkInput } from './input.ts';
import type { WorkingGrid } from './workingGrid.ts';

/** The same study, mirrored, behind half a patch of empty slices. Its `frame` stays that of the study as it is. */
export function secondLook(input: NetworkInput): NetworkInput {
  const grid = mirrored(input.grid, raisedBy(input));
  return { ...input, grid, patches: patchesWithLung(grid, input.plan) };
}

/** The mean of both looks, where the study is.
 *  @param first and second probabilities of a look each, on its own working grid */
export function meanOfLooks(input: NetworkInput, first: Uint16Array, second: Uint16Array): Uint16Array {
  const { size } = input.grid;
  const raised = raisedBy(input) * size;
  const mean = new Uint16Array(first.length);
  for (let row = 0; row < first.length / size; row++) {
    const [from, last] = [row * size, (row + raised + 1) * size - 1];
    for (let x = 0; x < size; x++) mean[from + x] = Math.round((first[from + x] + second[last - x]) / 2);
  }
  return mean;
}

const raisedBy = ({ plan }: NetworkInput) => plan.patch[0] / 2;

function mirrored({ depth, size, lung, read }: WorkingGrid, raised: number): WorkingGrid {
  const turned = new Uint8Array((depth + raised) * size * size);
  turned.set(lung, raised * size * size);
  reverseRows(turned, size);
  return {
    depth: depth + raised,
    size,
    lung: turned,
    read: (z, rows, [x0, x1]) => {
      const width = x1 - x0;
      if (z < raised) return new Float32Array((rows[1] - rows[0]) * width);
      const part = read(z - raised, rows, [size - x1, size - x0]);
      reverseRows(part, width);
      return part;
    },
  };
}

function reverseRows(values: Uint8Array | Float32Array, width: number): void {
  for (let at = 0; at < values.length; at += width) values.subarray(at, at + width).reverse();
}
