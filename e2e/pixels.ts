import type { Locator } from '@playwright/test';

/** What the browser really shows of an element. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green and blue, 0 to 255. */
  at(x: number, y: number): readonly [number, number, number];
}

/** A screenshot, decoded by the browser that took it. */
export async function pixelsOf(element: Locator): Promise<Pixels> {
  const png = (await element.screenshot()).toString('base64');
  const { width, height, rgba } = await element.page().evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext('2d')!;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = '';
    for (let at = 0; at < data.length; at += 8192) text += String.fromCharCode(...data.subarray(at, at + 8192));
    return { width: bitmap.width, height: bitmap.height, rgba: btoa(text) };
  }, png);
  const data = Buffer.from(rgba, 'base64');
  return {
    width,
    height,
    at: (x, y) => [data[4 * (y * width + x)], data[4 * (y * width + x) + 1], data[4 * (y * width + x) + 2]],
  };
}

export interface Blob2d {
  readonly count: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Mean place. */
  readonly x: number;
  readonly y: number;
}

type Rgb = readonly [number, number, number];
/** Whether a pixel counts, given its colour and its neighbours'. */
export type Wanted = (rgb: Rgb, neighbour: (dx: number, dy: number) => Rgb) => boolean;

/** Where the pixels are that answer to a description; null if there are none. */
export function find(pixels: Pixels, wanted: Wanted): Blob2d | null {
  const found = { count: 0, left: Infinity, right: -1, top: Infinity, bottom: -1, x: 0, y: 0 };
  for (let y = 0; y < pixels.height; y++) {
    for (let x = 0; x < pixels.width; x++) {
      if (!wanted(pixels.at(x, y), (dx, dy) => pixels.at(x + dx, y + dy))) continue;
      found.count++;
      found.left = Math.min(found.left, x);
      found.right = Math.max(found.right, x);
      found.top = Math.min(found.top, y);
      found.bottom = Math.max(found.bottom, y);
      found.x += x;
      found.y += y;
    }
  }
  return found.count ? { ...found, x: found.x / found.count, y: found.y / found.count } : null;
}

export const isGrey =
  (level: number, tolerance = 2) =>
  (rgb: readonly [number, number, number]) =>
    rgb.every((part) => Math.abs(part - level) <= tolerance);

export const isColour =
  (wanted: readonly [number, number, number], tolerance = 12) =>
  (rgb: readonly [number, number, number]) =>
    rgb.every((part, n) => Math.abs(part - wanted[n]) <= tolerance);

/** Only what is part of an area: not a letter's rim that happens to have the colour. */
export const solid =
  (wanted: (rgb: Rgb) => boolean): Wanted =>
  (rgb, neighbour) =>
    wanted(rgb) &&
    [-4, 0, 4].some((shift) => [-3, -2, -1, 1, 2, 3].every((step) => wanted(neighbour(step + shift, 0)))) &&
    [-4, 0, 4].some((shift) => [-3, -2, -1, 1, 2, 3].every((step) => wanted(neighbour(0, step + shift))));
