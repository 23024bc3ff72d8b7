/** The viewer on screen, judged by the pixels that Chromium shows. The test object (playground/testObject.ts)
 *  has a block near each side of the patient, each of its own density; what is expected of them here is
 *  written down from anatomy, not taken from the viewer's own arithmetic. */
import { expect, test, type Page } from '@playwright/test';
import { boxes, lesionBoxes, sideHu } from '../playground/testObject.ts';
import { find, isColour, isGrey, pixelsOf, solid } from './pixels.ts';
import { playground } from './servers.ts';

/** The page opens with width 2000, level 0: -1000 HU is black, 1000 HU white. */
const greyOf = (hu: number) => Math.round(((hu + 1000) / 2000) * 255);
const lesionColour = [255, 47, 135] as const;

test.beforeEach(async ({ page }) => {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.includes('favicon')) complaints.push(message.text());
  });
  await page.goto(`${playground.url}/playground/viewer.html`);
  await expect(page.locator('body[data-ready]')).toBeAttached({ timeout: 30_000 });
  expect(complaints).toEqual([]);
});

/** Runs a step on the page and waits until it is on screen. */
async function onPage(page: Page, step: (viewer: Window['playground']) => void): Promise<void> {
  await page.evaluate(`(${step})(window.playground)`);
  await page.evaluate(() => window.playground.viewer.settled());
}

const imageOnly = (page: Page) => onPage(page, ({ viewer }) => viewer.setOverlays({ shown: false }));

test.describe('sides', () => {
  const sides = {
    axial: { left: 'R', right: 'L', top: 'A', bottom: 'P' },
    coronal: { left: 'R', right: 'L', top: 'H', bottom: 'F' },
    sagittal: { left: 'A', right: 'P', top: 'H', bottom: 'F' },
  } as const;

  for (const [plane, { left, right, top, bottom }] of Object.entries(sides)) {
    test(`${plane}: ${left} left, ${right} right, ${top} above, ${bottom} below`, async ({ page }) => {
      await imageOnly(page);
      const pixels = await pixelsOf(page.locator(`#${plane}`));
      const centre = (side: keyof typeof sideHu) => {
        const block = find(pixels, isGrey(greyOf(sideHu[side])));
        expect(block?.count, `pixels of block ${side}`).toBeGreaterThan(300);
        return [block!.x / pixels.width, block!.y / pixels.height];
      };
      expect(centre(left)[0]).toBeLessThan(0.35);
      expect(centre(right)[0]).toBeGreaterThan(0.65);
      expect(centre(top)[1]).toBeLessThan(0.35);
      expect(centre(bottom)[1]).toBeGreaterThan(0.65);
    });
  }
});

test('lesions lie where they are, in all three planes', async ({ page }) => {
  await onPage(page, ({ viewer }) => {
    viewer.setOverlays({ evidence: false, lungs: false });
    // Cuts through the L-shaped lesion of the right lung and nothing else of its kind.
    viewer.goTo([-95 + 2 * 28, -71 + 2 * 43, -300 + 4 * 20]);
  });
  const [first, last] = [
    [18, 26, 26],
    [21, 45, 36],
  ];
  expect(lesionBoxes[0][1][0]).toEqual(first);
  /** Voxels across and down from the middle of the object, by plane; rows of z run downwards. */
  const places = {
    axial: { across: [first[2], last[2] + 1, 48, 2], down: [first[1], last[1] + 1, 36, 2] },
    coronal: { across: [first[2], last[2] + 1, 48, 2], down: [40 - last[0] - 1, 40 - first[0], 20, 4] },
    sagittal: { across: [first[1], last[1] + 1, 36, 2], down: [40 - last[0] - 1, 40 - first[0], 20, 4] },
  };
  const sizeMm = { axial: [192, 144], coronal: [192, 160], sagittal: [144, 160] };
  for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
    const pixels = await pixelsOf(page.locator(`#${plane}`));
    const scale = Math.min(pixels.width / sizeMm[plane][0], pixels.height / sizeMm[plane][1]);
    const edge = ([from, to, middle, mm]: number[], length: number) =>
      [from, to].map((voxel) => length / 2 + (voxel - middle) * mm * scale);
    // The strip of slice ticks at the right edge has the same colour.
    const half = { ...pixels, width: Math.floor(pixels.width * 0.9) };
    const leftOfMiddle = plane === 'axial' ? { ...half, width: Math.floor(pixels.width * 0.45) } : half;
    const outline = find(leftOfMiddle, isColour(lesionColour))!;
    const [left, right] = edge(places[plane].across, pixels.width);
    const [top, bottom] = edge(places[plane].down, pixels.height);
    const misses = [outline.left - left, outline.right + 1 - right, outline.top - top, outline.bottom + 1 - bottom];
    // A line of two pixels lies one to either side of the edge; another half is lost to rounding.
    for (const miss of misses) expect(Math.abs(miss), `${plane}: ${misses}`).toBeLessThanOrEqual(1.75);
  }
});

