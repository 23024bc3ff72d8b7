/** Does this scan fit what the network was made for: before any number. */
import { verdictOf, type Verdict } from '../../findings/fitness.ts';
import { shownChecks } from '../fit.ts';
import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';

const severityWords = { corrected: 'Corrected', warning: 'Caution', info: 'Note' } as const;
const verdictWords: Readonly<Record<Verdict, string>> = { pass: 'pass', caution: 'caution', stop: 'stop: no scores' };
const marks: Readonly<Record<Verdict, string>> = { pass: '✓', caution: '!', stop: '✕' };

export function FitSection() {
  const session = useAppState((state) => state.session);
  const run = useAppState((state) => state.run);
  if (session.kind !== 'viewing') return null;
  const { read } = session;
  const checks = shownChecks({ session, run });
  const verdict = checks && verdictOf(checks);
  const [depth, rows, columns] = read.volume.grid.shape;
  const [z, y, x] = read.volume.grid.spacingMm.map((mm) => Number(mm.toFixed(2)));
  const isNoted = read.notes.some(({ severity }) => severity !== 'info');
  // What was odd is said by the check of the geometry.
  const notes = read.notes.filter(({ severity }) => !checks || severity === 'info');
  return (
    <Fold
      // A verdict that comes in opens the fold once.
      key={verdict ?? 'none'}
      title="Does this scan fit?"
      note={verdict ? verdictWords[verdict] : ''}
      open={verdict ? verdict !== 'pass' : isNoted}
    >
      <p className="quiet">
        {columns} × {rows} × {depth} voxels of {x} × {y} × {z} mm
      </p>
      {checks && (
        <table className="checks" data-testid="checks">
          <caption className="visually-hidden">What was looked at: pass, caution or stop</caption>
          <tbody>
            {checks.map(({ name, verdict: one, message }) => (
              <tr key={name} className={one === 'pass' ? '' : 'caution'}>
                <td aria-label={one}>{marks[one]}</td>
                <th scope="row">{name}</th>
                <td>{message}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {notes.length > 0 && (
        <ul className="notes">
          {notes.map(({ code, severity, message }) => (
            <li key={`${code} ${message}`} className={severity === 'info' ? '' : 'caution'}>
              {severityWords[severity]}: {message}
            </li>
          ))}
        </ul>
      )}
    </Fold>
  );
}
