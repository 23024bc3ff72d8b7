/** Everything a reader can do, one row each. Toolbar, menus, keys and the key sheet all read this table. */
import {
  Ban,
  Box,
  Check,
  ChevronsDown,
  ChevronsUp,
  CircleStop,
  Columns2,
  Crosshair,
  Eye,
  FilePlus2,
  FileScan,
  Flame,
  FlaskConical,
  FolderOpen,
  Fullscreen,
  HardDrive,
  Info,
  Keyboard,
  LayoutGrid,
  LayoutPanelLeft,
  ListOrdered,
  Maximize,
  PanelRight,
  Play,
  RectangleVertical,
  Redo2,
  RotateCcw,
  Ruler,
  ScanSearch,
  Settings,
  SquareDashed,
  SunMedium,
  Trash2,
  Undo2,
  UserX,
  X,
  ZoomIn,
  ZoomOut,
  type LucideIcon,
} from 'lucide-react';
import type { PlaneName, SlabMode, ToolName, Viewer } from '../viewer/contract.ts';
import { openingWindow, windowPresets } from '../viewer/windowPresets.ts';
import { saveKeyImage, savePicture } from './keyImages.ts';
import { layoutAfter, layouts, type LayoutName } from './layouts.ts';
import { canSave, save, savedFiles, studyToSave, type SavedFileName } from './saving.ts';
import type { Services } from './services.ts';
import type { SessionControl } from './session.ts';
import {
  allFindingsOf,
  currentSeries,
  diagnosisOf,
  hasImage,
  openedOf,
  showsLesions,
  type AppState,
  type Store,
  type Verdict,
} from './state.ts';

export interface App {
  readonly store: Store;
  readonly viewer: Viewer;
  readonly session: SessionControl;
  readonly services: Services;
}

export const actionGroups = {
  study: 'Study',
  layout: 'Layout',
  image: 'Image',
  window: 'Window',
  tool: 'Tools',
  overlays: 'AI overlays',
  keep: 'Save',
  page: 'Page',
} as const;
export type ActionGroup = keyof typeof actionGroups;

export interface Action {
  readonly label: string;
  readonly group: ActionGroup;
  /** As `keyName` writes them; a reader may choose others. */
  readonly keys: readonly string[];
  readonly icon?: LucideIcon;
  readonly run: (app: App) => void;
  /** Always, if left out. */
  readonly isEnabled?: (state: AppState) => boolean;
  /** Its heading within the group's menu. */
  readonly section?: string;
  /** Does it again and again while its key is held. */
  readonly repeats?: true;
  /** For what is switched on and off. */
  readonly isOn?: (state: AppState) => boolean;
}

/** The plane that keys act on: that of the pane used last, or the axial one. */
export function activePlane({ view }: Pick<AppState, 'view'>): PlaneName {
  const { activePane } = view;
  return activePane === 'coronal' || activePane === 'sagittal' ? activePane : 'axial';
}

const step = (by: number) => (app: App) => app.viewer.stepSlice(activePlane(app.store.getState()), by);
const zoom = (factor: number) => (app: App) => app.viewer.zoom(activePlane(app.store.getState()), factor);

/** With another model or engine the analysis runs anew: no result stays beside a model that did not make it. */
export function setPreferences({ store, session }: App, part: Partial<AppState['preferences']>): void {
  const { preferences: before } = store.getState();
  const preferences = { ...before, ...part };
  store.setState({ preferences });
  if (preferences.model === before.model && preferences.engine === before.engine) return;
  store.setState({ showUntrained: false });
  void session.analyse();
}

const setLayout = (layout: LayoutName) => (app: App) => {
  app.store.setState({ maximised: null });
  setPreferences(app, { layout });
};
const layoutBy = (by: number) => (app: App) => setLayout(layoutAfter(app.store.getState().preferences.layout, by))(app);
const isLayout = (layout: LayoutName) => (state: AppState) => state.preferences.layout === layout;

/** A tool's key pressed again goes back to windowing. */
const tool = (name: ToolName) => (app: App) =>
  app.viewer.setTool(app.store.getState().view.tool === name ? 'window' : name);
const isTool = (name: ToolName) => (state: AppState) => state.view.tool === name;

/** Previous or next series that can be read as a chest CT. */
const seriesBy = (by: number) => (app: App) => {
  const state = app.store.getState();
  const readable = openedOf(state)?.series.filter(({ fit }) => fit.kind === 'chest-ct') ?? [];
  const at = readable.findIndex(({ id }) => id === currentSeries(state)?.id);
  const next = readable[at + by];
  if (next) void app.session.read(next);
  else app.store.setState({ notice: by > 0 ? 'This is the last series.' : 'This is the first series.' });
};