async function expectOutlinesOnVoxels(page: Page): Promise<void> {
  await onPage(page, ({ viewer, testObject }) => {
    // Lesion and image block are the same voxels; magnified, half a voxel off would be twelve pixels.
    const { grid, hu } = testObject.volume;
    viewer.setLesions({ grid, labels: Uint8Array.from(hu, (value) => (value === 1000 ? 1 : 0)) });
    for (const plane of ['axial', 'coronal', 'sagittal'] as const) viewer.zoom(plane, 4);
    viewer.goTo([-95 + 2 * 13.5, -71 + 2 * 35.5, -300 + 4 * 19.5]);
    viewer.setOverlays({ evidence: false, lungs: false });
  });
  const ratio = await page.evaluate(() => devicePixelRatio);
  // Half way between the block and the tissue round it lies the voxel edge of the interpolated image.
  const halfWay = (greyOf(1000) + greyOf(-850)) / 2;
  /** Without the rim, where letters and ticks are; reference lines leave less than the block's corners. */
  const inside = async (plane: string, wanted: (rgb: readonly [number, number, number]) => boolean) => {
    const pixels = await pixelsOf(page.locator(`#${plane}`));
    const [side, end] = [90 * ratio, 60 * ratio];
    const rim = (x: number, y: number) => x < side || y < end || x > pixels.width - side || y > pixels.height - end;
    return find({ ...pixels, at: (x, y) => (rim(x, y) ? [0, 0, 0] : pixels.at(x, y)) }, wanted);
  };
  for (const plane of ['axial', 'coronal', 'sagittal']) {
    const outline = await inside(plane, isColour(lesionColour));
    await imageOnly(page);
    const block = await inside(plane, (rgb) => Math.max(...rgb) - Math.min(...rgb) < 9 && rgb[0] > halfWay);
    await onPage(page, ({ viewer }) => viewer.setOverlays({ shown: true }));
    expect(block, plane).not.toBeNull();
    const misses = [
      outline!.left + ratio - block!.left,
      outline!.right + 1 - ratio - (block!.right + 1),
      outline!.top + ratio - block!.top,
      outline!.bottom + 1 - ratio - (block!.bottom + 1),
    ];
    for (const miss of misses) expect(Math.abs(miss), `${plane}: ${misses}`).toBeLessThanOrEqual(1.5 * ratio);
  }
}

test('an outline follows the very voxels that the image shows', ({ page }) => expectOutlinesOnVoxels(page));

test.describe('on a screen with more pixels', () => {
  test.use({ deviceScaleFactor: 1.5 });
  test('the outline still follows them', ({ page }) => expectOutlinesOnVoxels(page));
});

test('so it does in panes of odd and different sizes', async ({ page }) => {
  // All panes are drawn on one canvas behind the scenes, so their sizes may disturb one another.
  await page.locator('#panes').evaluate((panes) => (panes.style.gridTemplate = '411px 1fr / 701px 1fr'));
  await expect
    .poll(() =>
      page
        .locator('#axial canvas')
        .first()
        .evaluate((c: HTMLCanvasElement) => c.width),
    )
    .toBe(701);
  await expectOutlinesOnVoxels(page);
});

test('a pane made wider and narrower again between two studies shows the second one unsqueezed', async ({ page }) => {
  const template = (text: string) =>
    page.locator('#panes').evaluate(async (panes, gridTemplate) => {
      panes.style.gridTemplate = gridTemplate;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }, text);
  await onPage(page, ({ viewer }) => viewer.clear());
  await template('411px 1fr / 701px 1fr');
  await template('');
  await onPage(page, ({ viewer, testObject }) => viewer.showVolume(testObject.volume, { complete: true }));
  const image = page.locator('#axial canvas').first();
  expect(await image.evaluate((c: HTMLCanvasElement) => [c.width, c.height])).toEqual(
    await image.evaluate((c) => [c.clientWidth, c.clientHeight]),
  );
});

