/** What was dropped with the study: whose lesions these are, what a report says, whose lungs, what cannot be shown. */
import type { MeasuredNumber } from '../../formats/dicom/readSr.ts';
import { ActionButton, Fold } from '../Controls.tsx';
import { useApp, useAppState } from '../context.ts';

const lungWords = {
  file: 'Lungs and lesions were read from a file, not computed now.',
  own: 'Lesions were read from a file, not computed now. The lungs are those of another file.',
  here: 'Lesions were read from a file, not computed now. The lungs were found here.',
} as const;

/** Stands first wherever nothing was computed. */
export function StoredStrip() {
  const run = useAppState((state) => state.run);
  if (run.kind !== 'stored') return null;
  const { fileName, format, made, algorithms, lungsOf } = run.reading;
  return (
    <section className="strip stored" aria-label="Read from a file" data-testid="stored-reading">
      <p className="caution">{lungWords[lungsOf]}</p>
      <dl className="facts-list">
        <dt>File</dt>
        <dd>
          {fileName} ({format})
        </dd>
        <dt>Made with</dt>
        <dd>{algorithms.join(', ') || 'not said'}</dd>
        <dt>Program</dt>
        <dd>{made.by || 'not said'}</dd>
        <dt>Made on</dt>
        <dd>{made.on || 'not said'}</dd>
      </dl>
      <p className="quiet">Measured anew on these images. The file holds no evidence and no scores.</p>
    </section>
  );
}

export function CompanionSection() {
  const { session } = useApp();
  const { reading, lungs, problems } = useAppState(({ companions }) => companions);
  const isStored = useAppState(({ run }) => run.kind === 'stored');
  if (!lungs && problems.length === 0 && !reading) return <Report />;
  return (
    <section className="run" data-testid="companions">
      {lungs && (
        <>
          <p className="caution">
            Own lung mask in use: <code>{lungs.fileName}</code>
          </p>
          <ActionButton id="forget-lungs" text />
        </>
      )}
      {reading && !isStored && (
        <button type="button" className="button" onClick={() => session.showStored()}>
          Show what {reading.fileName} holds
        </button>
      )}
      {problems.map(({ fileName, message }) => (
        <p key={`${fileName} ${message}`} className="caution">
          <code>{fileName}</code> is not shown: {message}
        </p>
      ))}
      <Report />
    </section>
  );
}

/** In the report's own words and numbers, none of them checked. */
function Report() {
  const report = useAppState(({ companions }) => companions.report);
  if (!report) return null;
  const { fileName, made, isVerified, groups } = report;
  return (
    <Fold title="What the report says" note={fileName}>
      <div data-testid="stored-report">
        <p className="caution">
          {isVerified ? 'Signed' : 'Signed by nobody'}; made by {made.by || 'an unnamed program'}
          {made.on && `, ${made.on}`}. Read from the file, not computed now.
        </p>
        <table className="numbers">
          <caption className="visually-hidden">Measurements that {fileName} states</caption>
          {groups.map(({ trackingId, numbers }, i) => (
            <tbody key={i}>
              <tr>
                <th scope="rowgroup" colSpan={2}>
                  {trackingId || `Group ${i + 1}`}
                </th>
              </tr>
              {numbers.map((number, k) => (
                <tr key={k}>
                  <th scope="row">{nameOf(number)}</th>
                  <td>{valueOf(number)}</td>
                </tr>
              ))}
            </tbody>
          ))}
        </table>
      </div>
    </Fold>
  );
}

const nameOf = ({ concept, finding }: MeasuredNumber) => concept.meaning + (finding ? `: ${finding.meaning}` : '');

function valueOf({ value, unit }: MeasuredNumber): string {
  const number = Number(value.toPrecision(3)).toLocaleString('en');
  return unit && unit.value !== '1' ? `${number} ${unit.value === "[hnsf'U]" ? 'HU' : unit.value}` : number;
}
