/** What in this reading asks for a second look. */
import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';
import { flagsOf } from '../fit.ts';
import { findingsOf } from '../state.ts';

export function ReviewSection() {
  const run = useAppState((state) => state.run);
  const verdicts = useAppState((state) => state.verdicts);
  if (!findingsOf({ run, verdicts })) return null;
  const flags = flagsOf({ run, verdicts });
  return (
    <Fold title="Review flags" note={flags.length === 0 ? 'none' : flags.length} open={flags.length > 0}>
      {flags.length === 0 ? (
        <p className="quiet">Nothing in these numbers asks for a second look. The reading does all the same.</p>
      ) : (
        <ul className="notes" data-testid="flags">
          {flags.map(({ code, message }) => (
            <li key={`${code} ${message}`} className="caution">
              {message}
            </li>
          ))}
        </ul>
      )}
    </Fold>
  );
}
