import { readSourceHeader, type Maker } from '../../formats/dicom/derived.ts';
import { writeSecondaryCapture, type Capture } from '../../formats/dicom/writeSecondaryCapture.ts';
import type { Series } from '../../formats/series.ts';
import { program, researchUse } from './readStudy.ts';
import type { NotExported } from './segmentation.ts';

/** A picture may be kept before anything was computed, so the program is its maker and not a model. */
const maker: Maker = {
  manufacturer: 'DeepSC CT viewer (research)',
  modelName: program.name,
  serialNumber: program.version,
  softwareVersion: program.version,
};

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
    maker,
    seriesDescription: `Key image - ${researchUse}`.slice(0, 64),
    seriesNumber: 3000 + (series.seriesNumber ?? 0),
    picture,
    shown,
    now,
  });
}
