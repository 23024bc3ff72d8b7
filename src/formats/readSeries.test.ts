import { expect, test } from 'vitest';
import { voxelToLps, type LpsPoint } from '../volume/grid.ts';
import type { FrameHeader } from './dicom/frameHeader.ts';
import { UnreadablePicture, type DecodeFrame } from './dicom/decodeFrame.ts';
import { readSeries } from './readSeries.ts';
import type { DicomSeries, ReadSeries } from './series.ts';

/** Every place has its own value: air and soft tissue among them, as in a CT. */
const huAt = ([x, y, z]: LpsPoint) => Math.round(7 * x + 4 * y - 5 * z) - 350;

interface Made {
  readonly row: LpsPoint;
  readonly column: LpsPoint;
  /** Of each slice's first pixel. */
  readonly origins: readonly LpsPoint[];
  readonly rows?: number;
  readonly columns?: number;
  readonly spacing?: readonly [number, number];
  readonly change?: (frame: FrameHeader, slice: number) => Partial<FrameHeader>;
}

function seriesOf({ row, column, origins, rows = 20, columns = 24, spacing = [4, 3], change }: Made): DicomSeries {
  const frames = origins.map((positionMm, slice): FrameHeader => {
    const frame: FrameHeader = {
      file: slice,
      frame: 0,
      sopInstanceUid: `1.2.${slice}`,
      imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      instanceNumber: slice + 1,
      acquisition: '1',
      positionMm,
      orientation: { row, column },
      pixelSpacingMm: spacing,
      thicknessMm: 5,
      gantryTiltDegrees: 0,
      rescale: { slope: 1, intercept: -1024 },
      rescaleType: 'HU',
      window: null,
      lossy: false,
      layout: {
        transferSyntax: '1.2.840.10008.1.2.1',
        rows,
        columns,
        samplesPerPixel: 1,
        photometricInterpretation: 'MONOCHROME2',
        planarConfiguration: 0,
        bitsAllocated: 16,
        bitsStored: 16,
        pixelRepresentation: 1,
        numberOfFrames: 1,
      },
    };
    return { ...frame, ...change?.(frame, slice) };
  });
  return {
    source: 'dicom',
    id: 'made',
    patient: { name: '', id: '', birthDate: '', sex: '' },
    study: { instanceUid: '', date: '', description: '' },
    seriesInstanceUid: '1.2',
    seriesNumber: 1,
    description: '',
    modality: 'CT',
    date: '',
    sliceCount: origins.length,
    thicknessMm: 5,
    spacingMm: 5,
    kernel: '',
    manufacturer: '',
    fit: { kind: 'chest-ct', score: 0 },
    files: origins.map((_, i) => ({ name: `${i}.dcm`, data: new Blob([]) })),
    frames,
  };
}

/** What the scanner would have stored: the value of each pixel's own place. */
const decode: DecodeFrame = async (_, { positionMm, orientation, pixelSpacingMm, layout }) => {
  const values = new Int16Array(layout.rows * layout.columns);
  for (let r = 0; r < layout.rows; r++)
    for (let c = 0; c < layout.columns; c++) {
      const place = [0, 1, 2].map(
        (i) =>
          positionMm![i] +
          c * pixelSpacingMm![1] * orientation!.row[i] +
          r * pixelSpacingMm![0] * orientation!.column[i],
      ) as unknown as LpsPoint;
      values[r * layout.columns + c] = huAt(place) + 1024;
    }
  return values;
};

const read = async (series: DicomSeries): Promise<ReadSeries> => {
  const result = await readSeries(series, { decode });
  if (result.kind === 'refused') throw new Error(result.message);
  return result;
};
const refusal = async (made: Made) => {
  const result = await readSeries(seriesOf(made), { decode });
  return result.kind === 'refused' ? result.code : 'was read';
};

