/** The lesions, largest first. A row selects; its button goes there. */
import { Crosshair } from 'lucide-react';
import { useApp, useAppState } from '../context.ts';
import { findingsOf, showsLesions } from '../state.ts';
import { millilitres } from '../words.ts';

export function LesionTable() {
  const { session } = useApp();
  const findings = useAppState(findingsOf);
  const hasLesions = useAppState(showsLesions);
  const selected = useAppState(({ view }) => view.selectedLesion);
  const isDone = useAppState(({ run }) => run.kind === 'done' || run.kind === 'stored');
  if (!isDone) return <p className="quiet">No lesions to list before the analysis is complete.</p>;
  if (!hasLesions) return <p className="quiet">Lesions are withheld.</p>;
  const lesions = findings?.lesions ?? [];
  if (lesions.length === 0) return <p className="quiet">No lesion of 0.1 ml or more.</p>;
  return (
    <table className="lesions" data-testid="lesions">
      <caption className="visually-hidden">
        Lesions, 26-connected parts of at least 0.1 ml, largest first. Choosing a row outlines it in white.
      </caption>
      <thead>
        <tr>
          <th scope="col">No.</th>
          <th scope="col">ml</th>
          <th scope="col">Ø mm</th>
          <th scope="col">HU</th>
          <th scope="col">Lung</th>
          <th scope="col">
            <span className="visually-hidden">Go there</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {lesions.map(({ number, volumeMl, longestDiameterMm, meanHu, side }) => (
          <tr
            key={number}
            className={number === selected ? 'selected' : ''}
            onClick={() => session.selectLesion(number === selected ? null : number, false)}
          >
            <th scope="row">
              <button
                type="button"
                className="plain"
                aria-pressed={number === selected}
                aria-label={`Select lesion ${number}`}
                onClick={(event) => {
                  event.stopPropagation();
                  session.selectLesion(number === selected ? null : number, false);
                }}
              >
                {number}
              </button>
            </th>
            <td>{millilitres(volumeMl)}</td>
            <td>{longestDiameterMm.toFixed(0)}</td>
            <td>{meanHu.toFixed(0)}</td>
            <td>{side}</td>
            <td>
              <button
                type="button"
                className="icon-button small"
                aria-label={`Go to lesion ${number}`}
                onClick={(event) => {
                  event.stopPropagation();
                  session.selectLesion(number, true);
                }}
              >
                <Crosshair size={14} aria-hidden />
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
