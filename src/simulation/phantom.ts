/** A simulated chest whose lungs are known: body wall, bones, heart, vessels, airways, lungs, the upper abdomen, the
 *  table and the noise of a scanner. Different seeds are different people. */
import { readingDirection, voxelCount, type Grid, type Mask, type Shape, type Volume } from '../volume/grid.ts';
import { drawSeed, uniform, type Random } from '../volume/random.ts';
import { abdomenHu } from './abdomen.ts';
import { noiseLike } from './hostNoise.ts';
import type { PointMm } from './lungSpace.ts';
import { smoothStep, valueNoise, type Field } from './smoothNoise.ts';
import {
  bodyOutline,
  heartLevel,
  type Region,
  cavity,
  diaphragm,
  drawThorax,
  heartOval,
  mediastinum,
  outsideMediastinum,
  ovalLevel,
  type Thorax,
} from './thorax.ts';
import { airways, bones, greatVessels, hila, vertebraMm } from './thoraxTubes.ts';
import { drawTube, traceTube, type Tube } from './tubes.ts';
import { growTree, type Branch } from './vesselTree.ts';

export interface PhantomOptions {
  readonly seed: number;
  /** Rows and columns. */
  readonly pixels?: number;
  readonly pixelMm?: number;
  readonly sliceMm?: number;
  /** From where to where along z: -52 (below the lungs) to 262 (above them) shows a whole chest. */
  readonly rangeMm?: readonly [from: number, to: number];
  /** Standard deviation of the noise in the middle of the chest. */
  readonly noiseHu?: number;
}

export interface Phantom {
  readonly volume: Volume;
  /** 1 right, 2 left; without trachea, main bronchi and the vessels of the hila. */
  readonly lungs: Mask;
}

export const chestRangeMm = [-52, 262] as const;
/** Nothing of the lungs reaches down here. */
export const abdomenRangeMm = [-260, -75] as const;

const airHu = -1000;
const [skinHu, fatHu, muscleHu] = [5, -104, 54];
const skinMm = 1.8;
/** The patient lies a little above the middle of the field, so that the table is in it. */
const liftMm = 14;
/** The lungs end here. */
const apexMm = 252;

export function makePhantom(options: PhantomOptions): Phantom {
  const { seed, pixels = 512, pixelMm = 0.72, sliceMm = 3, rangeMm = chestRangeMm, noiseHu = 17 } = options;
  const random = uniform(seed);
  const thorax = drawThorax(random, drawSeed(random));
  const shape: Shape = [Math.floor((rangeMm[1] - rangeMm[0]) / sliceMm) + 1, pixels, pixels];
  const half = ((pixels - 1) / 2) * pixelMm;
  const firstMm: PointMm = [rangeMm[0], liftMm - half, -half];
  const grid: Grid = {
    shape,
    spacingMm: [sliceMm, pixelMm, pixelMm],
    originMm: [firstMm[2], firstMm[1], firstMm[0]],
    direction: readingDirection,
  };
  const scene: Scene = {
    thorax,
    grid,
    firstMm,
    dome: domeMap(thorax, grid, firstMm),
    hu: new Int16Array(voxelCount(shape)).fill(airHu),
    lungs: new Uint8Array(voxelCount(shape)),
    clouds: valueNoise(22, drawSeed(random)),
    strands: valueNoise(8, drawSeed(random)),
  };
  for (let z = 0; z < shape[0]; z++) paintSlice(scene, z);
  drawLungTrees(scene, random);
  for (const tube of [...greatVessels(), ...bones(thorax)]) drawTube(scene.hu, tube, grid, firstMm);
  drawAirways(scene);
  clearHila(scene);
  scan(scene, noiseHu, random);
  return { volume: { grid, hu: scene.hu }, lungs: { grid, labels: scene.lungs } };
}

interface Scene {
  readonly thorax: Thorax;
  readonly grid: Grid;
  /** Of voxel [0, 0, 0], in the thorax's millimetres. */
  readonly firstMm: PointMm;
  /** Height of the diaphragm at each row and column. */
  readonly dome: Float32Array;
  readonly hu: Int16Array;
  readonly lungs: Uint8Array;
  readonly clouds: Field;
  readonly strands: Field;
}

