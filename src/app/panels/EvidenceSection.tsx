/** What the network used, class by class and scale by scale, and how it adds up to the score. */
import type { NetworkReading } from '../../diagnosis/diagnosis.ts';
import { agreementMeaning, type RegionShares } from '../../findings/evidenceShares.ts';
import { act, setPreferences } from '../actions.ts';
import { Fold, LabelledSlider, LabelledSwitch } from '../Controls.tsx';
import { useApp, useAppState } from '../context.ts';
import { diagnosisOf, type EvidenceScaleChoice } from '../state.ts';
import { classNames, classWords, percent } from '../words.ts';

const scaleWords: readonly (readonly [EvidenceScaleChoice, string])[] = [
  ['all', 'All'],
  [1, 'Fine'],
  [2, 'Middle'],
  [3, 'Coarse'],
];

export function EvidenceSection() {
  const app = useApp();
  const { session, viewer } = app;
  const choice = useAppState((state) => state.evidence);
  const isOn = useAppState(({ view }) => view.overlays.evidence);
  const setting = useAppState(({ view }) => view.evidence);
  const opacity = useAppState(({ preferences }) => preferences.evidenceOpacity);
  const hasScores = useAppState((state) => diagnosisOf(state)?.network?.scores !== null);
  const workingGrid = useAppState((state) => diagnosisOf(state)?.network?.workingGrid ?? null);
  return (
    <Fold title="Evidence">
      <p className="quiet">It shows what the network used, not that the network is right. {gridWords(workingGrid)}</p>
      {!hasScores && (
        <p className="caution">This model's classifier has not been shown to work: take no class from its evidence.</p>
      )}
      <LabelledSwitch label="Show on the images" checked={isOn} onChange={() => act(app, 'evidence')} />
      <select
        aria-label="Evidence for"
        value={choice.className}
        onChange={({ target }) => {
          const className = classNames.find((name) => name === target.value);
          if (className) session.showEvidence({ ...choice, className });
        }}
      >
        {classNames.map((name) => (
          <option key={name} value={name}>
            For {classWords[name]}
          </option>
        ))}
      </select>
      <div className="segmented" role="group" aria-label="Scale">
        {scaleWords.map(([scale, words]) => (
          <button
            key={scale}
            type="button"
            aria-pressed={choice.scale === scale}
            onClick={() => session.showEvidence({ ...choice, scale })}
          >
            {words}
          </button>
        ))}
      </div>
      {setting && (
        <>
          <LabelledSlider
            label="Floor"
            value={setting.floor}
            min={0}
            max={setting.ceiling}
            step={setting.ceiling / 100}
            show={(value) => value.toPrecision(2)}
            onChange={(floor) => viewer.setEvidenceSetting({ floor })}
          />
          <LabelledSlider
            label="Opacity"
            value={opacity}
            min={0}
            max={1}
            step={0.05}
            show={(value) => percent(value, 0)}
            onChange={(evidenceOpacity) => setPreferences(app, { evidenceOpacity })}
          />
        </>
      )}
      <Shares />
      <Terms />
    </Fold>
  );
}

type WorkingGrid = NetworkReading['workingGrid'];

function gridWords(grid: WorkingGrid | null): string {
  if (!grid) return '';
  const [depth, rows, columns] = grid.shape;
  const [z, y, x] = grid.spacingMm.map((mm) => Number(mm.toFixed(2)));
  return `The network worked on ${columns} × ${rows} × ${depth} voxels of ${x} × ${y} × ${z} mm.`;
}

/** Where the evidence of all scales lies. */
function Shares() {
  const diagnosis = useAppState(diagnosisOf);
  const choice = useAppState((state) => state.evidence);
  const isReviewed = useAppState(({ verdicts }) => Object.values(verdicts).includes('rejected'));
  if (!diagnosis?.network) return null;
  const { speaksFor, speaksAgainst, agreement } = diagnosis.network.evidenceShares[choice.className];
  const places = { lesions: 'In lesions', otherLung: 'In other lung', outside: 'Outside the lungs' } as const;
  const show = (shares: RegionShares | null, place: keyof typeof places) => (shares ? percent(shares[place], 0) : '–');
  return (
    <>
      <table className="numbers" data-testid="shares">
        <caption>Where the evidence on {classWords[choice.className]} lies</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">For</th>
            <th scope="col">Against</th>
          </tr>
        </thead>
        <tbody>
          {(Object.keys(places) as (keyof typeof places)[]).map((place) => (
            <tr key={place}>
              <th scope="row">{places[place]}</th>
              <td>{show(speaksFor, place)}</td>
              <td>{show(speaksAgainst, place)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {isReviewed && <p className="quiet">Of all lesions as the network drew them, rejected ones among them.</p>}
      <details>
        <summary>
          Agreement with the lesions: {agreement === null ? 'not to be had' : (100 * agreement).toFixed(0)}
        </summary>
        <p className="quiet">{agreementMeaning}</p>
      </details>
    </>
  );
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;

function Terms() {
  const diagnosis = useAppState(diagnosisOf);
  const choice = useAppState((state) => state.evidence);
  if (!diagnosis?.network) return null;
  const { bias, means, score, residual } = diagnosis.network.terms[choice.className];
  const terms = [
    ['Bias', bias],
    ['Fine scale, mean', means[0]],
    ['Middle scale, mean', means[1]],
    ['Coarse scale, mean', means[2]],
    ['Rounding', residual],
  ] as const;
  return (
    <table className="numbers" data-testid="terms">
      <caption>The evidence adds up to the score of {classWords[choice.className]} (before softmax)</caption>
      <tbody>
        {terms.map(([label, value]) => (
          <tr key={label}>
            <th scope="row">{label}</th>
            <td>{label === 'Rounding' ? value.toExponential(0) : signed(value)}</td>
          </tr>
        ))}
        <tr className="sum">
          <th scope="row">Score</th>
          <td>{signed(score)}</td>
        </tr>
      </tbody>
    </table>
  );
}
