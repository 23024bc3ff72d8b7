/** Masks and evidence as vtk surfaces in the frame that rendering.ts shows the volume in. */
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray.js';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData.js';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor.js';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper.js';
import { lpsToVoxel, voxelToLps } from '../volume/grid.ts';
import type { Grid, Shape } from '../volume/grid.ts';
import { coarseField } from './coarseField.ts';
import type { EvidenceMap, LesionMap } from './contract.ts';
import { surfaceNets, type Surface } from './surfaceNets.ts';

export interface Look {
  readonly colour: readonly [red: number, green: number, blue: number];
  readonly opacity: number;
}

/** A surface that follows a mask to about this many millimetres is as fine as a pane can show. */
export function blockFor(grid: Grid, finestMm: number): Shape {
  const along = (axis: 0 | 1 | 2) => Math.max(1, Math.round(finestMm / grid.spacingMm[axis]));
  return [along(0), along(1), along(2)];
}

/** @returns null where nothing is wanted */
export async function maskActor(
  map: LesionMap,
  finestMm: number,
  wanted: (label: number) => boolean,
  look: Look,
): Promise<vtkActor | null> {
  const block = blockFor(map.grid, finestMm);
  const surface = surfaceNets(await coarseField(map.labels, map.grid.shape, block, wanted), 0.5);
  // Sample n of the coarse field is the middle of its block.
  const place = (axis: 0 | 1 | 2) => (n: number) =>
    (n * block[axis] + (block[axis] - 1) / 2) * map.grid.spacingMm[axis];
  const [z, y, x] = [place(0), place(1), place(2)];
  return actorOf(surface, look, (point) => [x(point[0]), y(point[1]), z(point[2])]);
}

/** The surface at one value of the evidence. */
export function evidenceActor(map: EvidenceMap, level: number, study: Grid, look: Look): vtkActor | null {
  const surface = surfaceNets({ shape: map.grid.shape, values: map.values }, level);
  return actorOf(surface, look, ([x, y, z]) => {
    const voxel = lpsToVoxel(study, voxelToLps(map.grid, [z, y, x]));
    return [voxel[2] * study.spacingMm[2], voxel[1] * study.spacingMm[1], voxel[0] * study.spacingMm[0]];
  });
}

type Point = readonly [x: number, y: number, z: number];

function actorOf({ points, normals, triangles }: Surface, look: Look, place: (point: Point) => Point): vtkActor | null {
  if (triangles.length === 0) return null;
  const placed = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 3) placed.set(place([points[i], points[i + 1], points[i + 2]]), i);
  const cells = new Uint32Array((triangles.length / 3) * 4);
  for (let from = 0, to = 0; from < triangles.length; from += 3, to += 4) {
    cells[to] = 3;
    cells.set(triangles.subarray(from, from + 3), to + 1);
  }
  const data = vtkPolyData.newInstance();
  data.getPoints().setData(placed, 3);
  data.getPolys().setData(cells);
  data.getPointData().setNormals(vtkDataArray.newInstance({ name: 'Normals', values: normals, numberOfComponents: 3 }));
  const mapper = vtkMapper.newInstance({ scalarVisibility: false });
  mapper.setInputData(data);
  const actor = vtkActor.newInstance();
  actor.setMapper(mapper);
  const property = actor.getProperty();
  property.setColor(...look.colour);
  property.setOpacity(look.opacity);
  property.setAmbient(0.15);
  property.setDiffuse(0.85);
  property.setSpecular(0.15);
  property.setSpecularPower(12);
  return actor;
}

/** Gives back the actor's buffers. */
export function releaseActor(actor: vtkActor): void {
  const mapper = actor.getMapper();
  mapper?.getInputData()?.delete();
  mapper?.delete();
  actor.delete();
}