function domeMap(thorax: Thorax, grid: Grid, firstMm: PointMm): Float32Array {
  const [, rows, columns] = grid.shape;
  const [, sy, sx] = grid.spacingMm;
  return Float32Array.from({ length: rows * columns }, (_, i) =>
    diaphragm(thorax, firstMm[1] + Math.floor(i / columns) * sy, firstMm[2] + (i % columns) * sx),
  );
}

function paintSlice({ thorax, grid, firstMm, dome, hu, lungs, clouds, strands }: Scene, iz: number): void {
  const [, rows, columns] = grid.shape;
  const [sz, sy, sx] = grid.spacingMm;
  const z = firstMm[0] + iz * sz;
  const body = bodyOutline(thorax, z);
  const inner = cavity(thorax, z);
  const blobs = mediastinum(thorax, z);
  const heart = heartOval(thorax, z);
  const spine = vertebra(z);
  /** Beyond these no part of the mediastinum lies, however the ovals run together. */
  const low = Math.min(...blobs.map((blob) => blob.x - blob.halfWidth)) - 12;
  const high = Math.max(...blobs.map((blob) => blob.x + blob.halfWidth)) + 12;
  for (let iy = 0, i = iz * rows * columns; iy < rows; iy++)
    for (let ix = 0; ix < columns; ix++, i++) {
      const y = firstMm[1] + iy * sy;
      const x = firstMm[2] + ix * sx;
      const level = ovalLevel(body, y, x);
      const fromMiddle = Math.sqrt(y * y + x * x);
      const depth = level === 0 ? 99 : fromMiddle * (1 / level - 1);
      if (depth < 0) {
        if (thorax.breasts && inBreast(thorax, z, y, x)) hu[i] = breastHu(strands(z, y, x));
        else hu[i] = tableHu(y - body.back, x);
        continue;
      }
      if (depth < skinMm) {
        hu[i] = skinHu;
        continue;
      }
      const bony = spine(y, x);
      if (bony !== null) {
        hu[i] = bony + 14 * clouds(2 * z, 2 * y, 2 * x);
        continue;
      }
      const cavityLevel = ovalLevel(inner, y, x);
      if (cavityLevel >= 1) {
        hu[i] = wallHu(thorax, z, y, x, depth, Math.hypot(y - inner.y, x) * (1 - 1 / cavityLevel), strands);
        continue;
      }
      const aside = x < low || x > high ? 60 : outsideMediastinum(blobs, y, x);
      const above = z - dome[i % (rows * columns)];
      if (aside >= 0 && above >= 0 && z < apexMm) {
        lungs[i] = x < 0 ? 1 : 2;
        hu[i] = lungHu(z, y, x, clouds, sz);
      } else if (above < 0 && (aside >= 0 || above < -12)) {
        hu[i] = above > -2.5 ? muscleHu : abdomenHu(z, y, x, above, strands, clouds);
      } else {
        hu[i] = mediastinumHu(heart, y, x, z, strands);
      }
    }
}

/** Healthy lung, denser towards the back where it lies lower, with a thin oblique fissure. */
function lungHu(z: number, y: number, x: number, clouds: Field, sliceMm: number): number {
  const flat = 175 - 1.18 * (85 - y) - (x < 0 ? 6 : 0);
  const near = Math.abs(z - flat) < 20;
  const off = near ? Math.abs(z - flat - 5 * clouds(50, y / 3, x / 3)) / 1.55 : Infinity;
  const fissure = Math.max(0, 1 - off / (0.4 + 0.35 * sliceMm)) * (0.7 / (0.7 + 0.3 * sliceMm));
  return -872 + 0.28 * y + 9 * clouds(z, y, x) + 130 * fissure;
}

