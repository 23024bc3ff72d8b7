/** Two published curves with their bands, and this scan's own. */
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Band, CurveChart } from '../../findings/charts.ts';

const height = 150;

export function Curves({ chart }: { chart: CurveChart }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const plot = new uPlot(optionsOf(chart, element), dataOf(chart), element);
    // A fold that is closed has no width.
    const watch = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0) plot.setSize({ width: contentRect.width, height });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [chart]);
  return <div ref={place} className="curves" role="img" aria-label={wordsOf(chart)} />;
}

/** Of each class the mean, then the band's upper and lower edge. */
function dataOf({ x, covid19, cap, thisScan }: CurveChart): uPlot.AlignedData {
  const edge = ({ mean, standardDeviation }: Band, side: 1 | -1) =>
    mean.map((value, i) => (standardDeviation ? value + side * standardDeviation[i] : null));
  return [
    [...x],
    [...covid19.mean],
    edge(covid19, 1),
    edge(covid19, -1),
    [...cap.mean],
    edge(cap, 1),
    edge(cap, -1),
    [...thisScan],
  ];
}

function optionsOf(chart: CurveChart, element: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(name).trim();
  const [text, grid] = [colour('--quiet'), colour('--line')];
  const [covid19, cap, thisScan] = [colour('--covid19'), colour('--cap'), colour('--this-scan')];
  const axis = (size: number): uPlot.Axis => ({
    stroke: text,
    size,
    font: '11px system-ui',
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, size: 4 },
  });
  const edge: uPlot.Series = { width: 0, points: { show: false } };
  const isAlone = chart.thisScan.filter((value) => value !== null).length === 1;
  return {
    width: Math.max(element.clientWidth, 100),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false } },
    axes: [{ ...axis(24), space: 40 }, axis(36)],
    series: [
      {},
      { stroke: covid19, width: 2, points: { show: false } },
      edge,
      edge,
      { stroke: cap, width: 2, dash: [5, 4], points: { show: false } },
      edge,
      edge,
      {
        stroke: thisScan,
        width: 3,
        points: { show: isAlone, size: 10, fill: thisScan },
      },
    ],
    bands: [
      { series: [2, 3], fill: faint(covid19) },
      { series: [5, 6], fill: faint(cap) },
    ],
    hooks: { draw: [(plot) => drawDivide(plot, chart, text)] },
  };
}

const faint = (colour: string) => `color-mix(in srgb, ${colour} 18%, transparent)`;

function drawDivide({ ctx, bbox, valToPos }: uPlot, { divide }: CurveChart, colour: string): void {
  if (!divide) return;
  const x = Math.round(valToPos(divide.x, 'x', true));
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

function wordsOf({ title, xLabel, xNames, thisScan, covid19, cap }: CurveChart): string {
  const last = thisScan.findLastIndex((value) => value !== null);
  if (last < 0) return `${title}. This scan has no value here.`;
  const at = (value: number | null) => value?.toFixed(1) ?? '–';
  return `${title}. At ${xNames[last]} (${xLabel}): this scan ${at(thisScan[last])}, COVID-19 ${at(covid19.mean[last])}, CAP ${at(cap.mean[last])}.`;
}
