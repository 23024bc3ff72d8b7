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
    case 'running':
      return <Running />;
    case 'failed':
      return (
        <section className="run" data-testid="run">
          <ProblemNote message={run.message} detail={[run.code, run.detail].filter(Boolean).join('\n')} />
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
  return (
    <section className="run" data-testid="run">
      <p aria-live="polite">{stage}</p>
      <ProgressBar label={stage} done={progress && progress.of > 1 ? progress.done : null} of={progress?.of ?? 1} />
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
  const showUntrained = useAppState((state) => state.showUntrained);
  if (run.kind !== 'done') return null;
  const { warnings, network, model } = run.diagnosis;
  const isOnRequest = network !== null && showUntrained && model.evidence === 'none';
  if (warnings.length === 0 && !isOnRequest) return null;
  const isHeldBack = network === null && warnings.some(({ code }) => code === 'untrained' || code === 'unverified');
  const ask = () => {
    store.setState({ showUntrained: true });
    void session.analyse();
  };
  return (
    <section className="run" data-testid="run">
      {warnings.map(({ code, message }) => (
        <p key={`${code} ${message}`} className="caution">
          {message}
        </p>
      ))}
      {isOnRequest && (
        <p className="caution">
          This is the output of an untrained or unverified network. It says nothing of the patient.
        </p>
      )}
      {isHeldBack && (
        <button type="button" className="button" data-testid="show-untrained" onClick={ask}>
          Show the untrained network's output
        </button>
      )}
    </section>
  );
}
