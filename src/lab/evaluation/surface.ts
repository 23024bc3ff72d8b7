/** How far the surfaces of a mask and of the truth lie apart, in two ways that are both in use: by surface elements
 *  (Nikolov et al., arXiv 1809.04430, what the paper's NSD is) and by border voxels. */
import { squaredDistanceMm } from '../../volume/distance.ts';
import type { Shape } from '../../volume/grid.ts';

type SpacingMm = readonly [z: number, y: number, x: number];

/** Everything is null where either mask is empty: undefined, and whoever averages says how it counts. */
export interface SurfaceAgreement {
  /** Share of both surfaces that lies within a tolerance of the other: normalised surface Dice. */
  surfaceDice(toleranceMm: number): number | null;
  /** Mean distance [truth to result, result to truth]. */
  readonly averageMm: readonly [number, number] | null;
  readonly hausdorff95Mm: number | null;
  /** Root of the mean squared distance of border voxels, both directions pooled. */
  readonly rmsdMm: number | null;
}

/** @param truth and result: anything but 0 is inside; what lies outside the picture is not */
export function compareSurfaces(
  truth: Uint8Array,
  result: Uint8Array,
  shape: Shape,
  spacingMm: SpacingMm,
): SurfaceAgreement {
  const isEmpty = (mask: Uint8Array) => !mask.some((value) => value !== 0);
  if (isEmpty(truth) || isEmpty(result)) {
    return { surfaceDice: () => null, averageMm: null, hausdorff95Mm: null, rmsdMm: null };
  }
  const areas = surfaceAreas(spacingMm);
  const [a, b] = [cubeCodes(truth, shape), cubeCodes(result, shape)];
  const cubes: Shape = [shape[0] + 1, shape[1] + 1, shape[2] + 1];
  const fromTruth = elements(a, distancesTo(isSurface(b), cubes, spacingMm), areas);
  const fromResult = elements(b, distancesTo(isSurface(a), cubes, spacingMm), areas);
  return {
    surfaceDice: (toleranceMm) => {
      const near = (side: SurfaceElements) => areaWithin(side, toleranceMm);
      return (near(fromTruth) + near(fromResult)) / (fromTruth.area + fromResult.area);
    },
    averageMm: [meanMm(fromTruth), meanMm(fromResult)],
    hausdorff95Mm: Math.max(percentileMm(fromTruth, 0.95), percentileMm(fromResult, 0.95)),
    rmsdMm: borderRmsd(truth, result, shape, spacingMm),
  };
}

/** For each cube between eight voxel centres which of them are inside: bit 4 dz + 2 dy + dx. One cube more than voxels
 *  along each axis. */
function cubeCodes(mask: Uint8Array, [depth, rows, columns]: Shape): Uint8Array {
  const codes = new Uint8Array((depth + 1) * (rows + 1) * (columns + 1));
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        if (mask[(z * rows + y) * columns + x] === 0) continue;
        for (let corner = 0; corner < 8; corner++) {
          const [dz, dy, dx] = cornerOf(corner);
          codes[((z + 1 - dz) * (rows + 1) + y + 1 - dy) * (columns + 1) + x + 1 - dx] |= 1 << corner;
        }
      }
  return codes;
}

const cornerOf = (corner: number) => [corner >> 2, (corner >> 1) & 1, corner & 1] as const;
const isSurface = (codes: Uint8Array) => codes.map((code) => (code === 0 || code === 255 ? 0 : 1));

function distancesTo(picture: Uint8Array, shape: Shape, spacingMm: SpacingMm): Float32Array {
  return squaredDistanceMm(picture, shape, spacingMm).map(Math.sqrt);
}

interface SurfaceElements {
  /** From near to far. */
  readonly distancesMm: readonly number[];
  readonly areas: readonly number[];
  readonly area: number;
}

function elements(codes: Uint8Array, distances: Float32Array, areas: Float64Array): SurfaceElements {
  const found: (readonly [distance: number, area: number])[] = [];
  codes.forEach((code, i) => {
    if (code !== 0 && code !== 255) found.push([distances[i], areas[code]]);
  });
  found.sort((p, q) => p[0] - q[0]);
  return {
    distancesMm: found.map(([distance]) => distance),
    areas: found.map(([, area]) => area),
    area: found.reduce((sum, [, area]) => sum + area, 0),
  };
}

const areaWithin = ({ distancesMm, areas }: SurfaceElements, toleranceMm: number) =>
  areas.reduce((sum, area, i) => (distancesMm[i] <= toleranceMm ? sum + area : sum), 0);

const meanMm = ({ distancesMm, areas, area }: SurfaceElements) =>
  distancesMm.reduce((sum, distance, i) => sum + distance * areas[i], 0) / area;

