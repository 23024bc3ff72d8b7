/** Keeps viewer, preferences and store in step. */
import { savePreferences, type Preferences } from './preferences.ts';
import type { App } from './actions.ts';

/** @returns a function that ends it */
export function follow({ store, viewer }: Pick<App, 'store' | 'viewer'>): () => void {
  toViewer(store.getState().preferences);
  const endView = viewer.onChange((view) => store.setState({ view }));
  const endStore = store.subscribe(({ preferences }, before) => {
    if (preferences === before.preferences) return;
    savePreferences(preferences);
    toViewer(preferences);
  });

  function toViewer({ lesionStyle, fillOpacity, evidenceOpacity, referenceLines }: Preferences): void {
    viewer.setOverlays({ lesionStyle, fillOpacity, referenceLines });
    viewer.setEvidenceSetting({ opacity: evidenceOpacity });
  }

  return () => {
    endView();
    endStore();
  };
}
