/** The lowest line: what is under the cursor, and what was just done. */
import { useAppState } from './context.ts';
import { hasImage } from './state.ts';
import { useRequests } from './requests.ts';

const slabWords = { off: '', maximum: 'MIP', minimum: 'MinIP', mean: 'Mean' } as const;
const lungWords = ['', 'right lung', 'left lung'] as const;

export function StatusLine() {
  const cursor = useAppState(({ view }) => view.cursor);
  const problem = useAppState(({ view }) => view.problem);
  const window = useAppState(({ view }) => view.window);
  const slab = useAppState(({ view }) => view.slab);
  const notice = useAppState((state) => state.notice);
  const isShown = useAppState(hasImage);
  const offline = useAppState((state) => state.offline);
  const { toOthers } = useRequests();
  return (
    <footer className="status" data-testid="status">
      {isShown && (
        <>
          <span className="hu">{cursor ? `${cursor.hu} HU` : '– HU'}</span>
          <span className="quiet place">
            {cursor &&
              [
                cursor.pointMm.map((mm) => mm.toFixed(1)).join(', ') + ' mm',
                lungWords[cursor.lung] ?? '',
                cursor.lesion > 0 ? `lesion ${cursor.lesion}` : '',
                cursor.evidence === null ? '' : `evidence ${cursor.evidence.toPrecision(2)} logit`,
              ]
                .filter(Boolean)
                .join(' · ')}
          </span>
          <span>
            W {window.widthHu.toFixed(0)} L {window.levelHu.toFixed(0)}
            {window.inverted && ' inverted'}
          </span>
          {slab.mode !== 'off' && (
            <span className="mark">
              {slabWords[slab.mode]} {slab.thicknessMm} mm
            </span>
          )}
        </>
      )}
      {problem && <span className="mark">{problem}</span>}
      <span className="notice" role="status" aria-live="polite">
        {notice}
      </span>
      {offline?.kind === 'update-waiting' && (
        <button type="button" className="button small" onClick={offline.takeOver}>
          A newer version is ready: load it
        </button>
      )}
      <span className="quiet">
        {toOthers} {toOthers === 1 ? 'request' : 'requests'} to other computers
      </span>
    </footer>
  );
}
