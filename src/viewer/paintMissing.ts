/** Black over what the graphics card has not had yet: its texture says 0 HU there, which would look like tissue. */
import type { Model } from './model.ts';
import type { Surface } from './planePane.ts';

export function paintMissing({ context, plane, index, width, height, top, pixelHeight }: Surface, model: Model): void {
  const { onCard } = model;
  if (!onCard || !onCard.includes(0)) return;
  context.save();
  context.fillStyle = '#000';
  if (plane.name === 'axial') {
    if (onCard[index] === 0) context.fillRect(0, 0, width, height);
  } else {
    // Rows run from the head down, slices from the feet up; half a row more, where the image is blended.
    const row = (slice: number) => top + (onCard.length - 1 - slice) * pixelHeight;
    onCard.forEach((isThere, slice) => {
      if (isThere === 0) context.fillRect(0, row(slice) - pixelHeight / 2, width, 2 * pixelHeight);
    });
  }
  context.restore();
}
