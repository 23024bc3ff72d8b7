/** Which model and which engine, and what is known of them. Never folded away. */
import { setPreferences } from '../actions.ts';
import { useApp, useAppState } from '../context.ts';
import { diagnosisOf, type AppState } from '../state.ts';
import { duration, evidenceWords } from '../words.ts';

const engineWords = {
  auto: 'Engine: chosen by itself',
  webgpu: 'Engine: graphics card (WebGPU)',
  wasm: 'Engine: processor (WebAssembly)',
} as const;
type EngineName = keyof typeof engineWords;

function modelInUse({ models, preferences }: AppState) {
  const chosen = models?.find(({ manifest }) => manifest.name === preferences.model);
  return chosen ?? models?.find(({ isDefault }) => isDefault) ?? null;
}

export function StatusStrip() {
  const app = useApp();
  const models = useAppState((state) => state.models);
  const problem = useAppState((state) => state.modelsProblem);
  /** By the analysis, which failed for it. */
  const isTold = useAppState(({ run }) => run.kind === 'failed' && run.code === problem?.code);
  const model = useAppState(modelInUse);
  const engine = useAppState(({ preferences }) => preferences.engine);
  return (
    <section className="strip" aria-label="Model and engine" data-testid="strip">
      {problem && !isTold && <p className="caution">{problem.message}</p>}
      {model && (
        <>
          <select
            aria-label="Model"
            value={model.manifest.name}
            onChange={(event) => setPreferences(app, { model: event.target.value })}
          >
            {models?.map(({ manifest }) => (
              <option key={manifest.name} value={manifest.name}>
                Model: {manifest.name} {manifest.version}
              </option>
            ))}
          </select>
          <p>{model.manifest.card}</p>
          <p className={model.statedEvidence === 'none' ? 'caution' : ''}>
            {evidenceWords[model.statedEvidence]}
            {!model.manifest.verified && ' · unverified weights'}
          </p>
        </>
      )}
      <select
        aria-label="Engine"
        value={engine}
        onChange={(event) => setPreferences(app, { engine: event.target.value as EngineName })}
      >
        {(Object.keys(engineWords) as EngineName[]).map((name) => (
          <option key={name} value={name}>
            {engineWords[name]}
          </option>
        ))}
      </select>
      <Provenance />
    </section>
  );
}

function Provenance() {
  const diagnosis = useAppState(diagnosisOf);
  if (!diagnosis) return null;
  const { model, engine, timingsMs } = diagnosis;
  const total = Object.values(timingsMs).reduce((sum, ms) => sum + ms, 0);
  return (
    <dl className="facts-list">
      <dt>Plan</dt>
      <dd>{model.plan}</dd>
      <dt>Weights</dt>
      <dd>
        <code title={model.sha256}>{model.sha256.slice(0, 12)}</code>
      </dd>
      <dt>Training</dt>
      <dd>{model.training}</dd>
      {engine && (
        <>
          <dt>Engine</dt>
          <dd>
            {engine.label}: {engine.reason}
          </dd>
        </>
      )}
      <dt>Run time</dt>
      <dd>{duration(total)}</dd>
    </dl>
  );
}
