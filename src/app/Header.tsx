/** The bar at the top: what is open, whose it is, and what can be done with it. */
import { ChevronDown, Contrast, Layers, SlidersHorizontal } from 'lucide-react';
import { DropdownMenu, Popover } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import {
  act,
  actionGroups,
  actionIds,
  actions,
  isEnabled,
  keysOf,
  setPreferences,
  slabThicknessesMm,
  type ActionGroup,
  type ActionId,
} from './actions.ts';
import { useApp, useAppState } from './context.ts';
import { ActionButton, LabelledSlider, LabelledSwitch } from './Controls.tsx';
import { keyWords } from './keys.ts';
import { currentSeries, hasImage } from './state.ts';
import { patientWords, percent, seriesName } from './words.ts';

const layoutButtons = ['layout-read', 'layout-quad', 'layout-axial', 'layout-lesions', 'layout-pair'] as const;
const toolButtons = ['crosshair', 'ruler', 'region', 'invert', 'reset'] as const;

export function Header() {
  const series = useAppState(currentSeries);
  const shown = useAppState(hasImage);
  return (
    <header className="header">
      <ActionMenu label="Menu" groups={['study', 'layout', 'image', 'window', 'tool', 'overlays', 'page']} />
      {series && <PatientBar />}
      {shown && (
        <div className="toolbar" role="toolbar" aria-label="Viewing">
          <div className="tools">
            {layoutButtons.map((id) => (
              <ActionButton key={id} id={id} />
            ))}
          </div>
          <div className="tools">
            <WindowControl />
            <SlabControl />
            {toolButtons.map((id) => (
              <ActionButton key={id} id={id} />
            ))}
          </div>
          <div className="tools">
            <ActionButton id="overlays" />
            <ActionButton id="evidence" />
            <OverlayControl />
          </div>
        </div>
      )}
      <div className="tools end">
        {shown && <ActionMenu label="Save" groups={['keep']} />}
        <ActionButton id="keys" />
        {shown && <ActionButton id="panel" />}
      </div>
    </header>
  );
}

function PatientBar() {
  const { store } = useApp();
  const series = useAppState(currentSeries);
  const identityHidden = useAppState((state) => state.identityHidden);
  if (!series) return null;
  const { patient, study, date } = series;
  return (
    <button
      type="button"
      className="patient"
      data-testid="patient"
      aria-label="Patient and series; press to list all series"
      onClick={() => store.setState({ dialog: 'series' })}
    >
      <strong>{identityHidden ? 'Identity hidden' : patientWords(patient)}</strong>
      <span className="quiet">
        {[identityHidden ? '' : date || study.date, seriesName(series, identityHidden)].filter(Boolean).join(' · ')}
      </span>
    </button>
  );
}

