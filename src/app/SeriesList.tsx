/** What the files turned out to hold: by patient and study, what can be read and what was set apart and why. */
import type { Opened, Series } from '../formats/series.ts';
import { useApp, useAppState } from './context.ts';
import { Fold } from './Controls.tsx';
import { currentSeries, openedOf } from './state.ts';
import { count, patientWords, seriesName } from './words.ts';

interface Group {
  readonly key: string;
  readonly patient: string;
  readonly study: string;
  readonly series: Series[];
}

/** In the order of the list; two patients or two studies are never in one group. */
export function groupsOf(series: readonly Series[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const one of series) {
    const { patient, study } = one;
    const key = JSON.stringify([patient, study.instanceUid, study.date]);
    const group = groups.get(key) ?? {
      key,
      patient: patientWords(patient),
      study: [study.date, study.description].filter(Boolean).join(' · ') || 'Study without date',
      series: [],
    };
    group.series.push(one);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const mm = (value: number | null) => (value === null ? '–' : `${Number(value.toFixed(2))} mm`);

export function SeriesList({ onRead }: { onRead?: () => void }) {
  const opened = useAppState(openedOf);
  const identityHidden = useAppState((state) => state.identityHidden);
  if (!opened) return null;
  return (
    <div className="series-list" data-testid="series-list">
      {groupsOf(opened.series).map(({ key, patient, study, series }) => (
        <section key={key} className="study-group">
          <h3>{identityHidden ? 'Identity hidden' : patient}</h3>
          <p className="quiet">{study}</p>
          <SeriesTable series={series} onRead={onRead} label={identityHidden ? study : `${patient}, ${study}`} />
        </section>
      ))}
      <LeftOut opened={opened} />
    </div>
  );
}

function SeriesTable({ series, label, onRead }: { series: readonly Series[]; label: string; onRead?: () => void }) {
  const { session } = useApp();
  const current = useAppState(currentSeries);
  const identityHidden = useAppState((state) => state.identityHidden);
  return (
    <table className="series" aria-label={`Series of ${label}`}>
      <thead>
        <tr>
          {['No.', 'Description', 'Slices', 'Thickness', 'Spacing', 'Kernel', 'Date', ''].map((title) => (
            <th key={title} scope="col">
              {title || <span className="visually-hidden">Read</span>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {series.map((one) => (
          <tr key={one.id} className={one.id === current?.id ? 'selected' : ''}>
            <td>{one.seriesNumber ?? '–'}</td>
            <th scope="row">{seriesName(one, identityHidden)}</th>
            <td>{one.sliceCount}</td>
            <td>{mm(one.thicknessMm)}</td>
            <td>{mm(one.spacingMm)}</td>
            <td>{one.kernel || '–'}</td>
            <td>{one.date || '–'}</td>
            <td>
              {one.fit.kind === 'set-aside' ? (
                <span className="quiet">Set apart: {one.fit.reason}</span>
              ) : (
                <button
                  type="button"
                  className="button small"
                  aria-label={`Read ${seriesName(one, identityHidden)}, ${one.sliceCount} slices`}
                  onClick={() => {
                    onRead?.();
                    void session.read(one);
                  }}
                >
                  {one.id === current?.id ? 'On screen' : 'Read'}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function LeftOut({ opened: { problems, counts } }: { opened: Opened }) {
  const ignored = counts.ignored.reduce((sum, { count: n }) => sum + n, 0);
  return (
    <section className="left-out">
      <p className="quiet">
        {count(counts.files, 'file')}: {counts.dicom.toLocaleString('en')} DICOM, {counts.nifti} NIfTI, {ignored}{' '}
        ignored, {problems.length} unreadable
      </p>
      {problems.length > 0 && (
        <Fold title="Files that could not be read" note={problems.length} open={problems.length < 6}>
          <ul>
            {problems.slice(0, 200).map(({ fileName, message }) => (
              <li key={fileName}>
                <code>{fileName}</code>: {message}
              </li>
            ))}
          </ul>
        </Fold>
      )}
      {ignored > 0 && (
        <Fold title="Ignored" note={ignored}>
          <ul>
            {counts.ignored.map(({ reason, count: n, example }) => (
              <li key={reason}>
                {reason}: {n}, such as <code>{example}</code>
              </li>
            ))}
          </ul>
        </Fold>
      )}
    </section>
  );
}
