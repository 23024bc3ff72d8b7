/** Two classes side by side in bins, and where this scan lies. */
import type { BinChart } from '../../findings/charts.ts';

const width = 280;
const height = 96;
const top = 12;
const labels = 16;

export function Bars({ chart }: { chart: BinChart }) {
  const { bins, covid19, cap, thisBin } = chart;
  const step = width / bins.length;
  const highest = Math.max(...covid19, ...cap);
  // Long names have room under every other bin.
  const every = bins.some((name) => name.length > 4) ? 2 : 1;
  const barHeight = (share: number) => (share / highest) * (height - top);
  const bar = (share: number, bin: number, side: 0 | 1) => ({
    x: bin * step + step * (0.14 + 0.38 * side),
    y: height - barHeight(share),
    width: step * 0.34,
    height: barHeight(share),
  });
  return (
    <svg className="bars" viewBox={`0 0 ${width} ${height + labels}`} role="img" aria-label={wordsOf(chart)}>
      {thisBin !== null && (
        <g className="this-scan">
          <rect x={thisBin * step} y={0} width={step} height={height} />
          <path d={`M ${(thisBin + 0.5) * step - 5} 1 h 10 l -5 8 z`} />
        </g>
      )}
      {bins.map((name, bin) => (
        <g key={name}>
          <rect className="covid19" {...bar(covid19[bin], bin, 0)} />
          <rect className="cap" {...bar(cap[bin], bin, 1)} />
          {bin % every === 0 && (
            <text x={(bin + 0.5) * step} y={height + 12}>
              {name}
            </text>
          )}
        </g>
      ))}
      <line x1={0} x2={width} y1={height} y2={height} />
      <line x1={0} x2={width} y1={top} y2={top} className="highest" />
      <text x={width} y={top - 3} className="highest">
        {Math.round(100 * highest)} %
      </text>
    </svg>
  );
}

function wordsOf({ title, bins, covid19, cap, thisBin, thisScan }: BinChart): string {
  const most = (shares: readonly number[]) => bins[shares.indexOf(Math.max(...shares))];
  const here = thisBin === null ? 'This scan lies in no bin' : `This scan: ${thisScan}`;
  return `${title}. ${here}. Most frequent for COVID-19: ${most(covid19)}; for CAP: ${most(cap)}.`;
}