test('the evidence is brightest where it is greatest', async ({ page }) => {
  await onPage(page, ({ viewer }) => {
    viewer.setOverlays({ lungs: false, lesions: false });
    viewer.setEvidenceSetting({ floor: 0.5, opacity: 1 });
    viewer.goTo([33, -6, -222]);
  });
  const sizeMm = { axial: [192, 144], coronal: [192, 160], sagittal: [144, 160] };
  // From the middle of the object, LPS (0, 0, -222), across and down the screen.
  const peakMm = { axial: [33, -6], coronal: [33, 0], sagittal: [-6, 0] };
  for (const plane of ['axial', 'coronal', 'sagittal'] as const) {
    const pixels = await pixelsOf(page.locator(`#${plane}`));
    const scale = Math.min(pixels.width / sizeMm[plane][0], pixels.height / sizeMm[plane][1]);
    // Pale cyan: the upper half of the map. The colour bar stands in the left margin.
    const body = { ...pixels, at: (x: number, y: number) => (x < 90 ? ([0, 0, 0] as const) : pixels.at(x, y)) };
    const pale = find(
      body,
      solid(([red, green, blue]) => green > 150 && blue > 190 && blue - red > 40),
    )!;
    expect(pale, plane).not.toBeNull();
    const middle = [(pale.left + pale.right + 1) / 2, (pale.top + pale.bottom + 1) / 2];
    const expected = [pixels.width / 2 + peakMm[plane][0] * scale, pixels.height / 2 + peakMm[plane][1] * scale];
    // Within one voxel of the study, of which the slices are the largest side.
    expect(Math.abs(middle[0] - expected[0]), plane).toBeLessThan(2 * scale);
    expect(Math.abs(middle[1] - expected[1]), plane).toBeLessThan((plane === 'axial' ? 2 : 4) * scale);
  }
});

test('a slab shows the densest, or the thinnest, of its thickness', async ({ page }) => {
  await imageOnly(page);
  // 24 mm above the block on the patient's right, whose last slice is 23.
  await onPage(page, ({ viewer }) => viewer.setSlice('axial', 29));
  const white = async () =>
    find(
      await pixelsOf(page.locator('#axial')),
      solid((rgb) => Math.min(...rgb) > 250),
    );
  expect(await white()).toBeNull();
  await onPage(page, ({ viewer }) => viewer.setSlab({ mode: 'maximum', thicknessMm: 40 }));
  expect(await white()).toBeNull();
  await onPage(page, ({ viewer }) => viewer.setSlab({ mode: 'maximum', thicknessMm: 60 }));
  expect((await white())!.count).toBeGreaterThan(1000);
  await onPage(page, ({ viewer }) => {
    viewer.setSlice('axial', 20);
    viewer.setSlab({ mode: 'minimum', thicknessMm: 60 });
  });
  expect(await white()).toBeNull();
});

test('the wheel turned down goes from the head to the feet', async ({ page }) => {
  const slice = () => page.evaluate(() => window.playground.viewer.state().slices.axial);
  const before = await slice();
  await page.locator('#axial').hover();
  await page.mouse.wheel(0, 100);
  await expect.poll(async () => (await slice()).number).toBe(before.number + 1);
  expect((await slice()).positionMm).toBeLessThan(before.positionMm);
  await onPage(page, ({ viewer }) => viewer.stepSlice('axial', Infinity));
  expect(await slice()).toEqual({ index: 0, number: 40, count: 40, positionMm: -300 });
  await onPage(page, ({ viewer }) => viewer.stepSlice('axial', -Infinity));
  expect(await slice()).toEqual({ index: 39, number: 1, count: 40, positionMm: -300 + 39 * 4 });
});

