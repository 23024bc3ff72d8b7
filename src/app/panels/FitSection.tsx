/** Does this scan fit: what reading it corrected or found odd. */
import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';

const severityWords = { corrected: 'Corrected', warning: 'Caution', info: 'Note' } as const;

export function FitSection() {
  const session = useAppState((state) => state.session);
  const run = useAppState((state) => state.run);
  if (session.kind !== 'viewing') return null;
  const { series, read } = session;
  const lungNotes = run.kind === 'done' ? run.diagnosis.lungNotes : [];
  const isCaution = read.notes.some(({ severity }) => severity !== 'info') || lungNotes.length > 0;
  const [depth, rows, columns] = read.volume.grid.shape;
  const [z, y, x] = read.volume.grid.spacingMm.map((mm) => Number(mm.toFixed(2)));
  return (
    <Fold title="Does this scan fit?" note={isCaution ? 'caution' : 'nothing odd found'} open={isCaution}>
      <p className="quiet">
        {columns} × {rows} × {depth} voxels of {x} × {y} × {z} mm
        {series.thicknessMm !== null && `, slices ${Number(series.thicknessMm.toFixed(2))} mm thick`}
        {series.kernel && `, kernel ${series.kernel}`}
      </p>
      <ul className="notes">
        {read.notes.map(({ code, severity, message }) => (
          <li key={`${code} ${message}`} className={severity === 'info' ? '' : 'caution'}>
            {severityWords[severity]}: {message}
          </li>
        ))}
        {lungNotes.map(({ code, message }) => (
          <li key={`${code} ${message}`} className="caution">
            Lungs: {message}
          </li>
        ))}
      </ul>
    </Fold>
  );
}
