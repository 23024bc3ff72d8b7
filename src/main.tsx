/** The page. Only wires the real services to it. */
import './trustedTypes.ts';
import { offerHeadless } from './app/headless.ts';
import { filesFrom } from './app/sampleWorker.ts';
import type { Services } from './app/services.ts';
import { start, startOffline } from './app/start.tsx';
import { connect } from './diagnosis/connect.ts';
import { describeMachine } from './diagnosis/machine.ts';
import { decodeWithCornerstone } from './formats/dicom/decodeWithCornerstone.ts';
import { openFiles } from './formats/openFiles.ts';
import { memoryBudget } from './formats/memoryBudget.ts';
import { readSeries } from './formats/readSeries.ts';
import { createViewer } from './viewer/createViewer.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');

const worker = new Worker(new URL('./diagnosis.worker.ts', import.meta.url), { type: 'module' });
const decode = decodeWithCornerstone();
const budgetBytes = memoryBudget((navigator as { deviceMemory?: number }).deviceMemory);

const services: Services = {
  openFiles,
  readSeries: (series, options) => readSeries(series, { decode, budgetBytes, ...options }),
  makeSample: (signal) =>
    filesFrom(new Worker(new URL('./sample.worker.ts', import.meta.url), { type: 'module' }), signal),
  diagnosis: connect(worker, () => worker.terminate()),
  describeMachine: () => describeMachine(navigator.gpu),
};

if (new URLSearchParams(location.search).has('headless')) offerHeadless(services, root);
else await startPage(root);

async function startPage(root: HTMLElement): Promise<void> {
  try {
    const app = start(root, services, await createViewer());
    if (import.meta.env.PROD) startOffline(app);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    root.textContent = `This browser cannot show the viewer: ${words}`;
  }
}