test('the left button changes the window, Shift and the left button the place', async ({ page }) => {
  const state = () => page.evaluate(() => window.playground.viewer.state());
  const before = await state();
  const box = (await page.locator('#coronal').boundingBox())!;
  const drag = async () => {
    await page.mouse.move(box.x + 200, box.y + 200);
    await page.mouse.down();
    await page.mouse.move(box.x + 260, box.y + 230, { steps: 4 });
    await page.mouse.up();
  };
  await drag();
  const windowed = await state();
  expect(windowed.window.widthHu).toBeGreaterThan(before.window.widthHu);
  expect(windowed.window.levelHu).toBeGreaterThan(before.window.levelHu);
  await imageOnly(page);
  const blockAt = async () => find(await pixelsOf(page.locator('#coronal')), (rgb) => Math.min(...rgb) > 250)!;
  await onPage(page, ({ viewer }) => viewer.setWindow({ widthHu: 2000, levelHu: 0 }));
  const there = await blockAt();
  await page.keyboard.down('Shift');
  await drag();
  await page.keyboard.up('Shift');
  await page.evaluate(() => window.playground.viewer.settled());
  const here = await blockAt();
  expect(here.left - there.left).toBeCloseTo(60, -1);
  expect((await state()).window.widthHu).toBe(2000);
});

test('under the cursor stands the number of the study itself', async ({ page }) => {
  await imageOnly(page);
  const block = find(await pixelsOf(page.locator('#axial')), solid(isGrey(greyOf(sideHu.L))))!;
  const box = (await page.locator('#axial').boundingBox())!;
  await page.mouse.move(box.x + block.x, box.y + block.y);
  const cursor = await page.evaluate(() => window.playground.viewer.state().cursor);
  expect(cursor).toMatchObject({ pane: 'axial', hu: sideHu.L });
  // The patient's left is where x grows.
  expect(cursor!.pointMm[0]).toBeCloseTo(-95 + 2 * ((boxes.L[0][2] + boxes.L[1][2]) / 2), -0.5);
  // The mouse rests and the slices go on: to the last, where the block is not.
  await onPage(page, ({ viewer }) => viewer.stepSlice('axial', Infinity));
  const beyond = (await page.evaluate(() => window.playground.viewer.state().cursor))!;
  expect(beyond.hu).not.toBe(sideHu.L);
  expect(beyond.voxel).toEqual([0, cursor!.voxel[1], cursor!.voxel[2]]);
});

test('a ruler measures the patient, a region the study’s own numbers', async ({ page }) => {
  const box = (await page.locator('#axial').boundingBox())!;
  await imageOnly(page);
  const block = find(await pixelsOf(page.locator('#axial')), solid(isGrey(greyOf(sideHu.L))))!;
  const drag = async (tool: 'ruler' | 'region', from: number[], to: number[]) => {
    await page.evaluate((name) => window.playground.viewer.setTool(name), tool);
    await page.mouse.move(box.x + from[0], box.y + from[1]);
    await page.mouse.down();
    await page.mouse.move(box.x + to[0], box.y + to[1], { steps: 3 });
    await page.mouse.up();
  };
  await drag('ruler', [block.left, block.y], [block.right + 1, block.y]);
  await drag('region', [block.left + 3, block.top + 3], [block.right - 3, block.bottom - 3]);
  const [ruler, region] = await page.evaluate(() => window.playground.viewer.state().measurements);
  // Eight voxels of 2 mm; the image is interpolated, so the flat top of the block is up to a voxel narrower.
  expect(ruler.lengthMm).toBeGreaterThan(13.5);
  expect(ruler.lengthMm).toBeLessThan(16.5);
  expect(region.region).toMatchObject({ meanHu: sideHu.L, sdHu: 0, minHu: sideHu.L, maxHu: sideHu.L });
  expect((await page.evaluate(() => window.playground.viewer.state())).window.widthHu).toBe(2000);
  // Taken by its end, a ruler grows; it does not become two.
  await drag('ruler', [block.right + 1, block.y], [block.right + 1 + (block.right + 1 - block.left), block.y]);
  const marks = await page.evaluate(() => window.playground.viewer.state().measurements);
  expect(marks).toHaveLength(2);
  expect(marks.find(({ kind }) => kind === 'ruler')!.lengthMm).toBeCloseTo(2 * ruler.lengthMm!, 1);
});

