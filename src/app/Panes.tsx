/** The image area: the panes of the layout, and what lies beside them. */
import { useEffect, useRef } from 'react';
import type { PaneName, Scene3dPreset } from '../viewer/contract.ts';
import { ctLooks } from '../viewer/ctLooks.ts';
import { slabThicknessBy } from './actions.ts';
import { useApp, useAppState } from './context.ts';
import { layouts } from './layouts.ts';
import { LesionTable } from './panels/LesionTable.tsx';

export function Panes() {
  const app = useApp();
  const layoutName = useAppState(({ preferences }) => preferences.layout);
  const maximised = useAppState((state) => state.maximised);
  const area = useRef<HTMLDivElement>(null);
  const layout = layouts[layoutName];
  const panes: readonly PaneName[] = maximised ? [maximised] : layout.panes;

  useEffect(() => {
    const element = area.current;
    // React's own wheel listener is passive, and Shift turns the wheel sideways in some browsers.
    const turn = (event: WheelEvent) => {
      const by = event.deltaY || event.deltaX;
      if (event.shiftKey && by !== 0) slabThicknessBy(app, Math.sign(by));
    };
    element?.addEventListener('wheel', turn);
    return () => element?.removeEventListener('wheel', turn);
  }, [app]);

  return (
    <div
      ref={area}
      className={`panes ${maximised ? 'layout-maximised' : `layout-${layoutName}`}`}
      data-testid="panes"
      data-layout={layoutName}
      role="group"
      aria-label="Images"
    >
      {panes.map((pane) => (
        <Pane key={pane} name={pane} />
      ))}
      {!maximised && 'lesionList' in layout && (
        <section className="lesion-list" aria-label="Lesion list" data-scrolls tabIndex={0}>
          <h2>Lesions</h2>
          <LesionTable />
        </section>
      )}
    </div>
  );
}

function Pane({ name }: { name: PaneName }) {
  const { viewer, store } = useApp();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (host.current) viewer.mount(name, host.current);
    return () => viewer.unmount(name);
  }, [viewer, name]);
  const maximise = () => store.setState(({ maximised }) => ({ maximised: maximised ? null : name }));
  return (
    <div className={`pane pane-${name}`} data-testid={`pane-${name}`}>
      <div ref={host} className="pane-host" onDoubleClick={maximise} />
      {name === 'volume3d' && <SceneControls />}
    </div>
  );
}

const sides = { front: 'Front', right: 'Right', left: 'Left', top: 'Top' } as const satisfies Record<
  Scene3dPreset,
  string
>;

const parts = { lungs: 'Lungs', lesions: 'Lesions', vessels: 'Vessels', evidence: 'Evidence' } as const;

const cuts = {
  off: 'No cut',
  axial: 'Cut at the axial slice',
  coronal: 'Cut at the coronal slice',
  sagittal: 'Cut at the sagittal slice',
} as const;

function SceneControls() {
  const { viewer } = useApp();
  const scene = useAppState(({ view }) => view.scene3d);
  return (
    <div className="scene-controls" role="toolbar" aria-label="3D view">
      {(Object.keys(sides) as Scene3dPreset[]).map((side) => (
        <button key={side} type="button" className="button small" onClick={() => viewer.look3d(side)}>
          {sides[side]}
        </button>
      ))}
      {(Object.keys(parts) as (keyof typeof parts)[]).map((part) => (
        <button
          key={part}
          type="button"
          className="button small"
          aria-pressed={scene[part]}
          title={
            part === 'vessels'
              ? 'What is dense inside the lungs and not marked as a lesion: vessels, in the main'
              : undefined
          }
          onClick={() => viewer.setScene3d({ [part]: !scene[part] })}
        >
          {parts[part]}
        </button>
      ))}
      <Choice
        label="CT in 3D"
        names={{ off: 'No CT', ...ctLooks }}
        value={scene.ct}
        choose={(ct) => viewer.setScene3d({ ct })}
      />
      <Choice label="Cut in 3D" names={cuts} value={scene.cut} choose={(cut) => viewer.setScene3d({ cut })} />
    </div>
  );
}

function Choice<Name extends string>(props: {
  label: string;
  names: Readonly<Record<Name, string>>;
  value: Name;
  choose: (name: Name) => void;
}) {
  return (
    <select aria-label={props.label} value={props.value} onChange={({ target }) => props.choose(target.value as Name)}>
      {(Object.keys(props.names) as Name[]).map((name) => (
        <option key={name} value={name}>
          {props.names[name]}
        </option>
      ))}
    </select>
  );
}