const lesionBy = (by: number) => (app: App) => {
  const state = app.store.getState();
  const lesions = showsLesions(state) ? (allFindingsOf(state)?.lesions ?? []) : [];
  if (lesions.length === 0) return;
  // The viewer's own state: the store has that of its last frame.
  const { selectedLesion } = app.viewer.state();
  const at = lesions.findIndex(({ number }) => number === selectedLesion);
  const next = at < 0 ? (by > 0 ? 0 : lesions.length - 1) : (at + by + lesions.length) % lesions.length;
  app.session.selectLesion(lesions[next].number, true);
};

const judge = (verdict: Verdict) => ({
  run: ({ viewer, session }: App) => {
    const { selectedLesion } = viewer.state();
    if (selectedLesion !== null) session.judgeLesion(selectedLesion, verdict);
  },
  isEnabled: (state: AppState) => showsLesions(state) && state.view.selectedLesion !== null,
  isOn: ({ view, verdicts }: AppState) => view.selectedLesion !== null && verdicts[view.selectedLesion] === verdict,
});

const slabModes: readonly SlabMode[] = ['off', 'maximum', 'minimum', 'mean'];
export const slabThicknessesMm = [5, 8, 15] as const;

export function slabThicknessBy({ store, viewer }: App, by: number): void {
  const { slab } = store.getState().view;
  const at = slabThicknessesMm.findIndex((mm) => mm >= slab.thicknessMm);
  const next = Math.min(slabThicknessesMm.length - 1, Math.max(0, (at < 0 ? 0 : at) + by));
  viewer.setSlab({ mode: slab.mode === 'off' ? 'maximum' : slab.mode, thicknessMm: slabThicknessesMm[next] });
}

const opacityBy = (by: number) => (app: App) => {
  const { overlays, evidence } = app.store.getState().view;
  const within = (value: number) => Math.round(100 * Math.min(1, Math.max(0, value + by))) / 100;
  setPreferences(app, { fillOpacity: within(overlays.fillOpacity) });
  if (evidence && overlays.evidence) setPreferences(app, { evidenceOpacity: within(evidence.opacity) });
};

const headerWindow = ({ session }: AppState) => (session.kind === 'viewing' ? session.read.headerWindow : undefined);

const presets = Object.fromEntries(
  windowPresets.map(({ key, name, widthHu, levelHu }) => [
    `window-${key}`,
    {
      label: `${name} (${widthHu} / ${levelHu})`,
      group: 'window',
      keys: [key],
      run: ({ viewer }: App) => viewer.setWindow({ widthHu, levelHu }),
      isEnabled: hasImage,
      isOn: ({ view }: AppState) => view.window.widthHu === widthHu && view.window.levelHu === levelHu,
    },
  ]),
) as Record<`window-${string}`, Action>;

/** Whose name a file bears must be known before it is saved. */
const saveSections = { nameless: 'Without the patient’s identity', named: 'Of the study, with its identity' } as const;

/** @param saving comes to what is to be said of it */
function keep({ store }: App, saving: Promise<string>): void {
  const failed = (error: unknown) => {
    reportError(error);
    return 'Saving failed through an error in this program. Nothing was saved.';
  };
  void saving.catch(failed).then((notice) => store.setState({ notice }));
}

const saveAction = (name: SavedFileName): Action => ({
  label: savedFiles[name].label,
  group: 'keep',
  section: saveSections[savedFiles[name].type === 'application/dicom' ? 'named' : 'nameless'],
  keys: [],
  run: (app) => {
    const study = studyToSave(app.store.getState());
    if (study) keep(app, save(savedFiles[name], study));
  },
  isEnabled: (state) => canSave(savedFiles[name], state),
});
const saves = Object.fromEntries(
  (Object.keys(savedFiles) as SavedFileName[]).map((name) => [`save-${name}`, saveAction(name)]),
) as Record<`save-${SavedFileName}`, Action>;