test('slices that come in later are seen', async ({ page }) => {
  await onPage(page, ({ viewer, testObject }) => {
    const { grid } = testObject.volume;
    // As the reader fills it: shared with the worker, drawn from in place.
    const shared = new SharedArrayBuffer(testObject.volume.hu.byteLength);
    const filling = { grid, hu: new Int16Array(shared).fill(-1000) };
    viewer.showVolume(filling, { complete: false });
    (window as unknown as { filling: typeof filling }).filling = filling;
  });
  await imageOnly(page);
  const white = async (pane: string) =>
    find(await pixelsOf(page.locator(pane)), (rgb) => Math.min(...rgb) > 250 && rgb[0] - rgb[2] < 4);
  expect((await white('#axial'))?.count ?? 0).toBeLessThan(30);
  await onPage(page, ({ viewer, testObject }) => {
    const { filling } = window as unknown as { filling: { hu: Int16Array } };
    // Only the slices round the middle, as they would arrive first.
    const slice = 72 * 96;
    filling.hu.set(testObject.volume.hu.subarray(18 * slice, 22 * slice), 18 * slice);
    viewer.slicesChanged({ first: 18, last: 21 });
  });
  expect((await white('#axial'))!.count).toBeGreaterThan(1000);
  const coronal = (await white('#coronal'))!;
  // Four slices of 4 mm out of the block's eight.
  expect(coronal.bottom - coronal.top).toBeLessThan((page.viewportSize()!.height / 2 / 160) * 4 * 5);
});

test('slices go to the card once each, the one that is looked at first', async ({ page }) => {
  const sent = await page.evaluate(async () => {
    const { viewer, makeTestObject } = window.playground;
    const gl = WebGL2RenderingContext.prototype;
    const { texSubImage3D } = gl;
    const slices: number[] = [];
    gl.texSubImage3D = function (this: WebGL2RenderingContext, ...args: unknown[]) {
      slices.push(Number(args[4]));
      (texSubImage3D as (...all: unknown[]) => void).apply(this, args);
    } as typeof texSubImage3D;
    viewer.showVolume(makeTestObject(2).volume, { complete: true });
    await viewer.settled();
    return slices;
  });
  expect([...sent].sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, slice) => slice));
  const away = sent.map((slice) => Math.abs(slice - 40));
  expect(away).toEqual([...away].sort((a, b) => a - b));
});

test('evidence in 3D is as opaque as on the slices', async ({ page }) => {
  await onPage(page, ({ viewer }) => viewer.setScene3d({ lungs: false, lesions: false, evidence: true }));
  /** Words and directions are painted at the edges. */
  const blueInTheMiddle = async () => {
    const pixels = await pixelsOf(page.locator('#volume3d'));
    let sum = 0;
    for (let y = Math.round(pixels.height / 4); y < (3 * pixels.height) / 4; y++)
      for (let x = Math.round(pixels.width / 4); x < (3 * pixels.width) / 4; x++) {
        const [red, , blue] = pixels.at(x, y);
        sum += blue - red;
      }
    return sum;
  };
  const at: number[] = [];
  for (const opacity of [0.1, 0.35, 0.9]) {
    await page.evaluate((wanted) => window.playground.viewer.setEvidenceSetting({ opacity: wanted }), opacity);
    await page.evaluate(() => window.playground.viewer.settled());
    at.push(await blueInTheMiddle());
  }
  expect(at[0]).toBeGreaterThan(0);
  expect(at[1]).toBeGreaterThan(1.3 * at[0]);
  expect(at[2]).toBeGreaterThan(1.3 * at[1]);
});

