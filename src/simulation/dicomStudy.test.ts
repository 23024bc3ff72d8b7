import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openFiles } from '../formats/openFiles.ts';
import type { DicomSeries, SourceFile } from '../formats/series.ts';
import { readingDirection, type Volume } from '../volume/grid.ts';
import { writeDicomStudy, type DicomStudyOptions } from './dicomStudy.ts';

/** HU = 100 z + y + x - 500 on 30 slices of 8 x 10. */
const grid = {
  shape: [30, 8, 10],
  spacingMm: [3, 0.75, 0.7],
  originMm: [-3, -2, -50],
  direction: readingDirection,
} as const;
const hu = Int16Array.from(
  { length: 2400 },
  (_, i) => 100 * Math.floor(i / 80) + (Math.floor(i / 10) % 8) + (i % 10) - 500,
);
const volume: Volume = { grid, hu };

async function open(options: DicomStudyOptions): Promise<DicomSeries> {
  const opened = await openFiles(writeDicomStudy(volume, options));
  expect(opened.problems).toEqual([]);
  expect(opened.series).toHaveLength(1);
  expect(opened.series[0].source).toBe('dicom');
  return opened.series[0] as DicomSeries;
}

test('every slice lies where it was, its values are the volume’s', async () => {
  const series = await open({});
  expect(series.patient.name).toBe('Sample Phantom');
  expect(series.modality).toBe('CT');
  expect(series.frames.map(({ positionMm }) => positionMm)).toEqual(
    Array.from({ length: 30 }, (_, z) => [-3, -2, -50 + 3 * z]),
  );
  expect(series.frames[7]).toMatchObject({
    orientation: { row: [1, 0, 0], column: [0, 1, 0] },
    pixelSpacingMm: [0.75, 0.7],
    rescale: { slope: 1, intercept: -1024 },
  });
  const bytes = await series.files[series.frames[7].file].data.arrayBuffer();
  const stored = new Uint16Array(bytes.slice(bytes.byteLength - 160));
  expect([...stored].map((value) => value - 1024)).toEqual([...hu.subarray(560, 640)]);
});

test('slices are left out, repeated and turned round as asked', async () => {
  const positions = (series: DicomSeries) => series.frames.map(({ positionMm }) => (positionMm![2] + 50) / 3);
  expect(positions(await open({ slices: [5, 4, 2, 2] }))).toEqual([5, 4, 2, 2]);
});

test('a tilted gantry: slices lean and show what lies in their planes', async () => {
  const { frames, files } = await open({ tiltDegrees: 20 });
  const [cos, sin] = [Math.cos(Math.PI / 9), Math.sin(Math.PI / 9)];
  expect(frames[3].gantryTiltDegrees).toBe(20);
  frames[3].orientation!.column.forEach((value, axis) => expect(value).toBeCloseTo([0, cos, sin][axis], 5));
  const bytes = await files[frames[15].file].data.arrayBuffer();
  const stored = new Uint16Array(bytes.slice(bytes.byteLength - 160));
  /** Row 5 lies 1.5 rows behind the middle: 1.5 * 0.75 * sin(20 deg) / 3 slices up, 3.5 + 1.5 cos(20 deg) rows back. */
  const expected = 100 * (15 + (1.5 * 0.75 * sin) / 3) + 3.5 + 1.5 * cos + 2 - 500;
  expect(stored[52] - 1024).toBeCloseTo(expected, -0.5);
});

test('an enhanced multi-frame file holds the same slices', async () => {
  const series = await open({ multiFrame: true });
  expect(series.files).toHaveLength(1);
  expect(series.frames).toHaveLength(30);
  expect(series.frames[9].positionMm).toEqual([-3, -2, -23]);
});

const validator = '/usr/bin/dciodvfy';
test.skipIf(!existsSync(validator))(
  'the standard’s rules are kept (dciodvfy of dicom3tools; skipped where absent)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dicom-'));
    for (const options of [{}, { tiltDegrees: 10 }, { multiFrame: true }])
      expect(await objections(writeDicomStudy(volume, options)[0], folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  },
);

async function objections(file: SourceFile, folder: string): Promise<string[]> {
  const path = join(folder, file.name);
  writeFileSync(path, new Uint8Array(await file.data.arrayBuffer()));
  const said = execFileSync('sh', ['-c', '"$0" "$1" 2>&1 || true', validator, path], { encoding: 'utf8' });
  return said.split('\n').filter((line) => /^(Error|Warning)/.test(line));
}
