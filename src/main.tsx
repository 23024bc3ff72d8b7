/** The page. Only wires the real services to it. */
import { start, startOffline } from './app/start.tsx';
import { connect } from './diagnosis/connect.ts';
import { decodeWithCornerstone } from './formats/dicom/decodeWithCornerstone.ts';
import { openFiles } from './formats/openFiles.ts';
import { readSeries } from './formats/readSeries.ts';
import { createViewer } from './viewer/createViewer.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const worker = new Worker(new URL('./diagnosis.worker.ts', import.meta.url), { type: 'module' });
const decode = decodeWithCornerstone();

try {
  const app = start(
    root,
    {
      openFiles,
      readSeries: (series, options) => readSeries(series, { decode, ...options }),
      diagnosis: connect(worker, () => worker.terminate()),
    },
    await createViewer(),
  );
  if (import.meta.env.PROD) startOffline(app);
} catch (error) {
  root.textContent = `This browser cannot show the viewer: ${error instanceof Error ? error.message : String(error)}`;
}