test('vessels in 3D are what is dense in the lungs and no lesion', async ({ page }) => {
  await onPage(page, ({ viewer, testObject }) => {
    // A rod in the right lung, beside lesion 1, and one in lesion 2 of the left.
    const { grid } = testObject.volume;
    const hu = testObject.volume.hu.slice();
    const [, rows, columns] = grid.shape;
    for (let z = 12; z <= 27; z++)
      for (let y = 31; y <= 34; y++)
        for (const x of [32, 33, 34, 35, 62, 63, 64, 65]) hu[(z * rows + y) * columns + x] = 100;
    viewer.showVolume({ grid, hu }, { complete: true });
    viewer.setLungs(testObject.lungs);
    viewer.setLesions(testObject.lesions);
    viewer.setScene3d({ lungs: false, lesions: false, evidence: false, vessels: true });
  });
  const scene = page.locator('#volume3d');
  /** Without the rim, where the legend is. */
  const warm = async () => {
    const pixels = await pixelsOf(scene);
    const { width, height } = pixels;
    const middle = (x: number, y: number) => Math.abs(x / width - 0.5) < 0.4 && Math.abs(y / height - 0.5) < 0.35;
    const at = (x: number, y: number) => (middle(x, y) ? pixels.at(x, y) : ([0, 0, 0] as const));
    return {
      blob: find({ width, height, at }, ([red, green, blue]) => red > 90 && red > green && green > blue),
      width,
    };
  };
  const { blob, width } = await warm();
  expect(blob!.count).toBeGreaterThan(100);
  expect(blob!.right, 'only the rod in the right lung').toBeLessThan(width / 2);
  expect(blob!.bottom - blob!.top, 'it runs from feet to head').toBeGreaterThan(2 * (blob!.right - blob!.left));
  await onPage(page, ({ viewer }) => viewer.setScene3d({ vessels: false }));
  expect((await warm()).blob).toBeNull();
});

test('each look of the CT in 3D shows what it is named for', async ({ page }) => {
  const scene = page.locator('#volume3d');
  /** Seen from the front, in shares of the pane: the block of 0 HU is in the middle, that of 250 HU above. */
  const light = async (ct: 'off' | 'bones' | 'contrast' | 'soft' | 'maximum') => {
    await page.evaluate(
      (look) => window.playground.viewer.setScene3d({ lungs: false, lesions: false, evidence: false, ct: look }),
      ct,
    );
    await page.evaluate(() => window.playground.viewer.settled());
    const pixels = await pixelsOf(scene);
    const scale = Math.min(pixels.width / 192, pixels.height / 160);
    const at = (z: number) => {
      const [x, y] = [pixels.width / 2 + 6, pixels.height / 2 - (z - 19.5) * 4 * scale].map(Math.round);
      return Math.max(...pixels.at(x, y));
    };
    return { tissue: at(21), dense: at(33.5) };
  };
  const dark = 15;
  for (const [look, tissue, dense] of [
    ['off', false, false],
    ['bones', false, true],
    ['soft', true, true],
    ['contrast', false, true],
    ['maximum', true, true],
    ['off', false, false],
  ] as const) {
    const seen = await light(look);
    expect([seen.tissue > dark, seen.dense > dark], `${look}: ${JSON.stringify(seen)}`).toEqual([tissue, dense]);
  }
});

test('a lesion pressed in 3D is selected and gone to; a cut takes away what lies before it', async ({ page }) => {
  const state = () => page.evaluate(() => window.playground.viewer.state());
  await onPage(page, ({ viewer }) => {
    viewer.setScene3d({ lungs: false, evidence: false });
    viewer.goTo([0, 0, -300]);
    viewer.selectLesion(null);
  });
  const scene = page.locator('#volume3d');
  const magenta = async () =>
    find(
      await pixelsOf(scene),
      solid(([red, green, blue]) => red > 120 && green < red / 2 && blue > green && blue < red),
    );
  const seen = (await magenta())!;
  expect(seen.count).toBeGreaterThan(100);
  const box = (await scene.boundingBox())!;
  // The first row of the blob: its middle may lie between two lesions.
  const pixels = await pixelsOf(scene);
  const isLesion = (x: number) => {
    const [red, green] = pixels.at(x, Math.round(seen.y));
    return red > 120 && green < red / 2;
  };
  const across = Array.from({ length: seen.right - seen.left }, (_, n) => seen.left + n).filter(isLesion);
  const press = () => page.mouse.click(box.x + across[across.length >> 1], box.y + Math.round(seen.y));
  expect(across.length).toBeGreaterThan(5);
  await press();
  await page.evaluate(() => window.playground.viewer.settled());
  const { selectedLesion, point } = await state();
  expect(selectedLesion).not.toBeNull();
  const inside = lesionBoxes.some(([, [first, last]]) =>
    [0, 1, 2].every((axis) => {
      const voxel = (point[2 - axis] - [-300, -71, -95][axis]) / [4, 2, 2][axis];
      return voxel >= first[axis] - 0.5 && voxel <= last[axis] + 0.5;
    }),
  );
  expect(inside, JSON.stringify(point)).toBe(true);
  await onPage(page, ({ viewer }) => {
    viewer.selectLesion(null);
    viewer.stepSlice('coronal', -Infinity);
    viewer.setScene3d({ cut: 'coronal' });
  });
  expect(await magenta(), 'nothing lies before the foremost slice').not.toBeNull();
  await onPage(page, ({ viewer }) => viewer.stepSlice('coronal', Infinity));
  expect(await magenta(), 'everything lies before the hindmost').toBeNull();
  await press();
  expect((await state()).selectedLesion).toBeNull();
});

