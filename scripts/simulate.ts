/** npm run simulate -- --study FOLDER [--seed N] [--disease covid19|cap|none]: the sample study as DICOM files
 *  npm run simulate -- --statistics 20: what so many planted studies of each class measure
 *  npm run simulate -- --sheet OUT.png [--seed N]: slices with simulated lesions among slices with real ones, in mixed
 *  order; which is which is printed, so that one can guess first. Needs the reference data beside the checkout. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readNifti, volumeOfNifti, type NiftiImage } from '../src/formats/nifti.ts';
import { rimMm } from '../src/findings/findings.ts';
import { measure } from '../src/findings/measure.ts';
import { segmentLungs } from '../src/lungs/segmentLungs.ts';
import { plantLesions } from '../src/simulation/lesions.ts';
import { makePhantom } from '../src/simulation/phantom.ts';
import { uniform, type Random } from '../src/volume/random.ts';
import { writePng } from './png.ts';
import { writeSampleStudy } from './sampleFolder.ts';
import { sharedPath } from './shared.ts';

const { values } = parseArgs({
  options: {
    sheet: { type: 'string' },
    study: { type: 'string' },
    statistics: { type: 'string' },
    seed: { type: 'string', default: '3' },
    disease: { type: 'string', default: 'covid19' },
  },
});
const seed = Number(values.seed);

async function writeStudy(folder: string): Promise<void> {
  const { disease } = values;
  if (disease !== 'covid19' && disease !== 'cap' && disease !== 'none') throw new Error(`Unknown disease ${disease}.`);
  console.log(`${await writeSampleStudy(folder, { seed, disease })} files in ${folder}`);
}

/** On the phantom of the tests. */
function printStatistics(studies: number): void {
  const host = makePhantom({ seed: 2, pixels: 144, pixelMm: 2.5, sliceMm: 5 });
  for (const disease of ['covid19', 'cap'] as const) {
    const findings = [];
    const hu: number[][] = [[], []];
    for (let i = 0; i < studies; i++) {
      const { volume, lesions } = plantLesions(host, disease, uniform(1000 + i));
      findings.push(measure(volume, host.lungs, { grid: volume.grid, labels: lesions }).findings);
      lesions.forEach((label, voxel) => label > 0 && hu[label - 1].push(volume.hu[voxel]));
    }
    const mean = (figures: readonly number[]) => figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
    const rim = findings[0].peripheral.thicknessMm.indexOf(rimMm);
    console.log(disease, {
      lesions: mean(findings.map(({ lungs }) => lungs.both.lesionCount)),
      lesionVolumeRatio: mean(findings.map(({ lungs }) => lungs.both.lesionVolumeRatio)),
      peripheralRatio: mean(findings.flatMap(({ peripheral }) => peripheral.ratio?.[rim] ?? [])),
      spreadMm: mean(findings.flatMap(({ centreSpreadMm }) => centreSpreadMm ?? [])),
      medianHu: hu.map((all) => Int16Array.from(all).sort()[all.length >> 1]),
    });
  }
}

/** A slice with its lung in the middle, tileMm wide, at tilePixels across; lung window. */
interface Tile {
  readonly caption: string;
  readonly pixels: Uint8Array;
}

const [tileMm, tilePixels] = [330, 360];
const [levelHu, widthHu] = [-550, 1400];
const columns = 4;

async function writeSheet(path: string): Promise<void> {
  const real = ['rad04', 'rad36', 'rad40', 'rad10thick'];
  const hosts = ['covidctmd_normal002', 'lungdx_a0001', 'acrinflt_013', 'lungdx_a0002'];
  const random = uniform(seed);
  const tiles: Tile[] = [];
  for (const name of real) tiles.push(...(await realTiles(name)));
  for (const name of hosts) tiles.push(...(await simulatedTiles(name, random)));
  shuffle(tiles, random);
  await writeFile(path, paintSheet(tiles));
  tiles.forEach(({ caption }, i) =>
    console.log(`row ${Math.floor(i / columns) + 1}, ${(i % columns) + 1}: ${caption}`),
  );
}

