import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { App } from './actions.ts';
import type { AppState } from './state.ts';

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('useApp: outside of AppContext');
  return app;
}

/** @param select must give the same value while nothing it looks at has changed: a part of the state, no new object */
export function useAppState<T>(select: (state: AppState) => T): T {
  return useStore(useApp().store, select);
}
