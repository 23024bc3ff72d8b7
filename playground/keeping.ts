/** A made study kept as DICOM SEG and SR and read back, under the policy of the built page. */
import { madeDiagnosis, madeStudy, madeVolume } from '../src/diagnosis/exports/madeStudy.ts';
import { report } from '../src/diagnosis/exports/report.ts';
import { segmentation } from '../src/diagnosis/exports/segmentation.ts';
import { pixelBytes } from '../src/formats/dicom/pixelBytes.ts';
import { readSeg, segOnGrid } from '../src/formats/dicom/readSeg.ts';
import { readSr } from '../src/formats/dicom/readSr.ts';
import { openFiles } from '../src/formats/openFiles.ts';
import { readSeries } from '../src/formats/readSeries.ts';
import { writeDicomStudy } from '../src/simulation/dicomStudy.ts';

declare global {
  interface Window {
    keeping: typeof keepAndReadBack;
  }
}

async function keepAndReadBack() {
  const [series] = (await openFiles(writeDicomStudy(madeVolume))).series;
  const read = await readSeries(series, {
    decode: async (file, frame) => new Uint16Array((await pixelBytes(file, frame)).bytes.buffer),
  });
  if (read.kind === 'refused') throw new Error(read.message);
  const diagnosis = madeDiagnosis();
  const study = madeStudy(series, read, diagnosis);
  const now = new Date();
  const [made, reported] = [await segmentation(study, now), await report(study, now)];
  if ('kind' in made || 'kind' in reported) throw new Error('nothing was written');
  const seg = await readSeg(new Blob([made.bytes]));
  const sr = await readSr(new Blob([reported]));
  if (seg.kind === 'refused' || sr.kind === 'refused') throw new Error('nothing was read');
  const right = segOnGrid(seg, read.volume.grid, ({ label }) => (label === 'Right lung' ? 1 : 0));
  return {
    segments: seg.segments.map(({ label }) => label),
    groups: sr.groups.map(({ trackingId }) => trackingId),
    differing: right?.filter((label, i) => (label === 1) !== (diagnosis.lungs?.labels[i] === 1)).length,
  };
}

window.keeping = keepAndReadBack;
document.body.dataset.ready = 'yes';
