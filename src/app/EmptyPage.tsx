/** Before a study: where to drop it, what this is, what it does not do. */
import { FilePlus2, FlaskConical, FolderOpen, type LucideIcon } from 'lucide-react';
import type { OfflineState } from '../offline/serviceWorker.ts';
import { act, type ActionId } from './actions.ts';
import { ProblemNote } from './Controls.tsx';
import { useApp, useAppState } from './context.ts';
import { useRequests } from './requests.ts';
import { duration } from './words.ts';

const ways: readonly { id: ActionId; icon: LucideIcon; text: string }[] = [
  { id: 'open-folder', icon: FolderOpen, text: 'Open a folder' },
  { id: 'open-files', icon: FilePlus2, text: 'Open files or a .zip' },
  { id: 'open-sample', icon: FlaskConical, text: 'Open sample study' },
];

export function EmptyPage() {
  const app = useApp();
  const session = useAppState((state) => state.session);
  return (
    <main className="empty" data-testid="empty">
      <h1>Drop a chest CT here</h1>
      <p className="lead">
        A folder, DICOM files, a .zip or a NIfTI file. Images show at once; then the DeepSC-COVID network reads the
        study on this machine: lungs, lesions, evidence, class scores.
      </p>
      {session.kind === 'empty' && session.problem && <ProblemNote {...session.problem} />}
      <div className="ways">
        {ways.map(({ id, icon: Icon, text }, i) => (
          <button key={id} type="button" className={i === 0 ? 'button primary' : 'button'} onClick={() => act(app, id)}>
            <Icon size={18} aria-hidden />
            {text}
          </button>
        ))}
      </div>
      <div className="facts">
        <Privacy />
        <Machine />
      </div>
    </main>
  );
}

function offlineWords(offline: OfflineState): string {
  switch (offline.kind) {
    case 'storing':
      return 'The page is being kept for use without a network.';
    case 'ready':
    case 'update-waiting':
      return 'The page works with the network unplugged.';
    case 'unavailable':
      return `The page is not kept for use without a network: ${offline.reason}.`;
  }
}

function Privacy() {
  const { toOthers, blocked } = useRequests();
  const offline = useAppState((state) => state.offline);
  return (
    <section>
      <h2>Nothing leaves this computer</h2>
      <p>Files are read in place and never uploaded or stored. {offline && offlineWords(offline)}</p>
      <p className="count" data-testid="requests">
        <strong>{toOthers}</strong> {toOthers === 1 ? 'request' : 'requests'} to other computers
        {blocked > 0 && `, ${blocked} stopped by the page's policy`}
      </p>
    </section>
  );
}

function Machine() {
  const lastRun = useAppState(({ preferences }) => preferences.lastRun);
  const { deviceMemory } = navigator as { deviceMemory?: number };
  return (
    <section>
      <h2>This machine</h2>
      <ul>
        <li>
          {navigator.hardwareConcurrency} processor {navigator.hardwareConcurrency === 1 ? 'core' : 'cores'}
          {deviceMemory !== undefined && `, ${deviceMemory} GB of memory or more`}
        </li>
        <li>
          {crossOriginIsolated
            ? 'The analysis may use several cores.'
            : 'The analysis uses one core until the page is loaded once more.'}
        </li>
        <li>
          {lastRun
            ? `The last analysis took ${duration(lastRun.elapsedMs)} (${lastRun.slices} slices, ${lastRun.engine}).`
            : 'The graphics card is used where it passes a test, else the processor.'}
        </li>
      </ul>
    </section>
  );
}
