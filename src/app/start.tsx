/** Puts the page together from services and a viewer. */
import { createRoot } from 'react-dom/client';
import { keepOffline } from '../offline/serviceWorker.ts';
import type { Viewer } from '../viewer/contract.ts';
import type { App as AppParts } from './actions.ts';
import { App } from './App.tsx';
import { follow } from './follow.ts';
import { listenToKeys } from './keys.ts';
import { loadPreferences } from './preferences.ts';
import type { Services } from './services.ts';
import { createSession } from './session.ts';
import { createAppStore } from './state.ts';

export function start(root: HTMLElement, services: Services, viewer: Viewer): AppParts {
  const store = createAppStore(viewer.state(), loadPreferences());
  const session = createSession({ services, viewer, store });
  const app = { store, viewer, session, services };
  follow(app);
  listenToKeys(app);
  void session.loadModels();
  createRoot(root).render(<App app={app} />);
  return app;
}

/** The built page only: the dev server has no service worker. */
export function startOffline({ store }: Pick<AppParts, 'store'>): void {
  void keepOffline((offline) => store.setState({ offline }));
}
