/** The analysis itself: how far, how long yet, what it would not say, what went wrong. */
import { stageNames } from '../../diagnosis/diagnosis.ts';
import { ActionButton, ProblemNote, ProgressBar } from '../Controls.tsx';
import { useApp, useAppState } from '../context.ts';
import { duration } from '../words.ts';

export function RunSection() {
  const run = useAppState((state) => state.run);
  const session = useAppState((state) => state.session);
  if (session.kind === 'reading') return <p className="quiet">The analysis starts once all slices are read.</p>;
  switch (run.kind) {
    case 'idle':
    case 'cancelled':
      return (
        <section className="run" data-testid="run">
          <p>{run.kind === 'idle' ? 'The analysis has not run.' : 'The analysis was cancelled.'}</p>
          <ActionButton id="analyse" text />
        </section>
      );
    case 'companions':
      return (
        <section className="run" data-testid="run">
          <p aria-live="polite">Reading what was dropped with the study</p>
          <ProgressBar label="Reading" done={null} of={1} />
        </section>
      );
    case 'stored':
      return (
        <section className="run" data-testid="run">
          <ActionButton id="analyse" text />
        </section>
      );
    case 'running':
      return <Running />;
    case 'failed':
      return (
        <section className="run" data-testid="run">
          <ProblemNote code={run.code} message={run.message} detail={run.detail} />
          <p>The images stay usable.</p>
          <ActionButton id="analyse" text />
        </section>
      );
    case 'done':
      return <Withheld />;
  }
}

function Running() {
  const run = useAppState((state) => state.run);
  if (run.kind !== 'running') return null;
  const { progress, lungs } = run;
  const stage = progress ? stageNames[progress.stage] : 'Starting';
  const left = progress?.remainingMs ?? null;
  const isMeasured = progress !== null && (progress.of > 1 || progress.done > 0);
  return (
    <section className="run" data-testid="run">
      <p aria-live="polite">{stage}</p>
      {/* Stages of one step say nothing of how far they are. */}
      <ProgressBar label={stage} done={isMeasured ? progress.done : null} of={progress?.of ?? 1} />
      <p className="quiet">
        {progress && progress.of > 1 && `${progress.done} of ${progress.of} · `}
        {progress && `${duration(progress.elapsedMs)} so far`}
        {left !== null && ` · about ${duration(left)} left`}
      </p>
      {lungs === 'found' && <p className="quiet">The lungs are outlined.</p>}
      <ActionButton id="cancel-analysis" text />
    </section>
  );
}

/** What the worker held back, and the one way to see it all the same. */
function Withheld() {
  const { store, session } = useApp();
  const run = useAppState((state) => state.run);
  if (run.kind !== 'done') return null;
  const { warnings, network } = run.diagnosis;
  // Those of the lungs stand with the fitness of the scan.
  const told = warnings.filter(({ code }) => code !== 'lungs');
  if (told.length === 0) return null;
  const isHeldBack = network === null && warnings.some(({ code }) => code === 'untrained' || code === 'unverified');
  const ask = () => {
    store.setState({ showUntrained: true });
    void session.analyse();
  };
  return (
    <section className="run" data-testid="run">
      {told.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="caution">
          {message}
        </p>
      ))}
      {isHeldBack && (
        <button type="button" className="button" data-testid="show-untrained" onClick={ask}>
          Show the untrained network's output
        </button>
      )}
    </section>
  );
}
