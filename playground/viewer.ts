/** The viewer alone, with a test object whose every side is known. The browser tests drive this page. */
import type { EvidenceMap, Viewer } from '../src/viewer/contract.ts';
import { createViewer } from '../src/viewer/createViewer.ts';
import { makeTestObject, type TestObject } from './testObject.ts';

declare global {
  interface Window {
    playground: {
      viewer: Viewer;
      contexts: readonly WebGL2RenderingContext[];
      testObject: TestObject;
      evidence: EvidenceMap;
      makeTestObject: typeof makeTestObject;
      createViewer: typeof createViewer;
    };
  }
}

/** So that a test can take a context away. */
const contexts: WebGL2RenderingContext[] = [];
const { getContext } = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (this: HTMLCanvasElement, ...args: Parameters<typeof getContext>) {
  const context = getContext.apply(this, args);
  if (context instanceof WebGL2RenderingContext && !contexts.includes(context)) contexts.push(context);
  return context;
} as typeof getContext;

const size = Number(new URLSearchParams(location.search).get('size') ?? 1);
const viewer = await createViewer();
for (const pane of ['axial', 'coronal', 'sagittal', 'volume3d'] as const) {
  viewer.mount(pane, document.getElementById(pane)!);
}
const testObject = makeTestObject(size);
viewer.showVolume(testObject.volume, { complete: true, banner: { lines: ['Test object'] } });
viewer.setWindow({ widthHu: 2000, levelHu: 0 });
viewer.setLungs(testObject.lungs);
viewer.setLesions(testObject.lesions);
viewer.setEvidence(testObject.evidence, { floor: 0.2, ceiling: 1, title: 'Evidence', unit: 'logit' });
viewer.setOverlays({ evidence: true });
await viewer.settled();
window.playground = { viewer, contexts, testObject, evidence: testObject.evidence, makeTestObject, createViewer };
document.body.dataset.ready = 'yes';
