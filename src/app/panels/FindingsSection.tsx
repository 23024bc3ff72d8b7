import { Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';
import { findingsOf, showsLesions } from '../state.ts';
import { FindingsPanel } from './FindingsPanel.tsx';

/** Lungs and lesions in numbers, beside what was published. */
export function FindingsSection() {
  const findings = useAppState(findingsOf);
  const hasLesions = useAppState(showsLesions);
  if (!findings) return null;
  return (
    <Fold title={hasLesions ? 'Findings' : 'Lungs'} open>
      <FindingsPanel findings={findings} hasLesions={hasLesions} />
    </Fold>
  );
}
