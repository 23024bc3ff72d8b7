/** What the network makes of the study, in an order that keeps a reader from leaning on a number: what computed
 *  it and how well that is known, whether the scan fits, where it fails; only then findings, evidence, scores. */
import { ActionButton, Fold } from '../Controls.tsx';
import { useAppState } from '../context.ts';
import { findingsOf, showsLesions } from '../state.ts';
import { CompanionSection, StoredStrip } from './CompanionSection.tsx';
import { FitSection } from './FitSection.tsx';
import { ReviewSection } from './ReviewSection.tsx';
import { LesionTable } from './LesionTable.tsx';
import { RunSection } from './RunSection.tsx';
import { StatusStrip } from './StatusStrip.tsx';
import { EvidenceSection } from './EvidenceSection.tsx';
import { ScoreSection } from './ScoreSection.tsx';
import { FindingsSection } from './FindingsSection.tsx';

export function AiPanel() {
  const hasNetwork = useAppState(({ run }) => run.kind === 'done' && run.diagnosis.network !== null);
  const hasFindings = useAppState((state) => findingsOf(state) !== null);
  const hasLesions = useAppState(showsLesions);
  const isListed = useAppState(({ preferences, maximised }) => preferences.layout === 'lesions' && !maximised);
  return (
    <aside className="panel" aria-label="AI reading" data-testid="panel" data-scrolls tabIndex={0}>
      <StoredStrip />
      <StatusStrip />
      <RunSection />
      <CompanionSection />
      <FitSection />
      <Fold title="Known failure modes">
        <p>
          Classifiers for COVID-19 on CT fell to an AUC near 0.5 at hospitals they had not seen (Nguyen 2021,
          PMC8275994).
        </p>
        <p>
          Effusion, atelectasis, fibrosis, tumour, motion and dependent density can be called lesion. Early or mild
          disease can be missed. Other viral pneumonia is not a class.
        </p>
      </Fold>
      {hasFindings && (
        <>
          <ReviewSection />
          <FindingsSection />
        </>
      )}
      {hasLesions && !isListed && (
        <Fold title="Lesions" open>
          <LesionTable />
        </Fold>
      )}
      {hasNetwork && (
        <>
          <EvidenceSection />
          <ScoreSection />
        </>
      )}
      <div className="panel-end">
        <ActionButton id="preferences" text />
      </div>
    </aside>
  );
}
