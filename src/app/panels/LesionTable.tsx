/** The lesions, largest first. A row selects; its buttons go there, accept and reject. */
import { Ban, Check, Crosshair } from 'lucide-react';
import { useApp, useAppState } from '../context.ts';
import { allFindingsOf, lesionsJudged, showsLesions, type Verdict, type Verdicts } from '../state.ts';
import { millilitres } from '../words.ts';

export function LesionTable() {
  const { session } = useApp();
  const findings = useAppState(allFindingsOf);
  const verdicts = useAppState((state) => state.verdicts);
  const hasLesions = useAppState(showsLesions);
  const selected = useAppState(({ view }) => view.selectedLesion);
  const isDone = useAppState(({ run }) => run.kind === 'done' || run.kind === 'stored');
  if (!isDone) return <p className="quiet">No lesions to list before the analysis is complete.</p>;
  if (!hasLesions) return <p className="quiet">Lesions are withheld.</p>;
  const lesions = findings?.lesions ?? [];
  if (lesions.length === 0) return <p className="quiet">No lesion of 0.1 ml or more.</p>;
  return (
    <>
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
            <th scope="col" colSpan={2}>
              <span className="visually-hidden">The reader’s decision</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {lesions.map(({ number, volumeMl, longestDiameterMm, meanHu, side }) => (
            <tr
              key={number}
              className={[number === selected && 'selected', verdicts[number]].filter(Boolean).join(' ')}
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
              <td>
                <VerdictButton lesion={number} verdict="accepted" />
              </td>
              <td>
                <VerdictButton lesion={number} verdict="rejected" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet" data-testid="verdicts">
        {verdictWords(lesions.length, verdicts)}
      </p>
    </>
  );
}

const verdictLooks = {
  accepted: { Icon: Check, verb: 'Accept' },
  rejected: { Icon: Ban, verb: 'Reject' },
} as const;

function VerdictButton({ lesion, verdict }: { lesion: number; verdict: Verdict }) {
  const { session } = useApp();
  const isGiven = useAppState(({ verdicts }) => verdicts[lesion] === verdict);
  const { Icon, verb } = verdictLooks[verdict];
  return (
    <button
      type="button"
      className="icon-button small"
      aria-pressed={isGiven}
      aria-label={`${verb} lesion ${lesion}`}
      title={`${verb} lesion ${lesion}`}
      onClick={(event) => {
        event.stopPropagation();
        session.judgeLesion(lesion, verdict);
      }}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}

function verdictWords(lesions: number, verdicts: Verdicts): string {
  const [accepted, rejected] = (['accepted', 'rejected'] as const).map((one) => lesionsJudged(verdicts, one).length);
  if (accepted + rejected === 0) return 'Nobody has accepted or rejected these lesions yet.';
  const open = lesions - accepted - rejected;
  const counts = `${accepted} accepted, ${rejected} rejected, ${open} to be decided.`;
  return rejected === 0 ? counts : `${counts} Findings and saved files leave out what is rejected.`;
}