/** Largest difference from the truth, away from the volume's border. */
function worstError({ volume: { grid, hu } }: ReadSeries, border: number): number {
  let worst = 0;
  const [depth, rows, columns] = grid.shape;
  for (let z = border; z < depth - border; z++)
    for (let y = border; y < rows - border; y++)
      for (let x = border; x < columns - border; x++) {
        const truth = huAt(voxelToLps(grid, [z, y, x]));
        worst = Math.max(worst, Math.abs(hu[(z * rows + y) * columns + x] - truth));
      }
  return worst;
}

const right: LpsPoint = [1, 0, 0];
const down: LpsPoint = [0, 1, 0];
const stacked = (count: number, at: (slice: number) => LpsPoint) => Array.from({ length: count }, (_, i) => at(i));
const axial = (count = 12, step = 5): Made => ({
  row: right,
  column: down,
  origins: stacked(count, (i) => [-40, -30, step * (i - count / 2)]),
});

const units: LpsPoint[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const negative = ([x, y, z]: LpsPoint): LpsPoint => [0 - x, 0 - y, 0 - z];
const orientations = [0, 1, 2].flatMap((r) =>
  [0, 1, 2]
    .filter((c) => c !== r)
    .flatMap((c) =>
      [0, 1, 2, 3, 4, 5, 6, 7].map((signs) => {
        const sign = (bit: number, unit: LpsPoint) => ((signs >> bit) & 1 ? negative(unit) : unit);
        return { row: sign(0, units[r]), column: sign(1, units[c]), step: sign(2, units[3 - r - c]) };
      }),
    ),
);
const letters = (v: LpsPoint) =>
  ['LR', 'PA', 'HF'][v.findIndex((part) => part !== 0)][v.some((part) => part < 0) ? 1 : 0];

test.each(
  orientations.map((o) => [
    `rows to ${letters(o.row)}, columns to ${letters(o.column)}, slices to ${letters(o.step)}`,
    o,
  ]),
)('%s: every voxel is the one of its place', async (_, { row, column, step }) => {
  // About the middle of the body, and a little off it.
  const origins = stacked(12, (i) => {
    const at = (part: 0 | 1 | 2) => 2 + part - 34 * row[part] - 38 * column[part] + 5 * (i - 6) * step[part];
    return [at(0), at(1), at(2)];
  });
  const result = await read(seriesOf({ row, column, origins }));
  expect(result.volume.grid.direction).toEqual([
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]);
  expect(worstError(result, 0)).toBe(0);
  expect(result.notes.filter(({ severity }) => severity === 'corrected')).toEqual([]);
});

test('the order of the files does not matter', async () => {
  const made = axial();
  const shuffled = [7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 6, 4].map((i) => made.origins[i]);
  expect(worstError(await read(seriesOf({ ...made, origins: shuffled })), 0)).toBe(0);
});

test('a tilted gantry is straightened and named', async () => {
  const t = (-20 * Math.PI) / 180;
  const made: Made = {
    row: right,
    column: [0, Math.cos(t), Math.sin(t)],
    origins: stacked(30, (i) => [-40, -30, 4 * i]),
    rows: 40,
  };
  const result = await read(seriesOf(made));
  expect(result.notes.map(({ code }) => code)).toContain('gantry-tilt');
  expect(result.notes.find(({ code }) => code === 'gantry-tilt')?.message).toMatch(/20\.0°/);
  const { grid } = result.volume;
  expect(grid.direction[0]).toEqual([0, 0, 1]);
  // In the middle of the body every voxel lies within the slices: trilinear is exact for a ramp, to rounding.
  const [depth, rows, columns] = grid.shape;
  const z = Math.floor(depth / 2);
  for (let y = 5; y < rows - 8; y++) {
    const x = Math.floor(columns / 2);
    const hu = result.volume.hu[(z * rows + y) * columns + x];
    expect(Math.abs(hu - huAt(voxelToLps(grid, [z, y, x])))).toBeLessThanOrEqual(1);
  }
});

test('duplicates are dropped, a missing slice and uneven steps are resampled, each is said', async () => {
  const made = axial(14);
  const twice = await read(seriesOf({ ...made, origins: [...made.origins, made.origins[3]] }));
  expect(twice.notes.map(({ code }) => code)).toEqual(['duplicates-dropped']);
  expect([twice.volume.grid.shape[0], worstError(twice, 0)]).toEqual([14, 0]);

  const gap = await read(seriesOf({ ...made, origins: made.origins.filter((_, i) => i !== 6) }));
  expect(gap.notes.map(({ code }) => code)).toEqual(['missing-slices']);
  expect(gap.volume.grid.shape[0]).toBe(14);
  expect(worstError(gap, 1)).toBeLessThanOrEqual(1);

  const uneven = await read(
    seriesOf({ ...made, origins: stacked(14, (i) => [-40, -30, 5 * (i - 7) + (i % 3 === 0 ? 0.5 : 0)]) }),
  );
  expect(uneven.notes.map(({ code }) => code)).toEqual(['uneven-slices']);
  expect(worstError(uneven, 1)).toBeLessThanOrEqual(1);
});

test('places that a header has rounded are those of an even stack', async () => {
  const origins = stacked(60, (i): LpsPoint => [-40, -30, Math.round(12.5 * i) / 10]);
  const result = await read(seriesOf({ ...axial(), origins }));
  expect(result.notes.map(({ code }) => code)).toEqual([]);
  expect(result.volume.grid.spacingMm[0]).toBeCloseTo(1.25, 2);
  expect(worstError(result, 0)).toBeLessThanOrEqual(1);
});

test('where slices are missing, those that are there stay as they are', async () => {
  const made = axial(30, 2);
  const result = await read(seriesOf({ ...made, origins: made.origins.filter((_, i) => i !== 9 && i !== 20) }));
  expect(result.volume.grid.shape[0]).toBe(30);
  expect(result.notes[0].message).toMatch(/^2 slices are missing \(largest gap 4 mm\)/);
  expect(worstError(result, 0)).toBe(0);
});

test('files that are there twice are left out; pictures that differ are not', async () => {
  const made = axial(14);
  const twice = { ...made, origins: [...made.origins, ...made.origins] };
  const copied = await read(
    seriesOf({ ...twice, change: (_, i) => ({ sopInstanceUid: `1.2.${i % 14}`, instanceNumber: i % 14 }) }),
  );
  expect(copied.notes).toEqual([
    { code: 'duplicates-dropped', severity: 'info', message: '14 pictures are copies and were left out.' },
  ]);
  expect(copied.volume.grid.shape[0]).toBe(14);
  // An identifier that all slices share says nothing of copies, and does no harm by itself.
  const shared = () => ({ sopInstanceUid: '1.2.3' });
  expect(await refusal({ ...twice, change: shared })).toBe('overlapping-stacks');
  expect(worstError(await read(seriesOf({ ...made, change: shared })), 0)).toBe(0);
});

test('a stack that lies askew of every axis is resampled along the body', async () => {
  const half = Math.SQRT1_2;
  const row: LpsPoint = [half, half, 0];
  const column: LpsPoint = [half / 2, -half / 2, -Math.sqrt(0.75)];
  const normal: LpsPoint = [-half * Math.sqrt(0.75), half * Math.sqrt(0.75), -0.5];
  const origins = stacked(24, (i): LpsPoint => {
    const at = (part: 0 | 1 | 2) => -36 * row[part] - 38 * column[part] + 4 * (i - 12) * normal[part];
    return [at(0), at(1), at(2)];
  });
  const result = await read(seriesOf({ row, column, origins }));
  expect(result.notes.map(({ code }) => code)).toEqual(['oblique']);
  const { grid, hu } = result.volume;
  expect(grid.direction).toEqual([
    [0, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]);
  let inside = 0;
  const [depth, rows, columns] = grid.shape;
  for (let z = 0; z < depth; z++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) {
        const place = voxelToLps(grid, [z, y, x]);
        if (Math.hypot(...place) > 30) continue;
        inside++;
        expect(Math.abs(hu[(z * rows + y) * columns + x] - huAt(place))).toBeLessThanOrEqual(1);
      }
  expect(inside).toBeGreaterThan(1000);
});

test('slices shifted sideways are put back in line', async () => {
  const origins = stacked(14, (i): LpsPoint => [i === 5 ? -34 : -40, -30, 5 * i]);
  const result = await read(seriesOf({ ...axial(), origins }));
  expect(result.notes.map(({ code }) => code)).toEqual(['shifted-slices']);
  expect(worstError(result, 3)).toBeLessThanOrEqual(1);
});

test('what cannot be one volume is refused with its reason', async () => {
  const made = axial(14);
  const changed = (change: Made['change']) => refusal({ ...made, change });
  expect(await refusal(axial(2))).toBe('too-few-slices');
  expect(await refusal(axial(9, 5))).toBe('too-little-coverage');
  expect(await refusal(axial(10, 5))).toBe('was read');
  expect(await refusal(axial(5, 16))).toBe('slices-too-far-apart');
  expect(await refusal({ ...made, origins: made.origins.filter((_, i) => i < 4 || i > 8) })).toBe('missing-slices');
  expect(await refusal({ ...made, origins: [...made.origins, ...made.origins] })).toBe('overlapping-stacks');
  const second = (part: Partial<FrameHeader>) => (_: FrameHeader, i: number) => (i === 3 ? part : {});
  expect(await changed((_, i) => (i % 4 === 0 ? { positionMm: null } : {}))).toBe('no-position');
  expect(await changed(() => ({ hasModalityTable: true, rescale: null }))).toBe('not-hu');
  expect(await changed(() => ({ hasModalityTable: true }))).toBe('was read');
  expect(await changed(second({ orientation: { row: down, column: right } }))).toBe('mixed-orientation');
  expect(await changed(() => ({ orientation: null }))).toBe('bad-orientation');
  expect(await changed(() => ({ orientation: { row: right, column: right } }))).toBe('bad-orientation');
  expect(await changed(second({ pixelSpacingMm: [4, 3.1] }))).toBe('mixed-spacing');
  expect(await changed(() => ({ pixelSpacingMm: [0, 3] }))).toBe('no-spacing');
  expect(await changed(() => ({ pixelSpacingMm: [Infinity, 3] }))).toBe('no-spacing');
  expect(await changed(() => ({ rescaleType: 'US0018' }))).toBe('not-hu');
  expect(await changed(() => ({ rescale: { slope: 0, intercept: 40 } }))).toBe('not-hu');
});

test('padding outside the scanner’s circle is air', async () => {
  const series = seriesOf(axial());
  const padded: DecodeFrame = async (...given) => {
    const values = (await decode(...given)) as Int16Array;
    values[0] = -2000;
    return values;
  };
  const result = await readSeries(series, { decode: padded });
  expect(result.kind === 'read' && result.volume.hu[0]).toBe(-1024);
});

/** The ramp with one stored value in a corner, padding by its header. */
async function withPadding(stored: number, padding: FrameHeader['padding'], slope = 1) {
  const series = seriesOf({ ...axial(), change: () => ({ padding, rescale: { slope, intercept: -1024 } }) });
  const padded: DecodeFrame = async (...given) => {
    const values = (await decode(...given)) as Int16Array;
    values[0] = stored;
    return values;
  };
  const result = await readSeries(series, { decode: padded });
  if (result.kind === 'refused') throw new Error(result.message);
  return { hu: result.volume.hu[0], notes: result.notes.map(({ code }) => code) };
}

test('what the header calls padding is air, from one end of its range to the other; tissue is not', async () => {
  expect(await withPadding(9000, { least: 9000, most: 9000 })).toEqual({ hu: -1024, notes: [] });
  expect(await withPadding(9000, { least: 8000, most: 9500 })).toEqual({ hu: -1024, notes: [] });
  expect(await withPadding(9000, { least: 9001, most: 9500 })).toEqual({ hu: 7976, notes: [] });
  expect(await withPadding(9000, undefined)).toEqual({ hu: 7976, notes: [] });
  // Water: a header that calls it padding is not believed.
  expect(await withPadding(1024, { least: 1024, most: 1024 })).toEqual({ hu: 0, notes: ['padding-in-tissue'] });
});

test.each([
  ['no place', null],
  ['a place that is no number', [0, NaN, 0] as const],
])('a slice with %s is left out and its gap filled', async (_, positionMm) => {
  const series = seriesOf({ ...axial(20), change: (__, i) => (i === 7 ? { positionMm } : {}) });
  const result = await read(series);
  expect(result.volume.grid.shape[0]).toBe(20);
  expect(result.notes.map(({ code }) => code)).toEqual(['unplaced-slices', 'missing-slices']);
  expect(worstError(result, 0)).toBeLessThanOrEqual(1);
});

test('one slice that cannot be decoded is filled in and named; many refuse the series', async () => {
  const failing =
    (fails: (slice: number) => boolean): DecodeFrame =>
    async (file, frame) => {
      if (fails(frame.file)) throw new UnreadablePicture('The picture is cut off.');
      return decode(file, frame);
    };
  const one = await readSeries(seriesOf(axial(20)), { decode: failing((slice) => slice === 7) });
  if (one.kind === 'refused') throw new Error(one.message);
  expect(one.notes.map(({ code }) => code)).toEqual(['unreadable-slices']);
  // A ramp filled in from both sides is the ramp.
  expect(worstError(one, 0)).toBeLessThanOrEqual(1);
  const last = await readSeries(seriesOf(axial(20)), { decode: failing((slice) => slice === 19) });
  if (last.kind === 'refused') throw new Error(last.message);
  const { hu, grid } = last.volume;
  const pixels = grid.shape[1] * grid.shape[2];
  expect(hu.slice(19 * pixels)).toEqual(hu.slice(18 * pixels, 19 * pixels));
  const many = await readSeries(seriesOf(axial(20)), { decode: failing((slice) => slice % 3 === 0) });
  expect(many.kind === 'refused' && many.code).toBe('unreadable');
});

test('the first picture comes before the rest, from the middle of the stack', async () => {
  const seen: number[] = [];
  const series = seriesOf(axial(20));
  await readSeries(series, { decode, atOnce: 1, onPreview: (_, { first }) => seen.push(first) });
  expect(seen.slice(0, 3)).toEqual([10, 9, 11]);
  expect(new Set(seen).size).toBe(20);
});

test('a stack that has to be corrected is shown as recorded while it loads', async () => {
  const origins = stacked(20, (i): LpsPoint => [-40, -30 + i, -5 * i]);
  const seen = new Set<number>();
  let preview: Int16Array | null = null;
  const result = await readSeries(seriesOf({ ...axial(), origins }), {
    decode,
    onPreview: ({ hu, grid }, { first }) => {
      seen.add(first);
      preview = hu;
      expect(grid.shape).toEqual([20, 20, 24]);
    },
  });
  expect(seen.size).toBe(20);
  expect(result.kind === 'read' && result.volume.hu !== preview).toBe(true);
});

test('a fault of the program is not taken for one of the file', async () => {
  const faulty: DecodeFrame = async () => {
    throw new TypeError('undefined is not a function');
  };
  await expect(readSeries(seriesOf(axial(20)), { decode: faulty })).rejects.toThrow(TypeError);
});

test('reading ends when it is cancelled', async () => {
  const cancel = new AbortController();
  const reading = readSeries(seriesOf(axial(20)), {
    decode,
    atOnce: 1,
    signal: cancel.signal,
    onProgress: ({ done }) => done === 3 && cancel.abort(),
  });
  await expect(reading).rejects.toThrow(/aborted/);
});