test('a lost graphics context comes back with the same picture', async ({ page }) => {
  const before = find(await pixelsOf(page.locator('#axial')), (rgb) => Math.min(...rgb) > 250)!;
  await page.evaluate(async () => {
    const { viewer, contexts } = window.playground;
    // What only probed the machine has been given up already.
    const alive = contexts.filter((context) => !context.isContextLost());
    const lost = alive.map((context) => context.getExtension('WEBGL_lose_context')!);
    for (const extension of lost) extension.loseContext();
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (!viewer.state().problem) throw new Error('the loss went unnoticed');
    for (const extension of lost) extension.restoreContext();
    await new Promise((resolve) => setTimeout(resolve, 500));
    await viewer.settled();
  });
  const after = find(await pixelsOf(page.locator('#axial')), (rgb) => Math.min(...rgb) > 250)!;
  expect(after).toEqual(before);
  expect(await page.evaluate(() => window.playground.viewer.state().problem)).toBeNull();
});

test('a volume that the card cannot hold is not passed over in silence', async ({ page }) => {
  await onPage(page, ({ viewer, testObject }) => {
    const grid = { ...testObject.volume.grid, shape: [2, 2, 40_000] as const };
    viewer.showVolume({ grid, hu: new Int16Array(160_000) }, { complete: true });
  });
  await expect
    .poll(() => page.evaluate(() => window.playground.viewer.state().problem))
    .toContain('40000 voxels; the graphics card draws up to');
  await onPage(page, ({ viewer, testObject }) => viewer.showVolume(testObject.volume, { complete: true }));
  expect(await page.evaluate(() => window.playground.viewer.state().problem)).toBeNull();
  await imageOnly(page);
  expect(
    find(
      await pixelsOf(page.locator('#axial')),
      solid((rgb) => Math.min(...rgb) > 250),
    ),
  ).not.toBeNull();
});

test('two viewers on one page each show their own study', async ({ page }) => {
  await imageOnly(page);
  const shown = async () =>
    find(
      await pixelsOf(page.locator('#axial')),
      solid((rgb) => Math.min(...rgb) > 250),
    );
  const own = await shown();
  await page.evaluate(async () => {
    const { createViewer, testObject } = window.playground;
    const other = await createViewer();
    other.mount('axial', document.getElementById('sagittal')!);
    other.showVolume({ grid: testObject.volume.grid, hu: testObject.volume.hu.map(() => 3000) }, { complete: true });
    other.setWindow({ widthHu: 2000, levelHu: 0 });
    await other.settled();
  });
  const others = await pixelsOf(page.locator('#sagittal'));
  expect(others.at(Math.floor(others.width * 0.3), Math.floor(others.height * 0.3))).toEqual([255, 255, 255]);
  await onPage(page, ({ viewer }) => viewer.setSlice('axial', 19));
  expect(await shown()).toEqual(own);
});

test('a picture bears the banner that it was asked with, the screen another', async ({ page }) => {
  const [own, ...others] = await page.evaluate(async () => {
    const { viewer } = window.playground;
    const nameless = () => viewer.picture('axial', { lines: ['nobody'] });
    const pictures = await Promise.all([viewer.picture('axial'), nameless(), nameless(), viewer.picture('axial')]);
    return Promise.all(pictures.map(async (one) => new Uint8Array(await one!.png.arrayBuffer()).join()));
  });
  expect(others[0]).not.toBe(own);
  expect(others).toEqual([others[0], others[0], own]);
});