/** Fat under the skin, then muscles in sheets with fat between them, here and there. */
function wallHu(
  thorax: Thorax,
  z: number,
  y: number,
  x: number,
  depth: number,
  offCavity: number,
  strands: Field,
): number {
  const side = Math.abs(x) / (Math.abs(x) + Math.abs(y) + 1);
  const fat = thorax.fatMm * (0.6 + 0.7 * side) * (y > 40 ? 0.8 : 1);
  const ripple = thorax.ripple(z, y, x);
  const texture = strands(z, y, x);
  if (depth < fat * (1 + 0.15 * ripple)) return fatHu + 6 * texture + (texture > 1.7 ? 45 : 0);
  if (offCavity < 1.5) return fatHu + 50;
  const outer = Math.abs(offCavity - 13 - 3 * ripple) < 0.9 + 0.9 * texture;
  const within = offCavity > 14 && Math.abs(thorax.ripple(1.3 * z + 500, y, 1.6 * x)) < 0.05 + 0.04 * ripple;
  return outer || within ? fatHu + 20 + 8 * texture : muscleHu + 5 * texture;
}

function mediastinumHu(heart: Region | null, y: number, x: number, z: number, strands: Field): number {
  if (heart) {
    const level = heartLevel(heart, y, x);
    if (level < 1) {
      /** Fat in the grooves of the surface, blood a little darker than the wall. */
      if (level > 0.86 && strands(z / 2, y / 2, x / 2) > 0.9) return -70;
      return level < 0.78 ? 40 : 47;
    }
  }
  const texture = strands(z, y, x);
  return texture > 1.55 ? 30 : -92 + 8 * texture;
}

/** Vertebral body, disc and canal; null beside them. */
function vertebra(z: number): (y: number, x: number) => number | null {
  const phase = ((((z - 240) / vertebraMm) % 1) + 1.5) % 1;
  const disc = Math.abs(phase - 0.5) > 0.36;
  const waist = 1 - 0.1 * Math.cos(2 * Math.PI * (phase - 0.5));
  const middle = 64 + 4 * smoothStep(120, 240, z);
  return (y, x) => {
    const u = x / (17.5 * waist);
    const v = (y - middle) / (14 * waist);
    const level = Math.sqrt(u * u + v * v - 0.3 * Math.min(1, u * u) * Math.min(1, v * v));
    if (level < 1) return disc ? 85 : level > 0.88 ? 430 : 170;
    const canal = Math.hypot(x / 9.5, (y - middle - 22.5) / 8.5);
    if (canal < 1) return canal < 0.6 ? 38 : 8;
    return null;
  };
}

function inBreast({ size, fatMm }: Thorax, z: number, y: number, x: number): boolean {
  const u = (Math.abs(x) - 72 * size) / 62;
  const v = (y + (96 * size + fatMm) * 0.86) / 42;
  const w = (z - 92) / 62;
  return u * u + v * v + w * w < 1;
}

const breastHu = (texture: number) => (texture > 0.75 ? 20 : fatHu);

/** A thin shell, bent upwards at the sides, with foam inside. */
function tableHu(behind: number, x: number): number {
  if (Math.abs(x) > 212) return airHu;
  const depth = behind - 5 + 0.00055 * x * x;
  if (depth < 0 || depth > 26) return airHu;
  return depth < 1.6 || depth > 24.4 ? -120 : -965;
}

/** Arteries with their bronchi, and veins, from the hila to points strewn over each lung. */
function drawLungTrees(scene: Scene, random: Random): void {
  const { grid, firstMm, hu, lungs } = scene;
  for (const [lung, side] of [
    ['right', -1],
    ['left', 1],
  ] as const) {
    const own = uniform(drawSeed(random));
    const arteries = growTree(hila.artery[lung], strewn(scene.thorax, side, 950, own), 7.2, own);
    const veins = growTree(hila.vein[lung], strewn(scene.thorax, side, 650, own), 6.2, own);
    const tubes = [...arteries, ...veins].map((branch): Tube => ({ ...branch, hu: 42 }));
    for (const tube of [...tubes, ...bronchiBeside(arteries, side)])
      traceTube(tube, grid, firstMm, (i, share) => {
        if (lungs[i] !== 0) hu[i] += Math.round(share * (tube.hu - hu[i]));
      });
  }
}

