/** Lungs and lesions in numbers, and beside what the paper published. */
import { countChart, lesionHuChart, peripheralChart, ratioChart, spreadChart } from '../../findings/charts.ts';
import { useMemo } from 'react';
import { compare, comparisonNote } from '../../findings/compare.ts';
import type { Findings, Side, Zone } from '../../findings/findings.ts';
import { figureText, lungFigures, studyFigures, type Figure, type LungFigure } from '../../findings/table.ts';
import { Fold } from '../Controls.tsx';
import { ChartFigure, ChartKey, CopyButton } from './ChartFigure.tsx';
import './findings.css';

interface FindingsProps {
  readonly findings: Findings;
  /** False where no lesions were looked for: then nothing is said of them. */
  readonly hasLesions: boolean;
}

export function FindingsPanel({ findings, hasLesions }: FindingsProps) {
  return (
    <div className="findings">
      <LungTable findings={findings} hasLesions={hasLesions} />
      {hasLesions && (
        <>
          <Distribution findings={findings} />
          <Zones findings={findings} />
          <Comparison findings={findings} />
          <Charts findings={findings} />
        </>
      )}
    </div>
  );
}

const chartsOf = [countChart, ratioChart, lesionHuChart, peripheralChart, spreadChart];

function Charts({ findings }: { findings: Findings }) {
  // A chart is drawn anew only when it is another one.
  const charts = useMemo(() => chartsOf.map((chart) => chart(findings)), [findings]);
  return (
    <Fold title="Charts">
      <ChartKey />
      {charts.map((chart) => (
        <ChartFigure key={chart.title} chart={chart} />
      ))}
    </Fold>
  );
}

const places = { right: 'Right', left: 'Left', both: 'Both' } as const;
const placeNames = Object.keys(places) as (keyof typeof places)[];
/** Said of lungs whether or not lesions were looked for. */
const withoutLesions: readonly string[] = ['volumeMl', 'meanHu'];

function LungTable({ findings, hasLesions }: FindingsProps) {
  const rows = lungFigures.filter(({ id }) => hasLesions || withoutLesions.includes(id));
  return (
    <table className="numbers" data-testid="lungs">
      <caption className="visually-hidden">Right lung, left lung, both</caption>
      <thead>
        <tr>
          <td />
          {placeNames.map((place) => (
            <th key={place} scope="col">
              {places[place]}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((figure) => (
          <tr key={figure.id}>
            <FigureHead figure={figure} />
            {placeNames.map((place) => (
              <td key={place}>{numberOf(figure.of(findings.lungs[place]), figure)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The unit stands with the name, once. */
function FigureHead({ figure: { label, unit, rule } }: { figure: Figure | LungFigure }) {
  const isNamed = unit !== 'count' && unit !== 'points';
  return (
    <th scope="row" title={rule}>
      {label}
      {isNamed && <span className="quiet">, {unit}</span>}
    </th>
  );
}

const numberOf = (value: number | null, { digits }: { digits: number }) => figureText(value, { unit: 'count', digits });

/** Figures of the whole study; zones and spread have their own places. */
const distribution = studyFigures.filter(({ id }) => /LesionPercent$/.test(id) || id === 'lesionOutsideLungsMl');

function Distribution({ findings }: { findings: Findings }) {
  return (
    <table className="numbers">
      <caption>Where the lesions lie</caption>
      <tbody>
        {distribution
          .filter(({ id, value }) => id !== 'lesionOutsideLungsMl' || value(findings) !== 0)
          .map((figure) => (
            <tr key={figure.id}>
              <FigureHead figure={figure} />
              <td>{numberOf(figure.value(findings), figure)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

const heights = { upper: 'Upper', middle: 'Middle', lower: 'Lower' } as const;

/** As one looks at the patient: right lung at the left. */
function Zones({ findings: { zones, zonalExtent } }: { findings: Findings }) {
  const zoneOf = (side: Side, height: Zone['height']) =>
    zones.find((zone) => zone.side === side && zone.height === height);
  return (
    <table className="zones" data-testid="zones">
      <caption>
        Six-zone extent {zonalExtent} of 24: thirds of each lung’s height, 0 to 4 by quarters of lesion. Zonal, not the
        lobar score.
      </caption>
      <thead>
        <tr>
          <td />
          <th scope="col">Right</th>
          <th scope="col">Left</th>
        </tr>
      </thead>
      <tbody>
        {(Object.keys(heights) as Zone['height'][]).map((height) => (
          <tr key={height}>
            <th scope="row">{heights[height]}</th>
            <ZoneCell zone={zoneOf('right', height)} />
            <ZoneCell zone={zoneOf('left', height)} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ZoneCell({ zone }: { zone: Zone | undefined }) {
  if (!zone || zone.lungMl === 0) return <td>no lung</td>;
  const percent = (100 * zone.lesionMl) / zone.lungMl;
  return (
    <td data-extent={zone.extent}>
      <b>{zone.extent}</b> <span className="quiet">{percent.toFixed(1)} %</span>
    </td>
  );
}

function Comparison({ findings }: { findings: Findings }) {
  const rows = compare(findings);
  return (
    <div className="comparison">
      <table data-testid="comparison">
        <caption>Beside the paper’s two classes</caption>
        <thead>
          <tr>
            <td />
            <th scope="col">This scan</th>
            <th scope="col">COVID-19</th>
            <th scope="col">CAP</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, thisScan, covid19, cap }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="this-scan">{thisScan}</td>
              <td>{covid19}</td>
              <td>{cap}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">{comparisonNote}</p>
      <details className="chart-numbers">
        <summary>Caveats</summary>
        <ul className="quiet">
          {rows.map(({ label, kind, caveat }) => (
            <li key={label}>
              {label} ({kind}){caveat && `: ${caveat}`}
            </li>
          ))}
        </ul>
        <CopyButton
          what="comparison"
          header={['', 'this scan', 'COVID-19', 'CAP']}
          rows={rows.map(({ label, thisScan, covid19, cap }) => [label, thisScan, covid19, cap])}
        />
      </details>
    </div>
  );
}
