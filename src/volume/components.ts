/** Connected components of a binary picture, by runs along x joined with union-find
 *  (He, Chao, Suzuki: A run-based two-scan labeling algorithm, IEEE TIP 17, 2008). */
import type { Shape } from './grid.ts';

/** Which voxels are neighbours: 6 share a face, 26 a face, edge or corner;
 *  4 and 8 likewise within a slice, every slice by itself. */
export type Connectivity = 4 | 8 | 6 | 26;

export interface Components {
  /** 0 where the picture is 0, else the component's number; 1 is the largest component. */
  readonly labels: Int32Array;
  /** Voxels of component i at i; sizes[0] is 0. */
  readonly sizes: readonly number[];
}

interface Runs {
  /** First and last x of each run. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Runs of row r are start[r] to start[r + 1]; row = z * rows + y. */
  readonly start: Int32Array;
}

/** Components as runs along x: a small fraction of a label for every voxel. */
export interface ComponentRuns {
  readonly sizes: readonly number[];
  /** In reading order; row = z * rows + y, x from first to last. */
  readonly forEach: (visit: (component: number, row: number, first: number, last: number) => void) => void;
}

/** @param picture anything but 0 belongs to a component
 *  @returns components by falling size; equal sizes in the order of their first voxels */
export function labelComponents(picture: Uint8Array, shape: Shape, connectivity: Connectivity): Components {
  const { sizes, forEach } = componentRuns(picture, shape, connectivity);
  const labels = new Int32Array(picture.length);
  forEach((component, row, first, last) => {
    labels.fill(component, row * shape[2] + first, row * shape[2] + last + 1);
  });
  return { labels, sizes };
}

/** The same components, without a label for every voxel. */
export function componentRuns(picture: Uint8Array, shape: Shape, connectivity: Connectivity): ComponentRuns {
  const runs = findRuns(picture, shape);
  const { numbers, sizes } = numberBySize(runs, joinRuns(runs, shape, connectivity));
  return {
    sizes,
    forEach: (visit) => {
      for (let row = 0; row < shape[0] * shape[1]; row++)
        for (let run = runs.start[row]; run < runs.start[row + 1]; run++)
          visit(numbers[run], row, runs.first[run], runs.last[run]);
    },
  };
}

function findRuns(picture: Uint8Array, [depth, rows, columns]: Shape): Runs {
  const start = new Int32Array(depth * rows + 1);
  let count = 0;
  for (let row = 0, i = 0; row < depth * rows; row++) {
    let inside = false;
    for (let x = 0; x < columns; x++, i++) {
      const now = picture[i] !== 0;
      if (now && !inside) count++;
      inside = now;
    }
    start[row + 1] = count;
  }
  const first = new Int32Array(count);
  const last = new Int32Array(count);
  for (let row = 0, run = 0, i = 0; row < depth * rows; row++) {
    for (let x = 0; x < columns; x++, i++) {
      if (picture[i] === 0) continue;
      if (x === 0 || picture[i - 1] === 0) first[run] = x;
      if (x === columns - 1 || picture[i + 1] === 0) last[run++] = x;
    }
  }
  return { first, last, start };
}

/** @returns per run the run that stands for its component (itself for one of them) */
function joinRuns({ first, last, start }: Runs, [depth, rows]: Shape, connectivity: Connectivity): Int32Array {
  const parent = Int32Array.from(first, (_, run) => run);
  const reach = connectivity === 8 || connectivity === 26 ? 1 : 0;
  const joinRows = (a: number, b: number) => {
    for (let i = start[a], j = start[b]; i < start[a + 1] && j < start[b + 1];) {
      if (first[i] <= last[j] + reach && first[j] <= last[i] + reach) unite(parent, i, j);
      if (last[i] < last[j]) i++;
      else j++;
    }
  };
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++) {
      const row = z * rows + y;
      if (y > 0) joinRows(row, row - 1);
      if (z === 0 || connectivity === 4 || connectivity === 8) continue;
      joinRows(row, row - rows);
      if (connectivity === 6) continue;
      if (y > 0) joinRows(row, row - rows - 1);
      if (y < rows - 1) joinRows(row, row - rows + 1);
    }
  for (let run = 0; run < parent.length; run++) parent[run] = rootOf(parent, run);
  return parent;
}

function rootOf(parent: Int32Array, run: number): number {
  while (parent[run] !== run) {
    parent[run] = parent[parent[run]];
    run = parent[run];
  }
  return run;
}

/** The earlier run becomes the root, so that components are met in the order of their first voxels. */
function unite(parent: Int32Array, a: number, b: number): void {
  const rootA = rootOf(parent, a);
  const rootB = rootOf(parent, b);
  if (rootA < rootB) parent[rootB] = rootA;
  else parent[rootA] = rootB;
}

function numberBySize({ first, last }: Runs, parent: Int32Array): { numbers: Int32Array; sizes: number[] } {
  const voxels = new Float64Array(parent.length);
  for (let run = 0; run < parent.length; run++) voxels[parent[run]] += last[run] - first[run] + 1;
  const roots = [];
  for (let run = 0; run < parent.length; run++) if (parent[run] === run) roots.push(run);
  roots.sort((a, b) => voxels[b] - voxels[a] || a - b);
  const numbers = new Int32Array(parent.length);
  roots.forEach((root, i) => (numbers[root] = i + 1));
  for (let run = 0; run < parent.length; run++) numbers[run] = numbers[parent[run]];
  return { numbers, sizes: [0, ...roots.map((root) => voxels[root])] };
}
