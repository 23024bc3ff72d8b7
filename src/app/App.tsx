import { Tooltip } from 'radix-ui';
import { useEffect, useRef, useState, type DragEvent, type ReactNode } from 'react';
import type { App as AppParts } from './actions.ts';
import { AppContext, useApp, useAppState } from './context.ts';
import { ProblemNote, ProgressBar } from './Controls.tsx';
import { Dialogs } from './Dialogs.tsx';
import { droppedFiles, pickedFiles } from './droppedFiles.ts';
import { EmptyPage } from './EmptyPage.tsx';
import { Header } from './Header.tsx';
import { Panes } from './Panes.tsx';
import { AiPanel } from './panels/AiPanel.tsx';
import { SeriesList } from './SeriesList.tsx';
import { thinned } from '../formats/dicom/thinned.ts';
import { gigabytes } from '../formats/memoryBudget.ts';
import { runName, type Problem } from './state.ts';
import { StatusLine } from './StatusLine.tsx';
import './app.css';

declare module 'react' {
  interface InputHTMLAttributes<T> {
    /** Chromium's and everybody's by now, React's types do not know it. */
    webkitdirectory?: T extends HTMLInputElement ? string : never;
  }
}

export function App({ app }: { app: AppParts }) {
  return (
    <AppContext value={app}>
      <Tooltip.Provider delayDuration={500}>
        <DropTarget>
          <p className="banner" data-testid="banner">
            Research use only. Not for use in diagnostic procedures.
          </p>
          <Header />
          <Pickers />
          <Body />
          <StatusLine />
          <Dialogs />
        </DropTarget>
      </Tooltip.Provider>
    </AppContext>
  );
}

/** The whole page takes drops, whatever is on it. */
function DropTarget({ children }: { children: ReactNode }) {
  const { session } = useApp();
  const [isOver, setOver] = useState(false);
  const sessionKind = useAppState(({ session: { kind } }) => kind);
  const run = useAppState(runName);
  const onDragOver = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    setOver(true);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void session.open(droppedFiles(event.dataTransfer), 'what was dropped');
  };
  const onDragLeave = (event: DragEvent) => {
    if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false);
  };
  return (
    <div
      className="page"
      data-testid="page"
      data-session={sessionKind}
      data-run={run}
      onDragOver={onDragOver}
      onDragLeave={onDragLeave}
      onDrop={onDrop}
    >
      {children}
      {isOver && <div className="drop-shade">Let go to open</div>}
    </div>
  );
}

/** Always there, so that menus, keys and scripts can use them. */
function Pickers() {
  const { session } = useApp();
  const pick = (what: string) => (event: React.ChangeEvent<HTMLInputElement>) => {
    const { files } = event.target;
    if (files?.length) void session.open(pickedFiles(files), what);
    // So that the same choice can be made again.
    event.target.value = '';
  };
  return (
    <div hidden>
      <input id="pick-folder" type="file" webkitdirectory="" aria-label="Folder" onChange={pick('the folder')} />
      <input
        id="pick-lungs"
        type="file"
        aria-label="Own lung mask"
        onChange={({ target }) => {
          if (target.files?.length) void session.takeLungs(pickedFiles(target.files));
          target.value = '';
        }}
      />
      <input id="pick-files" type="file" multiple aria-label="Files" onChange={pick('the files')} />
    </div>
  );
}

function Body() {
  const session = useAppState((state) => state.session);
  switch (session.kind) {
    case 'empty':
      return <EmptyPage />;
    case 'opening':
      return <Opening />;
    case 'choosing':
      return <Choosing />;
    case 'reading':
    case 'viewing':
      return <ReadingRoom />;
  }
}

function Opening() {
  const { session: control } = useApp();
  const session = useAppState((state) => state.session);
  if (session.kind !== 'opening') return null;
  const { title, progress } = session;
  return (
    <main className="empty" data-testid="opening">
      <h1>{title}</h1>
      <ProgressBar label={title} done={progress?.done ?? null} of={progress?.total ?? 1} />
      <p className="quiet">
        {progress ? `${progress.done} of ${progress.total} files looked at` : 'This takes a few seconds.'}
      </p>
      <button type="button" className="button" onClick={() => control.cancel()}>
        Cancel
      </button>
    </main>
  );
}

function Choosing() {
  const session = useAppState((state) => state.session);
  return (
    <main className="choosing" data-testid="choosing" data-scrolls tabIndex={-1}>
      <h1>What was found</h1>
      {session.kind === 'choosing' && session.problem && (
        <>
          <ProblemNote {...session.problem} />
          {session.problem.instead && <Instead {...session.problem.instead} />}
        </>
      )}
      <SeriesList />
      <p className="quiet">Another folder can be dropped at any time.</p>
    </main>
  );
}

/** Less of a series, where all of it does not fit into memory. */
function Instead({ series, thinner: { every, slices, bytes } }: NonNullable<Problem['instead']>) {
  const { session } = useApp();
  return (
    <p className="instead">
      <button type="button" className="button" onClick={() => void session.read(thinned(series, every))}>
        Read one slice in {every}
      </button>{' '}
      <span className="quiet">
        {slices} slices{series.spacingMm !== null && `, ${Number((every * series.spacingMm).toFixed(2))} mm apart`},
        about {gigabytes(bytes)}
      </span>
    </p>
  );
}

function ReadingRoom() {
  const panelOpen = useAppState(({ preferences }) => preferences.panelOpen);
  const main = useRef<HTMLElement>(null);
  // Keys act on the images at once, wherever the focus was before.
  useEffect(() => main.current?.focus({ preventScroll: true }), []);
  return (
    <main ref={main} className="room" tabIndex={-1} aria-label="Reading room">
      <div className="image-area">
        <ReadingBar />
        <Panes />
      </div>
      {panelOpen && <AiPanel />}
    </main>
  );
}

function ReadingBar() {
  const { session: control } = useApp();
  const session = useAppState((state) => state.session);
  if (session.kind !== 'reading') return null;
  const { progress } = session;
  return (
    <div className="reading-bar" data-testid="reading">
      <span aria-live="polite">Reading {progress ? `${progress.done} of ${progress.total} slices` : 'the series'}</span>
      <ProgressBar label="Reading" done={progress?.done ?? null} of={progress?.total ?? 1} />
      <button type="button" className="button small" onClick={() => control.cancel()}>
        Cancel
      </button>
    </div>
  );
}