function percentileMm({ distancesMm, areas, area }: SurfaceElements, share: number): number {
  let sum = 0;
  for (let i = 0; i < areas.length; i++) {
    sum += areas[i];
    if (sum >= share * area) return distancesMm[i];
  }
  return distancesMm[distancesMm.length - 1];
}

/** Area in mm² of the surface through a cube, for each of its 256 codes: the surface crosses every edge between inside
 *  and outside at its middle, and on a face that it crosses twice it cuts off the corners that are inside. */
export function surfaceAreas(spacingMm: SpacingMm): Float64Array {
  return Float64Array.from({ length: 256 }, (_, code) =>
    surfaceLoops(code).reduce((sum, loop) => sum + polygonArea(loop.map((edge) => middleOf(edge, spacingMm))), 0),
  );
}

/** An edge by its two corners, the lower first. */
type Edge = number;
const edgeBetween = (a: number, b: number): Edge => Math.min(a, b) * 8 + Math.max(a, b);

function middleOf(edge: Edge, spacingMm: SpacingMm): number[] {
  const [a, b] = [cornerOf(edge >> 3), cornerOf(edge & 7)];
  return spacingMm.map((mm, axis) => ((a[axis] + b[axis]) / 2) * mm);
}

/** Corners of the six faces, each in the order around it. */
const faces = [0, 1, 2].flatMap((axis) => {
  const [u, v] = [0, 1, 2].filter((other) => other !== axis).map((other) => 4 >> other);
  return [0, 4 >> axis].map((base) => [base, base + u, base + u + v, base + v]);
});

function surfaceLoops(code: number): Edge[][] {
  const isInside = (corner: number) => ((code >> corner) & 1) === 1;
  const neighbours = new Map<Edge, Edge[]>();
  const join = (a: Edge, b: Edge) => {
    neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
    neighbours.set(b, [...(neighbours.get(b) ?? []), a]);
  };
  for (const face of faces) {
    const edges = face.map((corner, i) => edgeBetween(corner, face[(i + 1) % 4]));
    const crossed = edges.filter((_, i) => isInside(face[i]) !== isInside(face[(i + 1) % 4]));
    if (crossed.length === 2) join(crossed[0], crossed[1]);
    else if (crossed.length === 4) face.forEach((corner, i) => isInside(corner) && join(edges[(i + 3) % 4], edges[i]));
  }
  const loops: Edge[][] = [];
  const left = new Set(neighbours.keys());
  for (const start of neighbours.keys()) {
    if (!left.has(start)) continue;
    const loop: Edge[] = [];
    for (let at: Edge | undefined = start; at !== undefined; at = neighbours.get(at)?.find((next) => left.has(next))) {
      loop.push(at);
      left.delete(at);
    }
    loops.push(loop);
  }
  return loops;
}

/** Of a fan of triangles from the first point. */
function polygonArea(points: readonly number[][]): number {
  const [origin, ...others] = points;
  let area = 0;
  for (let i = 0; i + 1 < others.length; i++) {
    const [p, q] = [others[i], others[i + 1]].map((point) => point.map((value, axis) => value - origin[axis]));
    area += Math.hypot(p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]) / 2;
  }
  return area;
}

function borderRmsd(truth: Uint8Array, result: Uint8Array, shape: Shape, spacingMm: SpacingMm): number {
  const [a, b] = [borderVoxels(truth, shape), borderVoxels(result, shape)];
  let [sum, count] = [0, 0];
  for (const [from, to] of [
    [a, b],
    [b, a],
  ]) {
    const squared = squaredDistanceMm(to, shape, spacingMm);
    from.forEach((value, i) => {
      if (value === 0) return;
      sum += squared[i];
      count++;
    });
  }
  return Math.sqrt(sum / count);
}

/** Voxels with a face towards what is not in the mask, or towards the end of the picture. */
function borderVoxels(mask: Uint8Array, [depth, rows, columns]: Shape): Uint8Array {
  const isInside = (z: number, y: number, x: number) =>
    z >= 0 && y >= 0 && x >= 0 && z < depth && y < rows && x < columns && mask[(z * rows + y) * columns + x] !== 0;
  const border = new Uint8Array(mask.length);
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        if (!isInside(z, y, x)) continue;
        const isInner =
          isInside(z - 1, y, x) &&
          isInside(z + 1, y, x) &&
          isInside(z, y - 1, x) &&
          isInside(z, y + 1, x) &&
          isInside(z, y, x - 1) &&
          isInside(z, y, x + 1);
        if (!isInner) border[(z * rows + y) * columns + x] = 1;
      }
  return border;
}