const own = {
  'open-folder': {
    label: 'Open folder …',
    group: 'study',
    keys: ['Ctrl+o'],
    icon: FolderOpen,
    run: () => document.getElementById('pick-folder')?.click(),
  },
  'open-files': {
    label: 'Open files or .zip …',
    group: 'study',
    keys: [],
    icon: FilePlus2,
    run: () => document.getElementById('pick-files')?.click(),
  },
  'open-sample': {
    label: 'Open sample study',
    group: 'study',
    keys: [],
    icon: FlaskConical,
    run: ({ session }) => void session.openSample(),
  },
  'open-lungs': {
    label: 'Own lung mask …',
    group: 'study',
    keys: [],
    icon: FileScan,
    run: () => document.getElementById('pick-lungs')?.click(),
    isEnabled: ({ session }) => session.kind === 'viewing',
  },
  'forget-lungs': {
    label: 'Find the lungs here instead',
    group: 'study',
    keys: [],
    icon: ScanSearch,
    run: ({ session }) => session.forgetLungs(),
    isEnabled: ({ companions }) => companions.lungs !== null,
  },
  'list-series': {
    label: 'Series …',
    group: 'study',
    keys: ['l'],
    icon: ListOrdered,
    run: ({ store }) => store.setState({ dialog: 'series' }),
    isEnabled: (state) => currentSeries(state) !== null,
  },
  'series-before': {
    label: 'Previous series',
    group: 'study',
    keys: ['PageUp'],
    icon: ChevronsUp,
    run: seriesBy(-1),
    isEnabled: (state) => currentSeries(state) !== null,
  },
  'series-after': {
    label: 'Next series',
    group: 'study',
    keys: ['PageDown'],
    icon: ChevronsDown,
    run: seriesBy(1),
    isEnabled: (state) => currentSeries(state) !== null,
  },
  'hide-identity': {
    label: 'Hide identity',
    group: 'study',
    keys: ['p'],
    icon: UserX,
    run: ({ store, session }) => session.hideIdentity(!store.getState().identityHidden),
    isOn: ({ identityHidden }) => identityHidden,
  },
  'close-study': {
    label: 'Close study',
    group: 'study',
    keys: [],
    icon: X,
    run: ({ session }) => session.close(),
    isEnabled: (state) => state.session.kind !== 'empty',
  },

  'layout-read': {
    label: layouts.read.name,
    group: 'layout',
    keys: [],
    icon: LayoutPanelLeft,
    run: setLayout('read'),
    isOn: isLayout('read'),
  },
  'layout-quad': {
    label: layouts.quad.name,
    group: 'layout',
    keys: [],
    icon: LayoutGrid,
    run: setLayout('quad'),
    isOn: isLayout('quad'),
  },
  'layout-axial': {
    label: layouts.axial.name,
    group: 'layout',
    keys: [],
    icon: RectangleVertical,
    run: setLayout('axial'),
    isOn: isLayout('axial'),
  },
  'layout-lesions': {
    label: layouts.lesions.name,
    group: 'layout',
    keys: [],
    icon: Box,
    run: setLayout('lesions'),
    isOn: isLayout('lesions'),
  },
  'layout-pair': {
    label: layouts.pair.name,
    group: 'layout',
    keys: [],
    icon: Columns2,
    run: setLayout('pair'),
    isOn: isLayout('pair'),
  },
  'layout-before': { label: 'Previous layout', group: 'layout', keys: [','], run: layoutBy(-1) },
  'layout-after': { label: 'Next layout', group: 'layout', keys: ['.'], run: layoutBy(1) },
  maximise: {
    label: 'Maximise the pane, or restore',
    group: 'layout',
    keys: ['x'],
    icon: Maximize,
    run: ({ store }) => {
      const { maximised, view } = store.getState();
      store.setState({ maximised: maximised ? null : view.activePane });
    },
    isEnabled: hasImage,
    isOn: ({ maximised }) => maximised !== null,
  },

  'slice-before': {
    label: 'Slice up',
    group: 'image',
    keys: ['ArrowUp'],
    repeats: true,
    run: step(-1),
    isEnabled: hasImage,
  },
  'slice-after': {
    label: 'Slice down',
    group: 'image',
    keys: ['ArrowDown'],
    repeats: true,
    run: step(1),
    isEnabled: hasImage,
  },
  'slice-first': { label: 'First slice', group: 'image', keys: ['Home'], run: step(-Infinity), isEnabled: hasImage },
  'slice-last': { label: 'Last slice', group: 'image', keys: ['End'], run: step(Infinity), isEnabled: hasImage },
  reset: {
    label: 'Reset window, zoom and slab',
    group: 'image',
    keys: ['Space'],
    icon: RotateCcw,
    run: ({ viewer }) => {
      viewer.setWindow({ ...openingWindow, inverted: false });
      viewer.setSlab({ mode: 'off', thicknessMm: 8 });
      viewer.fit();
      viewer.fitBody(); // as the study opened
    },
    isEnabled: hasImage,
  },
  'zoom-in': {
    label: 'Zoom in',
    group: 'image',
    keys: ['+'],
    repeats: true,
    icon: ZoomIn,
    run: zoom(1.25),
    isEnabled: hasImage,
  },
  'zoom-out': {
    label: 'Zoom out',
    group: 'image',
    keys: ['-'],
    repeats: true,
    icon: ZoomOut,
    run: zoom(0.8),
    isEnabled: hasImage,
  },
  fit: {
    label: 'Fit',
    group: 'image',
    keys: ['='],
    run: (app) => app.viewer.fit(activePlane(app.store.getState())),
    isEnabled: hasImage,
  },
  slab: {
    label: 'Slab: off, MIP, MinIP, mean',
    group: 'image',
    keys: ['s'],
    run: ({ viewer, store }) => {
      const { slab } = store.getState().view;
      const mode = slabModes[(slabModes.indexOf(slab.mode) + 1) % slabModes.length];
      viewer.setSlab({ ...slab, mode });
    },
    isEnabled: hasImage,
    isOn: ({ view }) => view.slab.mode !== 'off',
  },

  ...presets,
  'window-0': {
    label: 'From the DICOM header',
    group: 'window',
    keys: ['0'],
    run: ({ viewer, store }) => {
      const header = headerWindow(store.getState());
      if (header) viewer.setWindow(header);
      else store.setState({ notice: 'The header proposes no window.' });
    },
    isEnabled: hasImage,
  },
  invert: {
    label: 'Invert',
    group: 'window',
    keys: ['i'],
    icon: SunMedium,
    run: ({ viewer, store }) => {
      const { window } = store.getState().view;
      viewer.setWindow({ ...window, inverted: !window.inverted });
    },
    isEnabled: hasImage,
    isOn: ({ view }) => view.window.inverted,
  },

  crosshair: {
    label: 'Crosshair',
    group: 'tool',
    keys: ['c'],
    icon: Crosshair,
    run: tool('crosshair'),
    isEnabled: hasImage,
    isOn: isTool('crosshair'),
  },
  ruler: {
    label: 'Ruler',
    group: 'tool',
    keys: ['m'],
    icon: Ruler,
    run: tool('ruler'),
    isEnabled: hasImage,
    isOn: isTool('ruler'),
  },
  region: {
    label: 'HU in a rectangle',
    group: 'tool',
    keys: ['r'],
    icon: SquareDashed,
    run: tool('region'),
    isEnabled: hasImage,
    isOn: isTool('region'),
  },
  'cancel-tool': {
    label: 'Put the tool or mark away',
    group: 'tool',
    keys: ['Escape'],
    run: ({ viewer }) => {
      viewer.cancelMeasurement();
      viewer.setTool('window');
    },
  },
  'delete-mark': {
    label: 'Delete the last mark',
    group: 'tool',
    keys: ['Delete', 'Backspace'],
    icon: Trash2,
    run: ({ viewer }) => viewer.deleteMeasurement(),
    isEnabled: ({ view }) => view.measurements.length > 0,
  },
  undo: {
    label: 'Undo drawing or deleting a mark',
    group: 'tool',
    keys: ['Ctrl+z'],
    repeats: true,
    icon: Undo2,
    run: ({ viewer }) => viewer.undoMeasurement(),
  },
  redo: {
    label: 'Redo it',
    group: 'tool',
    keys: ['Ctrl+y'],
    repeats: true,
    icon: Redo2,
    run: ({ viewer }) => viewer.redoMeasurement(),
  },

  overlays: {
    label: 'AI overlays on or off; hold to look beneath',
    group: 'overlays',
    keys: ['g'],
    icon: Eye,
    run: ({ viewer, store }) => viewer.setOverlays({ shown: !store.getState().view.overlays.shown }),
    isOn: ({ view }) => view.overlays.shown,
  },
  'lesion-style': {
    label: 'Lesions as outline, filled, both',
    group: 'overlays',
    keys: ['o'],
    run: (app) => {
      const styles = ['outline', 'fill', 'both'] as const;
      const { lesionStyle } = app.store.getState().preferences;
      setPreferences(app, { lesionStyle: styles[(styles.indexOf(lesionStyle) + 1) % styles.length] });
    },
  },
  fainter: { label: 'Overlays fainter', group: 'overlays', keys: ['['], repeats: true, run: opacityBy(-0.05) },
  stronger: { label: 'Overlays stronger', group: 'overlays', keys: [']'], repeats: true, run: opacityBy(0.05) },
  evidence: {
    label: 'Evidence map',
    group: 'overlays',
    keys: ['e'],
    icon: Flame,
    run: ({ viewer, store }) => {
      const on = !store.getState().view.overlays.evidence;
      viewer.setOverlays({ evidence: on });
      viewer.setScene3d({ evidence: on });
    },
    isEnabled: (state) => !!diagnosisOf(state)?.network,
    isOn: ({ view }) => view.overlays.evidence,
  },
  'lesion-before': { label: 'Previous lesion', group: 'overlays', keys: ['j'], repeats: true, run: lesionBy(-1) },
  'lesion-after': { label: 'Next lesion', group: 'overlays', keys: ['k'], repeats: true, run: lesionBy(1) },
  'accept-lesion': {
    label: 'Accept the selected lesion, or take it back',
    group: 'overlays',
    keys: ['y'],
    icon: Check,
    ...judge('accepted'),
  },
  'reject-lesion': {
    label: 'Reject the selected lesion, or take it back',
    group: 'overlays',
    keys: ['n'],
    icon: Ban,
    ...judge('rejected'),
  },
  analyse: {
    label: 'Run the analysis',
    group: 'overlays',
    keys: [],
    icon: Play,
    run: ({ session }) => void session.analyse(),
    isEnabled: ({ session, run }) => session.kind === 'viewing' && run.kind !== 'running' && run.kind !== 'companions',
  },
  'cancel-analysis': {
    label: 'Cancel the analysis',
    group: 'overlays',
    keys: [],
    icon: CircleStop,
    run: ({ session }) => session.cancelAnalysis(),
    isEnabled: ({ run }) => run.kind === 'running',
  },

  ...saves,
  'save-picture': {
    label: 'This pane as PNG',
    group: 'keep',
    section: saveSections.nameless,
    keys: ['Ctrl+s'],
    run: (app) => keep(app, savePicture(app.viewer)),
    isEnabled: ({ session }) => session.kind === 'viewing',
  },
  'save-key-image': {
    label: 'This pane as DICOM key image',
    group: 'keep',
    section: saveSections.named,
    keys: [],
    run: (app) => keep(app, saveKeyImage(app.viewer, app.store.getState(), new Date())),
    isEnabled: ({ session }) => session.kind === 'viewing' && session.series.source === 'dicom',
  },

  panel: {
    label: 'AI panel',
    group: 'page',
    keys: ['a'],
    icon: PanelRight,
    run: (app) => setPreferences(app, { panelOpen: !app.store.getState().preferences.panelOpen }),
    isOn: ({ preferences }) => preferences.panelOpen,
  },
  'full-screen': {
    label: 'Full screen',
    group: 'page',
    keys: ['f'],
    icon: Fullscreen,
    run: () => {
      if (document.fullscreenElement) void document.exitFullscreen();
      else void document.documentElement.requestFullscreen?.();
    },
  },
  preferences: {
    label: 'Preferences …',
    group: 'page',
    keys: [],
    icon: Settings,
    run: ({ store }) => store.setState({ dialog: 'preferences' }),
  },
  stored: {
    label: 'What is stored here …',
    group: 'page',
    keys: [],
    icon: HardDrive,
    run: ({ store }) => store.setState({ dialog: 'stored' }),
  },
  about: {
    label: 'About, diagnostics, licences …',
    group: 'page',
    keys: [],
    icon: Info,
    run: ({ store }) => store.setState({ dialog: 'about' }),
  },
  keys: {
    label: 'Keys and mouse …',
    group: 'page',
    keys: ['?'],
    icon: Keyboard,
    run: ({ store }) => store.setState({ dialog: 'keys' }),
  },
} as const satisfies Record<string, Action>;

export type ActionId = keyof typeof own;
export const actions: Readonly<Record<ActionId, Action>> = own;
export const actionIds = Object.keys(actions) as ActionId[];

export function isEnabled(id: ActionId, state: AppState): boolean {
  return actions[id].isEnabled?.(state) ?? true;
}

export function keysOf(id: ActionId, { keys }: AppState['preferences']): readonly string[] {
  return keys[id] ?? actions[id].keys;
}

/** Does nothing where the action makes no sense now. */
export function act(app: App, id: ActionId): void {
  if (isEnabled(id, app.store.getState())) actions[id].run(app);
}
