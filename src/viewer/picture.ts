import type { Pane } from './pane.ts';

/** The pane's layers in one PNG, in device pixels. */
export function pictureOf(pane: Pane): Promise<Blob | null> {
  const [lowest, ...above] = pane.layers();
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: lowest.width, height: lowest.height });
  const context = canvas.getContext('2d');
  if (!context) throw new Error('viewer: no 2D canvas to copy a pane to');
  for (const layer of [lowest, ...above]) context.drawImage(layer, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'));
}
