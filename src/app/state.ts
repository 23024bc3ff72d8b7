/** All that the page knows. Components read it, actions and the session change it. */
import { createStore, type StoreApi } from 'zustand/vanilla';
import { noCompanions, type Companions, type StoredReading } from '../diagnosis/companions.ts';
import type { Diagnosis, DiagnosisProgress, ClassName, OfferedModel } from '../diagnosis/diagnosis.ts';
import type { Findings } from '../findings/findings.ts';
import { withoutLesions } from '../findings/withoutLesions.ts';
import type { OfflineState } from '../offline/serviceWorker.ts';
import type { Opened, OpenProgress, ReadProgress, ReadSeries, Series, Thinner } from '../formats/series.ts';
import type { PaneName, ViewerState } from '../viewer/contract.ts';
import { defaultPreferences, type Preferences } from './preferences.ts';

/** What went wrong, in a reader's words; `detail` is for support. */
export interface Problem {
  /** Stays the same from version to version; docs/reliability.md explains it. */
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  /** What could be read of the series instead. */
  readonly instead?: { readonly series: Series; readonly thinner: Thinner };
}

/** From an empty page to a study on screen. */
export type Session =
  | { readonly kind: 'empty'; readonly problem: Problem | null }
  | { readonly kind: 'opening'; readonly title: string; readonly progress: OpenProgress | null }
  /** The list of what was found fills the page: nothing could be opened by itself, or reading it ended early. */
  | { readonly kind: 'choosing'; readonly opened: Opened; readonly problem: Problem | null }
  | {
      readonly kind: 'reading';
      readonly opened: Opened;
      readonly series: Series;
      readonly progress: ReadProgress | null;
      readonly hasImage: boolean;
    }
  | { readonly kind: 'viewing'; readonly opened: Opened; readonly series: Series; readonly read: ReadSeries };

/** The analysis of the study on screen. */
export type Run =
  | { readonly kind: 'idle' }
  /** What was dropped with the study is looked at. */
  | { readonly kind: 'companions' }
  /** Nothing was computed: what is shown was read from a file. */
  | { readonly kind: 'stored'; readonly reading: StoredReading }
  | {
      readonly kind: 'running';
      readonly progress: DiagnosisProgress | null;
      readonly lungs: 'looking' | 'found' | 'none';
    }
  | { readonly kind: 'cancelled' }
  /** `network` is null in it where scores and lesions were withheld. */
  | { readonly kind: 'done'; readonly diagnosis: Diagnosis }
  | { readonly kind: 'failed'; readonly message: string; readonly code: string; readonly detail: string };

export type EvidenceScaleChoice = 'all' | 1 | 2 | 3;
export interface EvidenceChoice {
  readonly className: ClassName;
  readonly scale: EvidenceScaleChoice;
}

export type Verdict = 'accepted' | 'rejected';
/** What the reader decided of the lesions on screen, by number. */
export type Verdicts = Readonly<Record<number, Verdict>>;
export const noVerdicts: Verdicts = {};

/** Numbers of the lesions of which the reader decided this. */
export function lesionsJudged(verdicts: Verdicts, verdict: Verdict): number[] {
  return Object.entries(verdicts).flatMap(([lesion, one]) => (one === verdict ? [Number(lesion)] : []));
}

export type DialogName = 'keys' | 'preferences' | 'series' | 'stored' | 'about';

export interface AppState {
  readonly session: Session;
  readonly run: Run;
  /** The viewer's own state, after each of its frames. */
  readonly view: ViewerState;
  /** null until the worker has told them. */
  readonly models: readonly OfferedModel[] | null;
  readonly modelsProblem: Problem | null;
  /** Asked for by name, for the study on screen. */
  readonly showUntrained: boolean;
  /** The scores of the study on screen are uncovered ("read first"). */
  readonly scoresRevealed: boolean;
  readonly evidence: EvidenceChoice;
  readonly verdicts: Verdicts;
  /** Segmentation, report and own lungs that came with the study on screen. */
  readonly companions: Companions;
  readonly maximised: PaneName | null;
  readonly identityHidden: boolean;
  readonly dialog: DialogName | null;
  readonly offline: OfflineState | null;
  /** What was just done or refused, for the status line and screen readers. */
  readonly notice: string;
  readonly preferences: Preferences;
}

export type Store = StoreApi<AppState>;

export function createAppStore(view: ViewerState, preferences: Preferences = defaultPreferences): Store {
  return createStore<AppState>(() => ({
    session: { kind: 'empty', problem: null },
    run: { kind: 'idle' },
    view,
    models: null,
    modelsProblem: null,
    showUntrained: false,
    scoresRevealed: false,
    evidence: { className: 'covid19', scale: 'all' },
    verdicts: noVerdicts,
    companions: noCompanions,
    maximised: null,
    identityHidden: false,
    dialog: null,
    offline: null,
    notice: '',
    preferences,
  }));
}

/** The series on screen or being read; null where there is none. */
export function currentSeries({ session }: AppState): Series | null {
  return session.kind === 'reading' || session.kind === 'viewing' ? session.series : null;
}

export function openedOf({ session }: AppState): Opened | null {
  return 'opened' in session ? session.opened : null;
}

/** True while there is an image to act on. */
export function hasImage({ session }: AppState): boolean {
  return session.kind === 'viewing' || (session.kind === 'reading' && session.hasImage);
}

export function diagnosisOf({ run }: AppState): Diagnosis | null {
  return run.kind === 'done' ? run.diagnosis : null;
}

/** What is measured of the study on screen with every lesion that was marked, computed now or read from a file. */
export function allFindingsOf({ run }: Pick<AppState, 'run'>): Findings | null {
  return run.kind === 'done' ? run.diagnosis.findings : run.kind === 'stored' ? run.reading.findings : null;
}

const reviewed = new WeakMap<Verdicts, { readonly of: Findings; readonly findings: Findings }>();

/** The same without the lesions that the reader rejected. */
export function findingsOf({ run, verdicts }: Pick<AppState, 'run' | 'verdicts'>): Findings | null {
  const all = allFindingsOf({ run });
  if (!all) return null;
  const known = reviewed.get(verdicts);
  if (known?.of === all) return known.findings;
  const findings = withoutLesions(all, (lesion) => verdicts[lesion] === 'rejected');
  reviewed.set(verdicts, { of: all, findings });
  return findings;
}

/** False where lesions were withheld or nothing looked for them. */
export function showsLesions({ run }: AppState): boolean {
  return run.kind === 'stored' || (run.kind === 'done' && run.diagnosis.network !== null);
}

/** The state of the analysis in one word, for scripts that drive the page. */
export function runName({ run }: AppState): Run['kind'] | 'withheld' {
  return run.kind === 'done' && run.diagnosis.network === null ? 'withheld' : run.kind;
}
