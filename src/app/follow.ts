/** Keeps viewer, preferences and store in step. */
import { savePreferences, type Preferences } from './preferences.ts';
import type { PaneName } from '../viewer/contract.ts';
import type { App } from './actions.ts';
import { layouts } from './layouts.ts';

/** @returns a function that ends it */
export function follow({ store, viewer }: Pick<App, 'store' | 'viewer'>): () => void {
  toViewer(store.getState().preferences);
  const endView = viewer.onChange((view) => store.setState({ view }));
  const endStore = store.subscribe(({ preferences }, before) => {
    if (preferences === before.preferences) return;
    savePreferences(preferences);
    toViewer(preferences);
  });

  function toViewer({ layout, lesionStyle, fillOpacity, evidenceOpacity, referenceLines }: Preferences): void {
    // Keys act on a pane that is on screen; the axial one always is.
    const panes: readonly PaneName[] = layouts[layout].panes;
    if (!panes.includes(viewer.state().activePane)) viewer.setActivePane('axial');
    viewer.setOverlays({ lesionStyle, fillOpacity, referenceLines });
    viewer.setEvidenceSetting({ opacity: evidenceOpacity });
  }

  return () => {
    endView();
    endStore();
  };
}
