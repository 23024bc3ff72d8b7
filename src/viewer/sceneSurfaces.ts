/** Masks and evidence as vtk surfaces in the frame that rendering.ts shows the volume in. */
import vtkDataArray from '@kitware/vtk.js/Common/Core/DataArray.js';
import vtkPolyData from '@kitware/vtk.js/Common/DataModel/PolyData.js';
import vtkActor from '@kitware/vtk.js/Rendering/Core/Actor.js';
import vtkMapper from '@kitware/vtk.js/Rendering/Core/Mapper.js';
import { lpsToVoxel, voxelToLps } from '../volume/grid.ts';
import type { Grid, Shape, Volume } from '../volume/grid.ts';
import { coarseField } from './coarseField.ts';
import type { EvidenceMap, LesionMap } from './contract.ts';
import { surfaceNets, type Surface } from './surfaceNets.ts';
import { vesselField, vesselLevel } from './vesselField.ts';

export interface Look {
  readonly colour: readonly [red: number, green: number, blue: number];
  readonly opacity: number;
}

type Point = readonly [x: number, y: number, z: number];

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
  const surface = await surfaceNets(await coarseField(map.labels, map.grid.shape, block, wanted), 0.5);
  return actorOf(surface, look, blockPlace(map.grid, block));
}

/** What is dense in the lungs and no lesion, thinned to about this many millimetres.
 *  @returns null where nothing is */
export async function vesselActor(
  volume: Volume,
  lungs: LesionMap,
  lesions: LesionMap | null,
  finestMm: number,
  look: Look,
): Promise<vtkActor | null> {
  const block = blockFor(volume.grid, finestMm);
  const surface = await surfaceNets(await vesselField(volume, lungs, lesions, block), vesselLevel);
  return actorOf(surface, look, blockPlace(volume.grid, block));
}

/** Millimetres of a point of a coarse field: its sample n is the middle of its block. */
function blockPlace({ spacingMm }: Grid, block: Shape): (point: Point) => Point {
  const place = (n: number, axis: 0 | 1 | 2) => (n * block[axis] + (block[axis] - 1) / 2) * spacingMm[axis];
  return ([x, y, z]) => [place(x, 2), place(y, 1), place(z, 0)];
}

/** The surface at one value of the evidence. */
export async function evidenceActor(
  map: EvidenceMap,
  level: number,
  study: Grid,
  look: Look,
): Promise<vtkActor | null> {
  const surface = await surfaceNets({ shape: map.grid.shape, values: map.values }, level);
  return actorOf(surface, look, ([x, y, z]) => {
    const voxel = lpsToVoxel(study, voxelToLps(map.grid, [z, y, x]));
    return [voxel[2] * study.spacingMm[2], voxel[1] * study.spacingMm[1], voxel[0] * study.spacingMm[0]];
  });
}

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
