import { readSourceHeader } from '../../formats/dicom/derived.ts';
import { writeSecondaryCapture, type Capture } from '../../formats/dicom/writeSecondaryCapture.ts';
import type { Series } from '../../formats/series.ts';
import { programMaker, researchUse } from './readStudy.ts';
import type { NotExported } from './segmentation.ts';

/** A key image of a DICOM study. The picture must say "research use only" and bear no name: DICOM is told that
 *  nothing of the patient is burned in.
 *  @param shown SOP instances on screen */
export async function keyImage(
  series: Series,
  picture: Capture['picture'],
  shown: readonly string[],
  now: Date,
): Promise<Uint8Array<ArrayBuffer> | NotExported> {
  const source = series.source === 'dicom' ? await readSourceHeader(series.files[0]) : null;
  if (!source)
    return { kind: 'not-exported', reason: 'The study is no DICOM study: a picture has nothing to belong to.' };
  return writeSecondaryCapture({
    source,
    // A picture may be kept before anything was computed.
    maker: programMaker,
    seriesDescription: `Key image - ${researchUse}`.slice(0, 64),
    seriesNumber: 3000 + (series.seriesNumber ?? 0),
    picture,
    shown,
    now,
  });
}
