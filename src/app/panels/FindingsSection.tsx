import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';
import { diagnosisOf } from '../state.ts';
import { FindingsPanel } from './FindingsPanel.tsx';

/** Lungs and lesions in numbers, beside what was published. */
export function FindingsSection() {
  const diagnosis = useAppState(diagnosisOf);
  if (!diagnosis?.findings) return null;
  const hasLesions = diagnosis.network !== null;
  return (
    <Fold title={hasLesions ? 'Findings' : 'Lungs'} open>
      <FindingsPanel findings={diagnosis.findings} hasLesions={hasLesions} />
    </Fold>
  );
}