test('a picture of a pane is what the pane shows, outlines included', async ({ page }) => {
  const { width, height, colours } = await page.evaluate(async () => {
    const { png } = (await window.playground.viewer.picture('axial'))!;
    const bitmap = await createImageBitmap(png);
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    const colours = new Set<string>();
    for (let at = 0; at < data.length; at += 4) colours.add(data.subarray(at, at + 4).join(' '));
    return { width: bitmap.width, height: bitmap.height, colours: [...colours] };
  });
  const box = (await page.locator('#axial').boundingBox())!;
  expect([width, height]).toEqual([Math.round(box.width), Math.round(box.height)]);
  expect(colours).toContain('255 255 255 255');
  expect(colours).toContain('255 47 135 255');
});

test('a second study leaves nothing of the first', async ({ page }) => {
  await onPage(page, ({ viewer, testObject }) => {
    const { grid } = testObject.volume;
    viewer.showVolume({ grid, hu: new Int16Array(testObject.volume.hu.length).fill(-1000) }, { complete: true });
  });
  for (const pane of ['axial', 'coronal', 'sagittal', 'volume3d']) {
    const pixels = await pixelsOf(page.locator(`#${pane}`));
    // Words, reference lines and the slice mark lie near the rim and on the middle lines; the rest is black.
    let lit = 0;
    for (let y = 70; y < pixels.height * 0.45; y++) {
      for (let x = 120; x < pixels.width * 0.48; x++) if (Math.max(...pixels.at(x, y)) > 8) lit++;
    }
    expect(lit, pane).toBe(0);
    expect(find(pixels, isColour(lesionColour)), pane).toBeNull();
  }
});

test('ten studies after one another: texture and buffers of the former ones are given back', async ({ page }) => {
  const left = await page.evaluate(async () => {
    const { viewer, makeTestObject } = window.playground;
    const live = new Map<WebGLTexture, number>();
    const gl = WebGL2RenderingContext.prototype;
    const { texStorage3D, texImage3D, deleteTexture } = gl;
    const bound = (context: WebGL2RenderingContext) => context.getParameter(context.TEXTURE_BINDING_3D) as WebGLTexture;
    gl.texStorage3D = function (target, levels, format, width, height, depth) {
      live.set(bound(this), width * height * depth);
      texStorage3D.call(this, target, levels, format, width, height, depth);
    };
    gl.texImage3D = function (this: WebGL2RenderingContext, ...args: unknown[]) {
      live.set(bound(this), Number(args[3]) * Number(args[4]) * Number(args[5]));
      (texImage3D as (...all: unknown[]) => void).apply(this, args);
    } as typeof texImage3D;
    gl.deleteTexture = function (texture) {
      if (texture) live.delete(texture);
      deleteTexture.call(this, texture);
    };
    const handles: WeakRef<object>[] = [];
    for (const kind of ['createTexture', 'createBuffer', 'createVertexArray'] as const) {
      const create = gl[kind] as () => object;
      gl[kind] = function (this: WebGL2RenderingContext) {
        const made = create.call(this);
        handles.push(new WeakRef(made));
        return made;
      } as never;
    }
    const collect = async () => {
      for (let round = 0; round < 4; round++) {
        await new Promise((resolve) => setTimeout(resolve, 30));
        (window as unknown as { gc(): void }).gc();
      }
    };
    const held: number[] = [];
    const buffers: WeakRef<ArrayBufferLike>[] = [];
    // A function of its own: what it holds ends with it.
    const showOne = async () => {
      const object = makeTestObject(2);
      buffers.push(new WeakRef(object.volume.hu.buffer), new WeakRef(object.lesions.labels.buffer));
      viewer.showVolume(object.volume, { complete: true });
      viewer.setLesions(object.lesions);
      viewer.setLungs(object.lungs);
      await viewer.settled();
    };
    for (let study = 0; study < 10; study++) {
      await showOne();
      await collect();
      held.push(handles.filter((handle) => handle.deref()).length);
    }
    const whileShown = [...live.values()];
    viewer.clear();
    await viewer.settled();
    await collect();
    return { held, whileShown, after: [...live.values()], buffers: buffers.filter((buffer) => buffer.deref()).length };
  });
  expect(left.whileShown).toEqual([80 * 144 * 192]);
  // Tables, meshes and such: the tenth study holds as many as the second.
  expect(left.held[9]).toBeLessThanOrEqual(left.held[1]);
  expect(left.after).toEqual([]);
  expect(left.buffers).toBe(0);
});
