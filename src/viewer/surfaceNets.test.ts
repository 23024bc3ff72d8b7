import { expect, test } from 'vitest';
import { coarseField } from './coarseField.ts';
import { surfaceNets, type Field, type Surface } from './surfaceNets.ts';

const shape = [9, 10, 11] as const;

function ball(radius: number): Field {
  const values = new Float32Array(9 * 10 * 11);
  for (let z = 0, at = 0; z < 9; z++) {
    for (let y = 0; y < 10; y++) {
      for (let x = 0; x < 11; x++, at++) values[at] = Math.max(0, radius + 1 - Math.hypot(x - 5, y - 4.5, z - 4));
    }
  }
  return { shape, values };
}

/** Signed volume by the divergence theorem: positive if the faces look outwards. */
function enclosed({ points, triangles }: Surface): number {
  const p = (i: number, axis: number) => points[3 * i + axis];
  let six = 0;
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [triangles[t], triangles[t + 1], triangles[t + 2]];
    for (let axis = 0; axis < 3; axis++) {
      const [u, v] = [(axis + 1) % 3, (axis + 2) % 3];
      six += p(a, axis) * (p(b, u) * p(c, v) - p(b, v) * p(c, u));
    }
  }
  return six / 6;
}

/** How often each undirected edge is used; a closed surface uses each twice. */
function edgeUses({ triangles }: Surface): number[] {
  const uses = new Map<string, number>();
  for (let t = 0; t < triangles.length; t += 3) {
    for (const [i, j] of [
      [0, 1],
      [1, 2],
      [2, 0],
    ]) {
      const edge = [triangles[t + i], triangles[t + j]].sort((a, b) => a - b).join(' ');
      uses.set(edge, (uses.get(edge) ?? 0) + 1);
    }
  }
  return [...uses.values()];
}

test('a ball comes out closed, with its volume, and facing outwards', async () => {
  const surface = await surfaceNets(ball(3), 1);
  expect(new Set(edgeUses(surface))).toEqual(new Set([2]));
  const volume = (4 / 3) * Math.PI * 27;
  // Vertices are means of crossings, so a ball of three voxels loses an eighth.
  expect(enclosed(surface)).toBeGreaterThan(0.85 * volume);
  expect(enclosed(surface)).toBeLessThan(1.02 * volume);
  for (let i = 0; i < surface.points.length; i += 3) {
    const out = [0, 1, 2].map((axis) => surface.points[i + axis] - [5, 4.5, 4][axis]);
    const cosine = [0, 1, 2].reduce((sum, axis) => sum + out[axis] * surface.normals[i + axis], 0) / Math.hypot(...out);
    expect(cosine).toBeGreaterThan(0.9);
  }
});

test('what reaches the rim is closed there', async () => {
  const surface = await surfaceNets({ shape: [2, 2, 2], values: new Float32Array(8).fill(1) }, 0.5);
  expect(new Set(edgeUses(surface))).toEqual(new Set([2]));
  expect(enclosed(surface)).toBeGreaterThan(0);
});

test('nothing above the level is no surface', async () => {
  expect((await surfaceNets({ shape: [2, 2, 2], values: new Float32Array(8) }, 0.5)).triangles).toHaveLength(0);
});

test('a coarse field holds the share of wanted voxels in each block, also in the last, narrower ones', async () => {
  const labels = Uint8Array.of(1, 1, 0, 2, 1, 1, 0, 0, 0, 0, 2, 2);
  const field = await coarseField(labels, [1, 3, 4], [1, 2, 3], (label) => label === 1);
  expect(field.shape).toEqual([1, 2, 2]);
  expect([...field.values].map((share) => +share.toFixed(3))).toEqual([0.667, 0, 0, 0]);
});
