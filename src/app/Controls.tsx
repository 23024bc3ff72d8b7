/** Buttons, folds, sliders and the like, in the page's own dress. */
import { ChevronRight } from 'lucide-react';
import { Collapsible, Progress, Slider, Switch, Tooltip } from 'radix-ui';
import { useId, type ReactNode } from 'react';
import { act, actions, isEnabled, keysOf, type ActionId } from './actions.ts';
import { useApp, useAppState } from './context.ts';
import { whatHelps } from './help.ts';
import { keyWords } from './keys.ts';

function Hint({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={6}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** One row of the actions' table as a button. */
export function ActionButton({ id, text }: { id: ActionId; text?: boolean }) {
  const app = useApp();
  const { label, icon: Icon, isOn } = actions[id];
  const on = useAppState((state) => isOn?.(state));
  const enabled = useAppState((state) => isEnabled(id, state));
  const keys = useAppState(({ preferences }) => keysOf(id, preferences));
  const button = (
    <button
      type="button"
      className={text ? 'button' : 'icon-button'}
      data-action={id}
      // Not `disabled`: a hint on a disabled button is never shown.
      aria-disabled={!enabled}
      aria-pressed={on}
      aria-label={label}
      onClick={() => act(app, id)}
    >
      {Icon && <Icon size={text ? 16 : 18} aria-hidden />}
      {text && <span>{label}</span>}
    </button>
  );
  return text ? (
    button
  ) : (
    <Hint text={[label, keys.map(keyWords).join(', ')].filter(Boolean).join('  ·  ')}>{button}</Hint>
  );
}

export function Fold({
  title,
  open,
  children,
  note,
}: {
  title: string;
  open?: boolean;
  children: ReactNode;
  note?: ReactNode;
}) {
  return (
    <Collapsible.Root className="fold" defaultOpen={open}>
      <h3>
        <Collapsible.Trigger className="fold-title">
          <ChevronRight size={14} aria-hidden />
          <span>{title}</span>
          {note !== undefined && <span className="fold-note">{note}</span>}
        </Collapsible.Trigger>
      </h3>
      <Collapsible.Content className="fold-body">{children}</Collapsible.Content>
    </Collapsible.Root>
  );
}

export function LabelledSlider({
  label,
  value,
  min,
  max,
  step,
  show,
  onChange,
}: {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  show: (value: number) => string;
  onChange: (value: number) => void;
}) {
  return (
    <div className="slider-row">
      <span className="slider-label">{label}</span>
      <Slider.Root
        className="slider"
        value={[value]}
        min={min}
        max={max}
        step={step}
        onValueChange={([v]) => onChange(v)}
      >
        <Slider.Track className="slider-track">
          <Slider.Range className="slider-range" />
        </Slider.Track>
        <Slider.Thumb className="slider-thumb" aria-label={label} aria-valuetext={show(value)} />
      </Slider.Root>
      <output className="slider-value">{show(value)}</output>
    </div>
  );
}

export function LabelledSwitch({
  label,
  checked,
  onChange,
}: {
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="switch-row">
      <label htmlFor={id}>{label}</label>
      <Switch.Root id={id} className="switch" checked={checked} onCheckedChange={onChange}>
        <Switch.Thumb className="switch-thumb" />
      </Switch.Root>
    </div>
  );
}

/** @param done null while it is not known how far */
export function ProgressBar({ label, done, of }: { label: string; done: number | null; of: number }) {
  return (
    <Progress.Root className="progress" value={done} max={Math.max(1, of)} aria-label={label}>
      <Progress.Indicator
        className="progress-indicator"
        style={{ width: done === null ? '100%' : `${(100 * done) / Math.max(1, of)}%` }}
      />
    </Progress.Root>
  );
}

/** What went wrong, with what support needs in a fold. */
export function ProblemNote({ code, message, detail }: { code: string; message: string; detail?: string }) {
  return (
    <div className="problem" role="alert">
      <p>
        {message} <code className="quiet">{code}</code>
      </p>
      {whatHelps[code] && <p className="helps">{whatHelps[code]}</p>}
      {detail && (
        <Fold title="Details for support">
          <pre className="detail" tabIndex={0}>
            {detail}
          </pre>
          <CopyButton text={detail} />
        </Fold>
      )}
    </div>
  );
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const { store } = useApp();
  const copy = async () => {
    const notice = await navigator.clipboard.writeText(text).then(
      () => 'Copied.',
      () => 'The browser did not let it be copied: mark the text and copy it by hand.',
    );
    store.setState({ notice });
  };
  return (
    <button type="button" className="button small" onClick={() => void copy()}>
      {label}
    </button>
  );
}
