/** The image area: the panes of the layout, and what lies beside them. */
import { useEffect, useRef } from 'react';
import type { PaneName, Scene3dPreset } from '../viewer/contract.ts';
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

const cuts = ['off', 'axial', 'coronal', 'sagittal'] as const;

function SceneControls() {
  const { viewer } = useApp();
  const scene = useAppState(({ view }) => view.scene3d);
  const parts = { lungs: 'Lungs', lesions: 'Lesions', evidence: 'Evidence', ct: 'CT' } as const;
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
          onClick={() => viewer.setScene3d({ [part]: !scene[part] })}
        >
          {parts[part]}
        </button>
      ))}
      <select
        aria-label="Cut in 3D"
        value={scene.cut}
        onChange={({ target }) => {
          const cut = cuts.find((name) => name === target.value);
          if (cut) viewer.setScene3d({ cut });
        }}
      >
        {cuts.map((cut) => (
          <option key={cut} value={cut}>
            {cut === 'off' ? 'No cut' : `Cut at the ${cut} slice`}
          </option>
        ))}
      </select>
    </div>
  );
}
