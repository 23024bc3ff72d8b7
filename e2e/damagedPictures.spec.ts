/** Compressed pictures with damage within their code, decoded in Chromium by the page's own decode workers: no codec crashes
 *  the page, hangs, takes memory without end, or gives another picture than the one it was handed. Codecs have no checksum:
 *  how many are drawn all the same, and how many of these dcmtk or GDCM would refuse, is printed.
 *  `PICTURES=200 SEED=2026 npx playwright test e2e/damagedPictures.spec.ts` for a long run. */
import { expect, test, type Page } from '@playwright/test';
import dicomParser from 'dicom-parser';
import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DamagedOutcome } from '../playground/reading.ts';
import { sharedPath } from '../scripts/shared.ts';
import { damage, damaged, type Bytes, type Damage } from '../src/formats/damage.ts';
import { memoryMb } from './processes.ts';
import { playground } from './servers.ts';

const pictures = Number(process.env.PICTURES ?? 12);
const seed = Number(process.env.SEED ?? 1);
const most = { elapsedMs: 5_000, pageMb: 1_000 };
const oddities = sharedPath('data/oddities');

let folder: string;
test.beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pictures-'))));
test.afterAll(() => rmSync(folder, { recursive: true }));

const odd = (name: string): Bytes => new Uint8Array(readFileSync(`${oddities}/${name}.dcm`));
const pixelData = 'x7fe00010';

function streamOf(file: Bytes): Bytes {
  const dataSet = dicomParser.parseDicom(file);
  const element = dataSet.elements[pixelData];
  const count = element.fragments?.length ?? 0;
  return new Uint8Array(dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, count));
}

/** The file with another compressed picture, of the same size. */
function withStream(file: Bytes, stream: Bytes, transferSyntax?: string): Bytes {
  const { elements } = dicomParser.parseDicom(file, { untilTag: pixelData });
  const item = (element: number, length: number) => {
    const bytes = new Uint8Array(8);
    const view = new DataView(bytes.buffer);
    [0xfffe, element].forEach((half, i) => view.setUint16(2 * i, half, true));
    view.setUint32(4, length, true);
    return bytes;
  };
  const { dataOffset, length } = elements.x00020010;
  const uid = new TextEncoder().encode(
    transferSyntax?.padEnd(transferSyntax.length + (transferSyntax.length & 1), '\0'),
  );
  const syntax = transferSyntax
    ? [Uint8Array.of(uid.length, 0), uid]
    : [file.slice(dataOffset - 2, dataOffset + length)];
  const parts = [
    file.slice(0, dataOffset - 2),
    ...syntax,
    file.slice(dataOffset + length, elements[pixelData].dataOffset),
    // No table of offsets, one fragment of an even length, the end.
    item(0xe000, 0),
    item(0xe000, stream.length + (stream.length & 1)),
    stream,
    new Uint8Array(stream.length & 1),
    item(0xe0dd, 0),
  ];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** HTJ2K, which no odd file has in grey: by the codec's own encoder. */
async function highThroughput(values: Int16Array): Promise<Bytes> {
  const codec = createRequire(import.meta.url)('@cornerstonejs/codec-openjph') as () => Promise<OpenJph>;
  const encoder = new (await codec()).HTJ2KEncoder();
  const frame = {
    width: 512,
    height: 512,
    bitsPerSample: 16,
    componentCount: 1,
    isSigned: true,
    isUsingColorTransform: false,
  };
  encoder.getDecodedBuffer(frame).set(new Uint8Array(values.buffer));
  encoder.setQuality(true, 0);
  encoder.encode();
  return new Uint8Array(encoder.getEncodedBuffer());
}
interface OpenJph {
  readonly HTJ2KEncoder: new () => {
    getDecodedBuffer(frame: object): Uint8Array;
    setQuality(isLossless: boolean, step: number): void;
    encode(): void;
    getEncodedBuffer(): Uint8Array;
  };
}

interface Encoding {
  readonly original: Bytes;
  /** A picture of the same encoding, or one that the same codec decodes. */
  readonly other: Bytes;
  /** Another decoder's command, the file and where to write follow. */
  readonly judge?: readonly string[];
}

const dcmtkJpeg = ['dcmdjpeg'];
const dcmtkJpegLs = ['dcmdjpls'];
const gdcm = ['gdcmconv', '--raw'];
const real = (name: string, other: string, judge: readonly string[]) => (): Encoding => ({
  original: odd(name),
  other: odd(other),
  judge,
});
const encodings: Readonly<Record<string, () => Encoding | Promise<Encoding>>> = {
  'JPEG, 8 bits': real('ct_chest_jpeg_baseline_50', 'ct_chest_jpeg_baseline_50', dcmtkJpeg),
  'JPEG, 12 bits': real('ct_chest_jpeg_extended12_51', 'ct_chest_jpeg_spectral_53', dcmtkJpeg),
  'JPEG, spectral selection': real('ct_chest_jpeg_spectral_53', 'ct_chest_jpeg_extended12_51', dcmtkJpeg),
  'JPEG lossless': real('ct_chest_jpeg_lossless_57', 'ct_chest_localizer_jpeg_lossless', dcmtkJpeg),
  'JPEG lossless, first order': real('ct_chest_jpeg_lossless_sv1_70', 'ct_chest_localizer_jpeg_lossless', dcmtkJpeg),
  'JPEG-LS': real('ct_chest_jpegls_lossless_80', 'ct_chest_jpegls_near_81', dcmtkJpegLs),
  'JPEG-LS, near lossless': real('ct_chest_jpegls_near_81', 'ct_chest_jpegls_lossless_80', dcmtkJpegLs),
  'JPEG 2000': real('ct_chest_j2k_lossless_90', 'ct_chest_j2k_91', gdcm),
  'JPEG 2000, with loss': real('ct_chest_j2k_91', 'ct_chest_j2k_lossless_90', gdcm),
  HTJ2K: async () => {
    const file = odd('ct_chest_implicit_le');
    const { dataOffset } = dicomParser.parseDicom(file).elements[pixelData];
    const values = new Int16Array(file.buffer.slice(dataOffset, dataOffset + 2 * 512 ** 2));
    const of = async (picture: Int16Array) =>
      withStream(odd('ct_chest_j2k_lossless_90'), await highThroughput(picture), '1.2.840.10008.1.2.4.201');
    return { original: await of(values), other: await of(values.slice().reverse()) };
  },
  RLE: real('ct_chest_rle', 'ct_chest_rle', ['dcmdrle']),
};

/** A byte anywhere: what a bad disk or line does. */
const flipped: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constant('set' as const),
  at: fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  values: fc.array(fc.nat(255), { minLength: 1, maxLength: 1 }),
});
const damages = fc.oneof(
  fc.array(flipped, { minLength: 1, maxLength: 4 }),
  fc.array(damage, { minLength: 1, maxLength: 3 }),
);

