/** A closed surface round everything of a field that lies above a level, for the 3D scene.
 *  Source: S. Gibson, "Constrained elastic surface nets", MICCAI 1998, without the relaxation: one vertex in
 *  every cell that the surface crosses, at the mean of the crossings of the cell's edges. */
import type { Shape } from '../volume/grid.ts';
import { breaths } from './breaths.ts';

export interface Surface {
  /** x, y, z of each vertex, in voxels of the field. */
  readonly points: Float32Array;
  /** Unit length, pointing out of the region. */
  readonly normals: Float32Array;
  /** Three vertices each, anticlockwise seen from outside. */
  readonly triangles: Uint32Array;
}

/** Samples of a field; what lies outside counts as nothing, so every surface is closed. */
export interface Field {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** Corner c of a cell lies at (c & 1, c >> 1 & 1, c >> 2 & 1) in x, y, z. */
const edges = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
  [0, 2],
  [1, 3],
  [4, 6],
  [5, 7],
  [0, 4],
  [1, 5],
  [2, 6],
  [3, 7],
] as const;

export async function surfaceNets(field: Field, level: number): Promise<Surface> {
  const [depth, rows, columns] = field.shape.map((n) => n + 1);
  const points: number[] = [];
  const triangles: number[] = [];
  // Cell (x, y, z) has its first corner at sample (x - 1, y - 1, z - 1): one layer of cells goes round.
  const vertexOf = new Int32Array(depth * rows * columns).fill(-1);
  const strides = [1, columns, columns * rows] as const;
  const corner = new Float64Array(8);
  const breath = breaths();
  for (let z = 0, cell = 0; z < depth; z++) {
    await breath();
    for (let y = 0; y < rows; y++) {
      if (!anyAbove(field, level, z, y)) {
        cell += columns;
        continue;
      }
      for (let x = 0; x < columns; x++, cell++) {
        const inside = readCorners(field, level, x - 1, y - 1, z - 1, corner);
        if (inside === 0 || inside === 255) continue;
        vertexOf[cell] = points.length / 3;
        addVertex(corner, level, x - 1, y - 1, z - 1, points);
        addFaces(inside, cell, [x, y, z], strides, vertexOf, triangles);
      }
    }
  }
  const found = { points: Float32Array.from(points), triangles: Uint32Array.from(triangles) };
  return { ...found, normals: vertexNormals(found.points, found.triangles) };
}

/** @returns whether a sample that a row of cells touches lies above the level: most rows of a sparse field need no more */
function anyAbove({ shape, values }: Field, level: number, cellZ: number, cellY: number): boolean {
  const [depth, rows, columns] = shape;
  for (let z = Math.max(0, cellZ - 1); z < Math.min(depth, cellZ + 1); z++)
    for (let y = Math.max(0, cellY - 1); y < Math.min(rows, cellY + 1); y++)
      for (let at = (z * rows + y) * columns, end = at + columns; at < end; at++) if (values[at] > level) return true;
  return false;
}

/** @returns a bit for each corner above the level */
function readCorners(field: Field, level: number, x: number, y: number, z: number, corner: Float64Array): number {
  const [depth, rows, columns] = field.shape;
  let inside = 0;
  for (let c = 0; c < 8; c++) {
    const [cx, cy, cz] = [x + (c & 1), y + ((c >> 1) & 1), z + (c >> 2)];
    const within = cx >= 0 && cy >= 0 && cz >= 0 && cx < columns && cy < rows && cz < depth;
    corner[c] = within ? field.values[(cz * rows + cy) * columns + cx] : Math.min(0, level);
    if (corner[c] > level) inside |= 1 << c;
  }
  return inside;
}

function addVertex(corner: Float64Array, level: number, x: number, y: number, z: number, points: number[]): void {
  const sum = [0, 0, 0];
  let crossings = 0;
  for (const [a, b] of edges) {
    if (corner[a] > level === corner[b] > level) continue;
    const along = (level - corner[a]) / (corner[b] - corner[a]);
    crossings++;
    for (let axis = 0; axis < 3; axis++) {
      const [from, to] = [(a >> axis) & 1, (b >> axis) & 1];
      sum[axis] += from + (to - from) * along;
    }
  }
  points.push(x + sum[0] / crossings, y + sum[1] / crossings, z + sum[2] / crossings);
}

/** The three edges at a cell's first corner each carry one face, between the cells round that edge. */
function addFaces(
  inside: number,
  cell: number,
  at: readonly number[],
  strides: readonly [number, number, number],
  vertexOf: Int32Array,
  triangles: number[],
): void {
  for (let axis = 0; axis < 3; axis++) {
    const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
    const first = (inside & 1) !== 0;
    if (first === ((inside >> (1 << axis)) & 1) > 0 || at[u] === 0 || at[v] === 0) continue;
    const quad = [cell, cell - strides[u], cell - strides[u] - strides[v], cell - strides[v]].map((c) => vertexOf[c]);
    const [a, b, c, d] = first ? quad : [quad[3], quad[2], quad[1], quad[0]];
    triangles.push(a, b, c, a, c, d);
  }
}

/** The mean of the faces round a vertex, by their area. */
function vertexNormals(points: Float32Array, triangles: Uint32Array): Float32Array {
  const normals = new Float32Array(points.length);
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [3 * triangles[t], 3 * triangles[t + 1], 3 * triangles[t + 2]];
    const side = (from: number, to: number, axis: number) => points[to + axis] - points[from + axis];
    for (let axis = 0; axis < 3; axis++) {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      const normal = side(a, b, u) * side(a, c, v) - side(a, b, v) * side(a, c, u);
      for (const vertex of [a, b, c]) normals[vertex + axis] += normal;
    }
  }
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(normals[i], normals[i + 1], normals[i + 2]) || 1;
    for (let axis = 0; axis < 3; axis++) normals[i + axis] /= length;
  }
  return normals;
}
