/** Class scores, last, with two digits and no verdict. */
import { gatedScores } from '../../diagnosis/exports/fitness.ts';
import { Fold } from '../Controls.tsx';
import { useApp, useAppState } from '../context.ts';
import { diagnosisOf } from '../state.ts';
import { classNames, classWords } from '../words.ts';

export function ScoreSection() {
  const { store } = useApp();
  const diagnosis = useAppState(diagnosisOf);
  const isCovered = useAppState(({ preferences, scoresRevealed }) => preferences.readFirst && !scoresRevealed);
  const session = useAppState((state) => state.session);
  if (!diagnosis?.network || session.kind !== 'viewing') return null;
  const { scores, heldBack } = gatedScores({ series: session.series, read: session.read, diagnosis });
  return (
    <Fold title="Class scores" open>
      {heldBack ? (
        <p className="caution">{heldBack}</p>
      ) : scores === null ? (
        <p>This model's classifier has not been shown to work on real scans: it gives no scores.</p>
      ) : isCovered ? (
        <button type="button" className="button" onClick={() => store.setState({ scoresRevealed: true })}>
          Show the scores
        </button>
      ) : (
        <dl className="scores" data-testid="scores">
          {classNames.map((name) => (
            <div key={name} className="score">
              <dt>{classWords[name]}</dt>
              <dd>
                <span className="bar" aria-hidden>
                  <span style={{ width: `${100 * scores[name]}%` }} />
                </span>
                <span>{scores[name].toFixed(2)}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {scores !== null && !heldBack && (
        <p className="quiet">
          Pattern likelihood from CT alone; PCR decides. Non-pneumonia does not mean normal. The scores add up to 1: a
          scan of anything else gets them too.
        </p>
      )}
    </Fold>
  );
}