/** @returns null where the command is not there */
function refusedBy(judge: readonly string[], path: string): boolean | null {
  const [command, ...options] = judge;
  const { error, status, stderr } = spawnSync(command, [...options, path, join(folder, 'judged.dcm')], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return error && status === null && (error as NodeJS.ErrnoException).code === 'ENOENT'
    ? null
    : status !== 0 || /^E: /m.test(stderr);
}

/** @param files `original` and `other`, then damaged copies */
async function outcomesOf(page: Page, files: ReadonlyMap<string, Bytes>): Promise<DamagedOutcome[]> {
  for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
  await page.goto(`${playground.url}/playground/reading.html`);
  await expect(page.locator('body[data-ready]')).toBeAttached();
  await page.locator('#files').setInputFiles([...files.keys()].map((name) => join(folder, name)));
  const [, , ...copies] = files.keys();
  return page.evaluate(async (names) => {
    await window.reading.open();
    return window.reading.damaged('original', 'other', names);
  }, copies);
}

test('a JPEG 2000 picture that its codec gives up is not the slice before once more', async ({ page }) => {
  test.skip(oddities === null, 'needs ../shared/data/oddities');
  const { original, other } = await encodings['JPEG 2000']();
  const stream = streamOf(original);
  // What no stream may say of its coding.
  const wrong = [47, 54, 61].map((at) => damaged(stream, [{ kind: 'set', at, values: [stream[at] ^ 0x55] }]));
  const copies = wrong.map((bytes, i) => [`copy ${i}`, withStream(original, bytes)] as const);
  const outcomes = await outcomesOf(page, new Map([['original', original], ['other', other], ...copies]));
  const message = 'The compressed picture is damaged, or of a kind that cannot be decoded.';
  for (const outcome of outcomes) expect(outcome).toMatchObject({ kind: 'refused', message });
  expect(outcomes.length).toBe(3);
});

for (const [encoding, make] of Object.entries(encodings)) {
  test(`${encoding}: ${pictures} damaged pictures, seed ${seed}`, async ({ page, browser }) => {
    test.skip(oddities === null, 'needs ../shared/data/oddities');
    test.setTimeout(120_000 + pictures * 10_000);
    const { original, other, judge } = await make();
    const stream = streamOf(original);
    const files = new Map([
      ['original', original],
      ['other', other],
    ]);
    fc.sample(damages, { numRuns: pictures, seed }).forEach((what, i) => {
      files.set(`${i} of ${encoding}`, withStream(original, damaged(stream, what)));
    });
    const outcomes = await outcomesOf(page, files);
    const count = (kind: DamagedOutcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
    const drawn = outcomes.filter(({ kind }) => kind === 'otherwise');
    const judged = judge ? drawn.map(({ name }) => refusedBy(judge, join(folder, name))) : [];
    const pageMb = (await memoryMb(browser, 'VmHWM')).get('renderer') ?? NaN;
    const longest = Math.max(...outcomes.map(({ elapsedMs }) => elapsedMs));
    const verdict =
      judge && !judged.includes(null)
        ? `${judged.filter((isRefused) => isRefused).length} of them refused by ${judge[0]}`
        : 'no other decoder here';
    console.log(
      `${encoding}: ${count('refused')} refused, ${count('as the original')} as the original, ` +
        `${drawn.length} drawn otherwise, ${verdict}; ${(longest / 1000).toFixed(1)} s, ${pageMb.toFixed(0)} MB`,
    );
    expect(outcomes.length).toBe(pictures);
    expect(drawn.filter((_, i) => judged[i])).toEqual([]);
    expect(outcomes.filter(({ kind }) => kind === 'before')).toEqual([]);
    expect(outcomes.filter(({ elapsedMs }) => elapsedMs > most.elapsedMs)).toEqual([]);
    expect(pageMb).toBeLessThan(most.pageMb);
  });
}