async function readShared(path: string): Promise<NiftiImage> {
  const found = sharedPath(`data/${path}`);
  if (!found) throw new Error(`The sheet needs ../shared/data/${path}.`);
  const image = await readNifti(new Uint8Array(await readFile(found)));
  if (image.kind === 'refused') throw new Error(`${path}: ${image.message}`);
  return image;
}

async function realTiles(name: string): Promise<Tile[]> {
  const image = await readShared(`lesion_volumes/${name}_ct.nii.gz`);
  const lesions = await readShared(`lesion_volumes/${name}_lesion.nii.gz`);
  return pickTiles(image, lesions.values, `real, ${name}`);
}

async function simulatedTiles(name: string, random: Random): Promise<Tile[]> {
  const image = await readShared(`training/${name}.nii.gz`);
  const volume = volumeOfNifti(image);
  const found = segmentLungs(volume);
  if (found.kind === 'none') throw new Error(`${name}: ${found.message}`);
  const disease = random() < 0.6 ? 'covid19' : 'cap';
  const planted = plantLesions({ volume, lungs: found.lungs }, disease, random);
  const patterns = planted.planted.map(({ pattern }) => pattern).join(', ');
  const withDisease = { ...image, values: planted.volume.hu };
  return pickTiles(withDisease, planted.lesions, `simulated ${disease} on ${name}: ${patterns}`);
}

/** The slice with most lesion, and the one with most of it a tenth of the stack away. */
function pickTiles(image: NiftiImage, lesions: ArrayLike<number>, caption: string): Tile[] {
  const [depth, rows, width] = image.grid.shape;
  const area = new Array<number>(depth).fill(0);
  for (let i = 0; i < lesions.length; i++) if (lesions[i] > 0) area[Math.floor(i / (rows * width))]++;
  const largest = (allowed: (z: number) => boolean) =>
    area.reduce((best, value, z) => (allowed(z) && (best < 0 || value > area[best]) ? z : best), -1);
  const first = largest(() => true);
  const second = largest((z) => Math.abs(z - first) > depth / 10);
  return [first, second].map((z) => ({ caption: `${caption} (slice ${z + 1})`, pixels: paintTile(image, z) }));
}

function paintTile({ grid, values: hu }: NiftiImage, z: number): Uint8Array {
  const [, rows, width] = grid.shape;
  const [, sy, sx] = grid.spacingMm;
  const pixels = new Uint8Array(tilePixels * tilePixels);
  for (let i = 0; i < pixels.length; i++) {
    const mm = (pixel: number) => ((pixel + 0.5) / tilePixels - 0.5) * tileMm;
    const y = rows / 2 + mm(Math.floor(i / tilePixels)) / sy - 0.5;
    const x = width / 2 + mm(i % tilePixels) / sx - 0.5;
    if (y < 0 || x < 0 || y >= rows - 1 || x >= width - 1) continue;
    const [y0, x0] = [Math.floor(y), Math.floor(x)];
    const at = (z * rows + y0) * width + x0;
    const top = hu[at] + (x - x0) * (hu[at + 1] - hu[at]);
    const bottom = hu[at + width] + (x - x0) * (hu[at + width + 1] - hu[at + width]);
    const value = top + (y - y0) * (bottom - top);
    pixels[i] = Math.min(255, Math.max(0, ((value - levelHu) / widthHu + 0.5) * 255));
  }
  return pixels;
}

function shuffle(tiles: Tile[], random: Random): void {
  for (let i = tiles.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [tiles[i], tiles[j]] = [tiles[j], tiles[i]];
  }
}

function paintSheet(tiles: readonly Tile[]): Uint8Array {
  const width = columns * tilePixels;
  const height = Math.ceil(tiles.length / columns) * tilePixels;
  const sheet = new Uint8Array(width * height);
  tiles.forEach(({ pixels }, k) => {
    const corner = Math.floor(k / columns) * tilePixels * width + (k % columns) * tilePixels;
    for (let y = 0; y < tilePixels; y++)
      sheet.set(pixels.subarray(y * tilePixels, (y + 1) * tilePixels), corner + y * width);
  });
  return writePng(width, height, sheet);
}

if (values.statistics) printStatistics(Number(values.statistics));
else if (values.study) await writeStudy(values.study);
else if (values.sheet) await writeSheet(values.sheet);
else throw new Error('Say --study FOLDER, --sheet OUT.png or --statistics COUNT.');