function ActionMenu({ label, groups }: { label: string; groups: readonly ActionGroup[] }) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="button" data-testid={`menu-${label.toLowerCase()}`}>
        {label}
        <ChevronDown size={14} aria-hidden />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4}>
          {groups.length === 1 && <ActionItems group={groups[0]} />}
          {(groups.length > 1 ? groups : []).map((group) => (
            <DropdownMenu.Sub key={group}>
              <DropdownMenu.SubTrigger className="menu-item">
                {actionGroups[group]}
                <ChevronDown className="turned" size={14} aria-hidden />
              </DropdownMenu.SubTrigger>
              <DropdownMenu.Portal>
                <DropdownMenu.SubContent className="menu">
                  <ActionItems group={group} />
                </DropdownMenu.SubContent>
              </DropdownMenu.Portal>
            </DropdownMenu.Sub>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function ActionItems({ group }: { group: ActionGroup }) {
  const ids = actionIds.filter((id) => actions[id].group === group);
  return [...new Set(ids.map((id) => actions[id].section))].map((section) => (
    <DropdownMenu.Group key={section ?? ''}>
      {section && <DropdownMenu.Label className="menu-section">{section}</DropdownMenu.Label>}
      {ids
        .filter((id) => actions[id].section === section)
        .map((id) => (
          <ActionItem key={id} id={id} />
        ))}
    </DropdownMenu.Group>
  ));
}

function ActionItem({ id }: { id: ActionId }) {
  const app = useApp();
  const { label, icon: Icon } = actions[id];
  const enabled = useAppState((state) => isEnabled(id, state));
  const keys = useAppState(({ preferences }) => keysOf(id, preferences));
  return (
    <DropdownMenu.Item className="menu-item" disabled={!enabled} data-action={id} onSelect={() => act(app, id)}>
      {Icon ? <Icon size={16} aria-hidden /> : <span className="no-icon" />}
      <span>{label}</span>
      <kbd>{keys.map(keyWords).join(' ')}</kbd>
    </DropdownMenu.Item>
  );
}

function Control({ label, icon, children }: { label: string; icon: ReactNode; children: ReactNode }) {
  return (
    <Popover.Root>
      <Popover.Trigger className="icon-button wide" aria-label={label} title={label}>
        {icon}
        <ChevronDown size={12} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover" sideOffset={6} aria-label={label}>
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function WindowControl() {
  const presets = actionIds.filter((id) => id.startsWith('window-'));
  return (
    <Control label="Window" icon={<Contrast size={18} aria-hidden />}>
      <p className="quiet">Width / level, HU</p>
      <div className="choices">
        {presets.map((id) => (
          <ChoiceButton key={id} id={id} />
        ))}
      </div>
      <TypedWindow />
    </Control>
  );
}

function ChoiceButton({ id }: { id: ActionId }) {
  const app = useApp();
  const { label, isOn } = actions[id];
  const on = useAppState((state) => isOn?.(state) ?? false);
  const keys = useAppState(({ preferences }) => keysOf(id, preferences));
  return (
    <button type="button" className="choice" aria-pressed={on} onClick={() => act(app, id)}>
      <span>{label}</span>
      <kbd>{keys.map(keyWords).join(' ')}</kbd>
    </button>
  );
}

function TypedWindow() {
  const { viewer } = useApp();
  const window = useAppState(({ view }) => view.window);
  return (
    <div className="typed-window">
      <TypedNumber
        label="Width, HU"
        value={window.widthHu}
        min={1}
        onChange={(widthHu) => viewer.setWindow({ ...window, widthHu })}
      />
      <TypedNumber
        label="Level, HU"
        value={window.levelHu}
        onChange={(levelHu) => viewer.setWindow({ ...window, levelHu })}
      />
    </div>
  );
}

/** Follows the value until it is typed in, and gives it when the field is left or Enter is pressed. */
function TypedNumber({
  label,
  value,
  min,
  onChange,
}: {
  label: string;
  value: number;
  min?: number;
  onChange: (value: number) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const give = () => {
    const number = Number(typed);
    if (typed !== null && typed.trim() !== '' && Number.isFinite(number)) onChange(Math.max(min ?? -Infinity, number));
    setTyped(null);
  };
  return (
    <label>
      {label}
      <input
        type="number"
        step={10}
        value={typed ?? String(Math.round(value))}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={give}
        onKeyDown={(event) => event.key === 'Enter' && give()}
      />
    </label>
  );
}

const slabModes = { off: 'Off', maximum: 'MIP', minimum: 'MinIP', mean: 'Mean' } as const;

function SlabControl() {
  const { viewer } = useApp();
  const slab = useAppState(({ view }) => view.slab);
  return (
    <Control label="Slab" icon={<Layers size={18} aria-hidden />}>
      <div className="segmented" role="group" aria-label="Slab">
        {(Object.keys(slabModes) as (keyof typeof slabModes)[]).map((mode) => (
          <button
            key={mode}
            type="button"
            aria-pressed={slab.mode === mode}
            onClick={() => viewer.setSlab({ ...slab, mode })}
          >
            {slabModes[mode]}
          </button>
        ))}
      </div>
      <div className="segmented" role="group" aria-label="Thickness">
        {slabThicknessesMm.map((thicknessMm) => (
          <button
            key={thicknessMm}
            type="button"
            aria-pressed={slab.thicknessMm === thicknessMm}
            onClick={() => viewer.setSlab({ ...slab, thicknessMm })}
          >
            {thicknessMm} mm
          </button>
        ))}
      </div>
      <p className="quiet">S goes through the modes; Shift and the wheel through the thickness.</p>
    </Control>
  );
}

function OverlayControl() {
  const app = useApp();
  const { viewer } = app;
  const overlays = useAppState(({ view }) => view.overlays);
  const preferences = useAppState((state) => state.preferences);
  return (
    <Control label="Overlays" icon={<SlidersHorizontal size={18} aria-hidden />}>
      <LabelledSwitch label="Lungs" checked={overlays.lungs} onChange={(lungs) => viewer.setOverlays({ lungs })} />
      <LabelledSwitch
        label="Lesions"
        checked={overlays.lesions}
        onChange={(lesions) => viewer.setOverlays({ lesions })}
      />
      <LabelledSwitch label="Evidence" checked={overlays.evidence} onChange={() => act(app, 'evidence')} />
      <LabelledSwitch
        label="Lines of the other planes"
        checked={preferences.referenceLines}
        onChange={(referenceLines) => setPreferences(app, { referenceLines })}
      />
      <div className="segmented" role="group" aria-label="Lesions drawn as">
        {(['outline', 'fill', 'both'] as const).map((lesionStyle) => (
          <button
            key={lesionStyle}
            type="button"
            aria-pressed={preferences.lesionStyle === lesionStyle}
            onClick={() => setPreferences(app, { lesionStyle })}
          >
            {lesionStyle}
          </button>
        ))}
      </div>
      <LabelledSlider
        label="Fill"
        value={preferences.fillOpacity}
        min={0}
        max={1}
        step={0.05}
        show={(value) => percent(value, 0)}
        onChange={(fillOpacity) => setPreferences(app, { fillOpacity })}
      />
    </Control>
  );
}
