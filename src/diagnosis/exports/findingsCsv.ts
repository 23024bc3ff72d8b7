import type { Lesion } from '../../findings/findings.ts';
import { figures } from '../../findings/table.ts';
import { gatedScores } from './fitness.ts';
import { program, researchUse, warningsOf, type ReadStudy } from './readStudy.ts';

type Cell = string | number | null;

/** One figure a row: name, value, unit, label; where the figures come from stands above them. */
export function findingsCsv(study: ReadStudy, now: Date): string {
  const { series, diagnosis } = study;
  const { model, engine, findings, network } = diagnosis;
  const facts: Cell[][] = [
    ['notice', researchUse],
    ['program', `${program.name} ${program.version}`],
    ['created', now.toISOString()],
    ['studyInstanceUid', series.study.instanceUid],
    ['seriesInstanceUid', series.seriesInstanceUid],
    ['model', model ? `${model.name} ${model.version}` : null],
    ['modelSha256', model?.sha256 ?? null],
    ['modelEvidence', model?.evidence ?? null],
    ['engine', engine?.label ?? null],
    ...warningsOf(study).map(({ message }) => ['warning', message]),
  ];
  const scores: Cell[][] = Object.entries(gatedScores(study).scores ?? {}).map(([name, score]) => [
    `score.${name}`,
    score,
    '',
    'Pattern likelihood from CT alone',
  ]);
  // Where no lesions were looked for, a 0 would say that there are none.
  const told = figures.filter(({ ofLungsAlone }) => network !== null || ofLungsAlone);
  const rows = findings ? told.map(({ id, unit, label, value }): Cell[] => [id, value(findings), unit, label]) : [];
  return table(['name', 'value', 'unit', 'label'], [...facts, ...rows, ...scores]);
}

/** One lesion a row, rejected ones among them. */
export function lesionsCsv({ diagnosis: { findings, reader } }: ReadStudy): string {
  const header = [
    ['number', 'side', 'volumeMl', 'longestDiameterMm', 'meanHu', 'groundGlassShare', 'peripheralShare'],
    ['centroidXMm', 'centroidYMm', 'centroidZMm'],
    ['boxMinXMm', 'boxMinYMm', 'boxMinZMm', 'boxMaxXMm', 'boxMaxYMm', 'boxMaxZMm', 'reader'],
  ].flat();
  const rejected = reader?.rejected ?? [];
  const lesions = [...(findings?.lesions ?? []), ...rejected].sort((a, b) => a.number - b.number);
  const decision = (lesion: Lesion) =>
    rejected.includes(lesion) ? 'rejected' : reader?.accepted.includes(lesion.number) ? 'accepted' : '';
  const rows = lesions.map((lesion): Cell[] => [
    lesion.number,
    lesion.side,
    lesion.volumeMl,
    lesion.longestDiameterMm,
    lesion.meanHu,
    lesion.groundGlassShare,
    lesion.peripheralShare,
    ...lesion.centroidMmLps,
    ...lesion.boxMmLps.min,
    ...lesion.boxMmLps.max,
    decision(lesion),
  ]);
  return table(header, rows);
}

/** RFC 4180: rows of equal length, quoted where needed, CRLF. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const width = header.length;
  const line = (cells: readonly Cell[]) =>
    Array.from({ length: width }, (_, i) => cellText(cells[i] ?? null)).join(',');
  return [header, ...rows].map((row) => line(row) + '\r\n').join('');
}

function cellText(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
