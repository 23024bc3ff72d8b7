/** What opens over the page: keys, preferences, series, what is stored. */
import { X } from 'lucide-react';
import { Dialog } from 'radix-ui';
import { useEffect, useState, type KeyboardEvent, type ReactNode } from 'react';
import { forgetEverything, whatIsStored, type Stored } from '../offline/stored.ts';
import {
  actionGroups,
  actionIds,
  actions,
  keysOf,
  setPreferences,
  type ActionGroup,
  type ActionId,
} from './actions.ts';
import { useApp, useAppState } from './context.ts';
import { AboutSheet } from './AboutSheet.tsx';
import { LabelledSwitch } from './Controls.tsx';
import { keyName, keyWords, withKey } from './keys.ts';
import { defaultPreferences } from './preferences.ts';
import { SeriesList } from './SeriesList.tsx';
import type { DialogName } from './state.ts';
import { megabytes } from './words.ts';

const dialogs = {
  keys: { title: 'Keys and mouse', Content: KeySheet },
  preferences: { title: 'Preferences', Content: PreferencesSheet },
  series: { title: 'Series', Content: SeriesSheet },
  stored: { title: 'What is stored on this computer', Content: StoredSheet },
  about: { title: 'About this program', Content: AboutSheet },
} as const satisfies Record<DialogName, { title: string; Content: () => ReactNode }>;

export function Dialogs() {
  const { store } = useApp();
  const name = useAppState(({ dialog }) => dialog);
  const close = () => store.setState({ dialog: null });
  if (!name) return null;
  const { title, Content } = dialogs[name];
  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className="dialog-shade" />
        <Dialog.Content className="dialog" aria-describedby={undefined} data-testid={`dialog-${name}`}>
          <div className="dialog-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="icon-button" aria-label="Close">
              <X size={18} aria-hidden />
            </Dialog.Close>
          </div>
          <div className="dialog-body" data-scrolls tabIndex={0}>
            <Content />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

const hands: readonly (readonly [hand: string, does: string])[] = [
  ['Left drag', 'Window and level, or the tool in hand'],
  ['Middle drag, or Shift and left drag', 'Pan'],
  ['Right drag, or Ctrl and wheel', 'Zoom'],
  ['Wheel', 'Slices'],
  ['Shift and move', 'The other planes follow'],
  ['Shift and wheel', 'Thickness of the slab'],
  ['Double click', 'Maximise a pane, or restore'],
  ['Click on a lesion', 'Select it; in 3D the slices go there too'],
  ['In 3D: left drag', 'Turn'],
  ['A finger', 'Slices, or the tool in hand; in 3D it turns'],
  ['Two fingers', 'Pan and zoom'],
  ['Hold G', 'Look beneath the overlays'],
];

function KeySheet() {
  return (
    <div className="key-sheet">
      <section>
        <p className="quiet">Press a key's button to choose another key.</p>
        <h3>Mouse and touch</h3>
        <table>
          <tbody>
            {hands.map(([hand, does]) => (
              <tr key={hand}>
                <th scope="row">{hand}</th>
                <td>{does}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {(Object.keys(actionGroups) as ActionGroup[]).map((group) => (
        <section key={group}>
          <h3>{actionGroups[group]}</h3>
          <table>
            <tbody>
              {actionIds
                .filter((id) => actions[id].group === group)
                .map((id) => (
                  <tr key={id}>
                    <th scope="row">
                      <KeyButton id={id} />
                    </th>
                    <td>{actions[id].label}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

const notKeys: readonly string[] = ['Shift', 'Control', 'Alt', 'Meta', 'Tab', 'Escape', 'Dead', 'Process'];

/** Pressed, it takes the next key for its action; Tab or a click elsewhere leaves all as it was. */
function KeyButton({ id }: { id: ActionId }) {
  const { store } = useApp();
  const keys = useAppState(({ preferences }) => keysOf(id, preferences));
  const [isWaiting, setWaiting] = useState(false);
  const take = (event: KeyboardEvent) => {
    if (!isWaiting || notKeys.includes(event.key)) return;
    event.preventDefault();
    setWaiting(false);
    store.setState(({ preferences }) => ({ preferences: withKey(preferences, id, keyName(event)) }));
  };
  const words = keys.map(keyWords).join(' ');
  return (
    <button
      type="button"
      className="plain"
      aria-label={`${actions[id].label}: ${isWaiting ? 'press a key' : words || 'no key'}`}
      onClick={() => setWaiting(true)}
      onBlur={() => setWaiting(false)}
      onKeyDown={take}
    >
      {isWaiting ? <kbd>press a key</kbd> : keys.map((key) => <kbd key={key}>{keyWords(key)}</kbd>)}
      {!isWaiting && keys.length === 0 && <kbd>–</kbd>}
    </button>
  );
}

function PreferencesSheet() {
  const app = useApp();
  const preferences = useAppState((state) => state.preferences);
  const switches = {
    readFirst: 'Read first: class scores stay covered until a click',
    runByItself: 'The analysis starts when the study is complete',
    singleKeys: 'Single letters, digits and signs are keys',
    referenceLines: 'Lines of the other planes',
  } as const;
  return (
    <div className="preferences">
      {(Object.keys(switches) as (keyof typeof switches)[]).map((name) => (
        <LabelledSwitch
          key={name}
          label={switches[name]}
          checked={preferences[name]}
          onChange={(on) => setPreferences(app, { [name]: on })}
        />
      ))}
      <button
        type="button"
        className="button"
        onClick={() => {
          setPreferences(app, defaultPreferences);
          app.store.setState({ notice: 'Preferences are as at first.' });
        }}
      >
        Back to the defaults
      </button>
    </div>
  );
}

function SeriesSheet() {
  const { store } = useApp();
  return <SeriesList onRead={() => store.setState({ dialog: null })} />;
}

function StoredSheet() {
  const [stored, setStored] = useState<Stored | 'nothing' | null>(null);
  const [forgotten, setForgotten] = useState(false);
  useEffect(() => {
    let isShown = true;
    void whatIsStored().then((found) => isShown && setStored(found ?? 'nothing'));
    return () => {
      isShown = false;
    };
  }, [forgotten]);
  const forget = async () => {
    await forgetEverything();
    setForgotten(true);
  };
  if (stored === 'nothing') return <p>The browser does not let the page keep anything.</p>;
  return (
    <div>
      <p>No image and no name of a patient is stored. The page itself is kept, so that it opens without a network.</p>
      {stored && (
        <ul>
          <li>
            {stored.files} files of the page{/* The browser's own estimate lags behind what was just removed. */}
            {stored.bytes !== null && !forgotten && `, ${megabytes(stored.bytes)}`}
          </li>
          <li>Preferences, by name: {stored.preferences.length === 0 ? 'none' : stored.preferences.join(', ')}</li>
        </ul>
      )}
      {forgotten ? (
        <p>All of it is removed. The open page goes on until it is reloaded.</p>
      ) : (
        <button type="button" className="button" onClick={() => void forget()}>
          Forget everything
        </button>
      )}
    </div>
  );
}
