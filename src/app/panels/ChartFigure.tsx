/** A chart with its numbers and caveats in reach. */
import { Copy } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { chartTable, type BinChart, type CurveChart } from '../../findings/charts.ts';
import { Bars } from './Bars.tsx';
import { Curves } from './Curves.tsx';

export function ChartFigure({ chart }: { chart: BinChart | CurveChart }) {
  const { header, rows } = chartTable(chart);
  return (
    <figure className="chart">
      <figcaption>
        {chart.title} <span className="quiet">{chart.yLabel}</span>
      </figcaption>
      {'bins' in chart ? <Bars chart={chart} /> : <Curves chart={chart} />}
      <p className="chart-x quiet">{chart.xLabel}</p>
      {'divide' in chart && chart.divide && <p className="chart-x">{chart.divide.words}</p>}
      <Numbers title={chart.title} header={header} rows={rows}>
        <p>{chart.kind === 'text' ? 'From the paper’s text.' : `From the paper: ${chart.kind}.`}</p>
        {chart.caveats.map((caveat) => (
          <p key={caveat}>{caveat}</p>
        ))}
      </Numbers>
    </figure>
  );
}

/** How each column is drawn: by pattern as well as by colour. */
export function ChartKey() {
  return (
    <ul className="chart-key" aria-label="Key">
      <li>
        <span className="swatch this-scan" aria-hidden /> this scan
      </li>
      <li>
        <span className="swatch covid19" aria-hidden /> COVID-19
      </li>
      <li>
        <span className="swatch cap" aria-hidden /> CAP
      </li>
    </ul>
  );
}

function Numbers({
  title,
  header,
  rows,
  children,
}: {
  title: string;
  header: readonly string[];
  rows: readonly (readonly string[])[];
  children: ReactNode;
}) {
  return (
    <details className="chart-numbers">
      <summary>Numbers and caveats</summary>
      <div className="chart-caveats quiet">{children}</div>
      <CopyButton what={title} header={header} rows={rows} />
      <table className="numbers">
        <caption className="visually-hidden">{title}</caption>
        <thead>
          <tr>
            {header.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, ...cells]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, i) => (
                <td key={header[i + 1]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** Tab-separated, as spreadsheets take it. */
export function CopyButton({
  what,
  header,
  rows,
}: {
  what: string;
  header: readonly string[];
  rows: readonly (readonly string[])[];
}) {
  const [outcome, setOutcome] = useState('');
  const copy = () => {
    const text = [header, ...rows].map((cells) => cells.join('\t')).join('\n');
    navigator.clipboard.writeText(text).then(
      () => setOutcome('Copied'),
      () => setOutcome('The browser did not allow copying'),
    );
  };
  return (
    <p className="copy">
      <button type="button" className="button" aria-label={`Copy the numbers: ${what}`} onClick={copy}>
        <Copy size={14} aria-hidden /> Copy numbers
      </button>
      <span role="status">{outcome}</span>
    </p>
  );
}
