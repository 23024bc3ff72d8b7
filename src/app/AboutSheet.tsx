/** What this program is, what support needs to know of it here, and whose work it is made of. */
import { useEffect, useState } from 'react';
import { program } from '../diagnosis/exports/readStudy.ts';
import type { Machine } from '../diagnosis/machine.ts';
import { CopyButton, Fold } from './Controls.tsx';
import { useApp, useAppState } from './context.ts';
import { diagnosticsText } from './diagnostics.ts';

export function AboutSheet() {
  return (
    <div className="about">
      <p>
        {program.name} {program.version}. Research use only. Not for use in diagnostic procedures.
      </p>
      <Diagnostics />
      <Licences />
    </div>
  );
}

function Diagnostics() {
  const { services } = useApp();
  const state = useAppState((whole) => whole);
  const [machine, setMachine] = useState<Machine | null>(null);
  useEffect(() => {
    let isShown = true;
    void services.describeMachine().then((found) => isShown && setMachine(found));
    return () => {
      isShown = false;
    };
  }, [services]);
  if (!machine) return <p className="quiet">Asking the graphics card …</p>;
  const { deviceMemory } = navigator as { deviceMemory?: number };
  const text = diagnosticsText(
    state,
    {
      userAgent: navigator.userAgent,
      processorCores: navigator.hardwareConcurrency,
      memoryGb: deviceMemory ?? null,
      isolated: crossOriginIsolated,
      pixelRatio: devicePixelRatio,
    },
    machine,
  );
  return (
    <section>
      <h3>Diagnostics</h3>
      <p className="quiet">For support. No name, no identifier, no file name and no picture is in it.</p>
      <CopyButton text={text} label="Copy diagnostics" />
      <Fold title="What is copied">
        <pre className="detail" tabIndex={0} data-testid="diagnostics">
          {text}
        </pre>
      </Fold>
    </section>
  );
}

interface Licence {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

function Licences() {
  const [licences, setLicences] = useState<readonly Licence[] | 'unknown' | null>(null);
  useEffect(() => {
    let isShown = true;
    // Made by the build; kept with the page for use without a network.
    fetch('./licences.json')
      .then((answer) => answer.json() as Promise<readonly Licence[]>)
      .catch(() => 'unknown' as const)
      .then((found) => isShown && setLicences(found));
    return () => {
      isShown = false;
    };
  }, []);
  if (licences === null) return null;
  return (
    <section data-testid="licences">
      <h3>Licences of what is shipped</h3>
      {licences === 'unknown' && <p>They are listed in the built page.</p>}
      {licences !== 'unknown' &&
        licences.map(({ name, version, licence, text }) => (
          <Fold key={`${name} ${version}`} title={`${name} ${version}`} note={licence}>
            <pre className="detail" tabIndex={0}>
              {text || 'The package names its licence and brings no text of it.'}
            </pre>
          </Fold>
        ))}
    </section>
  );
}