/** Wall and lumen beside each artery wide enough for its bronchus to be seen. */
function bronchiBeside(arteries: readonly Branch[], side: number): Tube[] {
  const wide = arteries.filter(({ radiusMm }) => radiusMm > 1.9);
  const beside = (at: PointMm, radius: number): PointMm => [
    at[0] + 0.5 * radius,
    at[1] + 1.3 * radius,
    at[2] - side * 1.4 * radius,
  ];
  const tube = ({ from, to, radiusMm, endRadiusMm }: Branch, share: number, extra: number, hu: number): Tube => ({
    from: beside(from, radiusMm),
    to: beside(to, endRadiusMm),
    radiusMm: share * radiusMm + extra,
    endRadiusMm: share * endRadiusMm + extra,
    hu,
  });
  return [...wide.map((branch) => tube(branch, 0.6, 0.6, -200)), ...wide.map((branch) => tube(branch, 0.6, 0, airHu))];
}

/** Points of a lung, not quite at its border. */
function strewn(thorax: Thorax, side: number, count: number, random: Random): PointMm[] {
  const points: PointMm[] = [];
  for (let tries = 0; points.length < count && tries < 200 * count; tries++) {
    const z = -50 + 310 * random();
    const y = -110 + 220 * random();
    const x = side * 150 * random();
    const oval = cavity(thorax, z);
    const level = ovalLevel(oval, y, x);
    if (level >= 1 || Math.hypot(y - oval.y, x) * (1 / level - 1) < 4) continue;
    if (z - diaphragm(thorax, y, x) < 4 || outsideMediastinum(mediastinum(thorax, z), y, x) < 4) continue;
    points.push([z, y, x]);
  }
  return points;
}

function drawAirways({ hu, lungs, grid, firstMm }: Scene): void {
  for (const tube of airways()) {
    drawTube(hu, tube, grid, firstMm);
    traceTube(tube, grid, firstMm, (i) => (lungs[i] = 0));
  }
}

/** Great vessels that bulge into the lungs belong to the hila. */
function clearHila({ lungs, grid, firstMm }: Scene): void {
  for (const tube of greatVessels())
    if (tube.radiusMm > 4.5) traceTube(tube, grid, firstMm, (i, share) => share > 0.5 && (lungs[i] = 0));
}

/** What the scanner adds: blur within the slice, and noise with the grain of a filtered back projection, stronger where
 *  shoulders stand in the way. */
function scan({ hu, grid, firstMm }: Scene, noiseHu: number, random: Random): void {
  const [depth, rows, columns] = grid.shape;
  blurSlices(hu, grid);
  const tile = noiseLike({ inPlane: [1, 0.45, 0.02, -0.08, -0.04], alongZ: [1, 0.18] }, random);
  for (let z = 0, i = 0; z < depth; z++) {
    const strength = noiseHu * (1 + 0.7 * smoothStep(200, 250, firstMm[0] + z * grid.spacingMm[0]));
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++, i++)
        hu[i] = Math.min(3071, Math.max(-1024, hu[i] + strength * (hu[i] < -950 ? 0.6 : 1) * tile.at(z, y, x)));
  }
}

/** Of a smooth kernel: in plane, standard deviation. */
const blurMm = 0.5;

/** Three taps along rows and columns, with the variance of the scanner's blur as far as three taps can have it. */
function blurSlices(hu: Int16Array, { shape: [depth, rows, columns], spacingMm: [, pixelMm] }: Grid): void {
  const side = Math.min(0.25, (blurMm / pixelMm) ** 2 / 2);
  const line = new Int16Array(Math.max(rows, columns));
  const blur = (start: number, stride: number, length: number) => {
    for (let i = 0; i < length; i++) line[i] = hu[start + i * stride];
    for (let i = 1; i < length - 1; i++) {
      const middle = line[i];
      hu[start + i * stride] = middle + side * (line[i - 1] + line[i + 1] - 2 * middle);
    }
  };
  for (let z = 0; z < depth; z++) {
    const slice = z * rows * columns;
    for (let y = 0; y < rows; y++) blur(slice + y * columns, 1, columns);
    for (let x = 0; x < columns; x++) blur(slice + x, columns, rows);
  }
}
