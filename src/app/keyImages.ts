/** The pane used last as a picture: PNG for anywhere, DICOM for the study. No picture bears a name. */
import { researchUse } from '../diagnosis/exports/readStudy.ts';
import type { SliceInstance } from '../formats/series.ts';
import type { Viewer, ViewerState } from '../viewer/contract.ts';
import { download } from './saving.ts';
import type { AppState } from './state.ts';

const notNow = 'This pane cannot be saved now.';

/** @returns what came of it, in a reader's words */
export async function savePicture(viewer: Viewer): Promise<string> {
  const picture = await namelessPicture(viewer);
  if (!picture) return notNow;
  download(`${picture.state.activePane}.png`, picture.png);
  return 'The picture is saved.';
}

/** @returns what came of it, in a reader's words */
export async function saveKeyImage(viewer: Viewer, state: AppState, now: Date): Promise<string> {
  const { session } = state;
  const picture = await namelessPicture(viewer);
  if (!picture || session.kind !== 'viewing') return notNow;
  const { keyImage } = await import('../diagnosis/exports/keyImage.ts');
  const shown = shownInstances(session.read, picture.state);
  const made = await keyImage(session.series, await pixelsOf(picture.png), shown, now);
  if ('kind' in made) return made.reason;
  download('key-image.dcm', new Blob([made], { type: 'application/dicom' }));
  return 'Saved as key-image.dcm. It belongs to the study and carries its identity.';
}

/** With what lies over it; in place of the patient's name stands what this is not for. */
const namelessPicture = (viewer: Viewer) => viewer.picture(viewer.state().activePane, { lines: [researchUse, ''] });

async function pixelsOf(picture: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(picture);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (!context) throw new Error('keyImages: no 2D canvas');
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** The slices that a pane shows: the nearest one, or all within the slab; none of them alone in the other planes. */
export function shownInstances(
  { sliceInstances }: { readonly sliceInstances: readonly SliceInstance[] },
  { activePane, slices, slab }: Pick<ViewerState, 'activePane' | 'slices' | 'slab'>,
): string[] {
  if (activePane !== 'axial' && activePane !== 'axial-clean') return [];
  const away = sliceInstances.flatMap(({ sopInstanceUid, zMm }) =>
    zMm === null ? [] : [{ sopInstanceUid, mm: Math.abs(zMm - slices.axial.positionMm) }],
  );
  const nearest = Math.min(...away.map(({ mm }) => mm));
  const reachMm = slab.mode === 'off' ? nearest : Math.max(nearest, slab.thicknessMm / 2);
  return away.filter(({ mm }) => mm <= reachMm).map(({ sopInstanceUid }) => sopInstanceUid);
}
